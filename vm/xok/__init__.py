"""Xok, the exokernel: environments, capabilities, pages, time slices, and the table of system calls."""
