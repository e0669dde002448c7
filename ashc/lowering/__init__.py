"""From syntax to IR: the statements of handlers."""
