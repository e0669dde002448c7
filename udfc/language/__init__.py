"""The UDF language: text to syntax."""
