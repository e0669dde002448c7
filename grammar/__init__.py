"""Lark grammars of the languages; loaded by the compilers' `parse` modules."""
