"""The compiler of templates: descriptions of on-disk metadata, proved and run over disk images."""
