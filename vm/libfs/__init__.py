"""Library code that both file systems are made of: buffers, block maps, order of writes, paths. Untrusted."""
