"""Lowering: from templates as written to IR functions."""
