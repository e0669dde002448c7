"""Checks: what cannot be proved of a handler is checked at run time, as few times as possible."""
