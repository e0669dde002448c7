"""A library file system as a directory of the host, through FUSE."""
