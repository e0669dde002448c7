"""IR to x86-64 object code through llvmlite (untrusted: `runtime.validate` judges the bytes)."""
