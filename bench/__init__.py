"""Measurements, each next to its goal or its peer: `python -m bench` runs all, `make bench` does the same."""
