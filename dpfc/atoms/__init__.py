"""Atoms: the tests that filters are made of, and how many spellings of one become one."""
