"""What a template means, for one object: slow and direct; the lowering is tested against it."""
