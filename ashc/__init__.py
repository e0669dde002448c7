"""The compiler of packet handlers, pipes and wakeup predicates: text to what the kernel is handed."""
