"""Disk images seen through templates: reading them, walking them from a root, and saying what is wrong."""
