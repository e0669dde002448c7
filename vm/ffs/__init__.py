"""FFS: inodes in tables, one for each cylinder group; the conventional design. A library: nobody trusts it."""
