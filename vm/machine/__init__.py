"""The emulated machine: a clock in cycles, memory in pages, a disk with arms and platters."""
