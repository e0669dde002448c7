"""Wakeup predicates: sums of products over kernel and user words, proved and compiled when installed."""
