"""What ASH means, in the plainest way: the reference for tests."""
