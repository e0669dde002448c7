"""What every builder of syntax trees has: it makes the nodes of one text while the text is parsed.

In: tokens, and the nodes of what is inside. Out: places in the text; subclasses make nodes. A method has the
name of the rule that it serves, and that rule as its docstring; the decorator `inline` gives it what the rule
has as separate arguments.
"""

from __future__ import annotations

from typing import TypeVar

from lark import Token, Transformer, v_args

from runtime.source import NOWHERE, Span

__all__ = ("Builder", "Token", "inline")

_File = TypeVar("_File")

inline = v_args(inline=True)
"""Decorates a builder: its methods get the parts of their rule one by one."""


class Builder(Transformer[Token, _File]):
    """Makes the nodes of `source`."""

    source = NOWHERE.source

    def _at(self, token: Token) -> Span:
        start = token.start_pos or 0
        return Span(self.source, start, start + len(token))

    def _over(self, first: Span, last: Span) -> Span:
        return Span(self.source, first.start, last.end)
