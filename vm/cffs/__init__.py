"""C-FFS: inodes embedded in directories, small files grouped. A library: nobody trusts it."""
