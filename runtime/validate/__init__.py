"""Validate machine code: decode the bytes, allow few instructions, prove every memory access; believe nobody.

`judge.validate_code` lists the steps. Translation validation (does the code compute what the IR says?) will
be a step of its own after them, on the symbols that `machine` and `step` give to registers.
"""
