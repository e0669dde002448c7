"""The emulated machine, the exokernel that runs on it, and library file systems."""
