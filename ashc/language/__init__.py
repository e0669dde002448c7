"""The ASH language: text to syntax."""
