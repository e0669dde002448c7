"""FFS: inodes in tables, one for each cylinder group: the conventional design. Nobody trusts it."""
