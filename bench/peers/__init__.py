"""Bindings to the tools we are compared with; tests and benchmarks share them."""
