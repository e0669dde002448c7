"""Filters that come and go while others classify: rows at once, new shapes compiled in the background."""
