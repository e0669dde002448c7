"""Wakeup predicates: from text to the terms that the kernel is handed."""
