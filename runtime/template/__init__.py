"""Templates as the kernel sees them: records of IR functions, theorems about them, engines to ask them."""
