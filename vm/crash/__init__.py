"""The crash tester: workloads, what must survive of them, and every state that a crash may leave, judged."""
