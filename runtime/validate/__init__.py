"""Judge emitted machine code with no trust in the compiler that made it."""
