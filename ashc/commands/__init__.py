"""The subcommands of `ashc`, a file each."""
