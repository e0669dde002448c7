"""XN, the kernel's storage: types, roots, the registry of blocks, and changes proved by what metadata owns."""
