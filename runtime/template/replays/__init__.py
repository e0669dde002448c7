"""Counterexamples run again in the reference interpreter: nothing is shown that did not happen."""
