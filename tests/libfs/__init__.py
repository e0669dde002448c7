"""Tests of the library file systems."""
