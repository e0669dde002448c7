"""Proof that a function keeps its policy: obligations, a fast range analysis, z3 for the rest."""
