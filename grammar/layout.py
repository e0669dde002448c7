"""Between lexer and parser: line ends inside brackets do not count, and nesting has a limit.

In and out: the tokens of one text. Everything after the parser may recurse over the tree, because a text
whose tree would be deeper than `limits.MAX_NESTING` is refused here, before any node of it exists.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lark import Token
from lark.lark import PostLex

from runtime import limits
from runtime.diagnostic import Diagnostic, Refused
from runtime.source import NOWHERE, Span

_OPEN = frozenset(("LPAR", "LBRACE", "LSQB"))
_CLOSE = frozenset(("RPAR", "RBRACE", "RSQB"))
_DEEPER = frozenset(("NOT", "OPERATOR"))
_JOINS = frozenset(("AND", "OR", "COMPARE"))
_AGAIN = frozenset(("SEPARATOR", "COMMA"))
_EXPECTS_MORE = frozenset(("COMMA", "ON", "OPERATOR", "COMPARE", "AND", "OR", "NOT", "EQUAL", "IN", "LPAR"))


@dataclass(slots=True)
class _Bracket:
    """An open bracket. All depths are of trees written directly inside it, and not less than they are.

    Args:
        braces: True for the braces of a body, in which line ends separate.
        outside: depth of what the bracket stands in.
        run: depth of the operand that is being written.
        row: depth of the deepest operand before it in its row.
        joins: how many comparisons, `and` and `or` join the operands of the row: trees of them are balanced.
        elses: how often `else` came in the row: each is inside the one before.
        peak: depth of the deepest row before.
    """

    braces: bool
    outside: int = 0
    run: int = 0
    row: int = 0
    joins: int = 0
    elses: int = 0
    peak: int = 0

    def around(self) -> int:
        """Return how deep in the row the next operand is."""
        return self.elses + self.joins.bit_length()

    def depth(self) -> int:
        """Return how deep the deepest tree inside the bracket is so far."""
        return max(self.peak, max(self.row, self.run) + self.around())

    def end_operand(self) -> None:
        """Begin a new operand."""
        self.row = max(self.row, self.run)
        self.run = 0
        self.joins += 1

    def end_row(self) -> None:
        """Begin a new row."""
        self.peak = self.depth()
        self.run = self.row = self.joins = self.elses = 0


class Layout(PostLex):
    """The filter over the tokens of `source`.

    Args:
        too_deep: the code of the diagnostic for text that is nested too deeply.
    """

    always_accept = ("SEPARATOR",)

    source = NOWHERE.source

    def __init__(self, too_deep: str) -> None:
        self._too_deep = too_deep

    def process(self, stream: Iterator[Token]) -> Iterator[Token]:
        """Yield the tokens that the grammar is to see.

        Raises:
            Refused: `too_deep` for text that is nested too deeply.
        """
        brackets = [_Bracket(braces=True)]
        before = ""
        for token in stream:
            goes_on = not brackets[-1].braces or before in _EXPECTS_MORE
            if goes_on and token.type == "SEPARATOR" and ";" not in token:
                continue
            self._follow(brackets, token, before)
            before = token.type
            yield token

    def _follow(self, brackets: list[_Bracket], token: Token, before: str) -> None:
        inner = brackets[-1]
        if token.type in _OPEN:
            braces = token.type == "LBRACE" and before not in {"IN", "EQUAL"}
            brackets.append(_Bracket(braces, inner.outside + inner.run + inner.around() + 1))
        elif token.type in _CLOSE and len(brackets) > 1:
            brackets.pop()
            brackets[-1].run = max(brackets[-1].run, inner.depth() + 1)
        elif token.type in _DEEPER:
            inner.run += 1
        elif token.type == "ELSE":
            inner.elses += 1
        elif token.type in _JOINS:
            inner.end_operand()
        elif token.type in _AGAIN:
            inner.end_row()
        if brackets[-1].outside + brackets[-1].depth() > limits.MAX_NESTING:
            self._refuse(token)

    def _refuse(self, token: Token) -> None:
        start = token.start_pos or 0
        message = f"this is nested more than {limits.MAX_NESTING} deep"
        note = "brackets, `not`, `else` and operators in a row count; give a part a name of its own"
        span = Span(self.source, start, start + len(token))
        raise Refused(Diagnostic(self._too_deep, message, span, (note,)))
