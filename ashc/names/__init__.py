"""Names: what each one stands for, and where each field lies."""
