"""Filters by shape: many filters that test the same things for other numbers become rows of one table."""
