"""XN, the kernel's storage: types, roots, the registry of blocks, changes judged by what metadata owns."""
