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

_OPEN = frozenset(("LPAR", "LBRACE"))
_CLOSE = frozenset(("RPAR", "RBRACE"))
_DEEPER = frozenset(("NOT", "OPERATOR"))
_AGAIN = frozenset(("SEPARATOR", "COMMA", "AND", "OR", "COMPARE"))
_EXPECTS_MORE = frozenset(("COMMA", "ON", "OPERATOR", "COMPARE", "AND", "OR", "NOT", "EQUAL", "IN", "LPAR"))


@dataclass(slots=True)
class _Bracket:
    """An open bracket.

    Args:
        braces: True for the braces of a body, in which line ends separate.
        run: depth of the tree that is being written directly inside it.
        peak: depth of the deepest tree that was written directly inside it before.
    """

    braces: bool
    run: int = 0
    peak: int = 0


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
        if token.type in _OPEN:
            brackets.append(_Bracket(token.type == "LBRACE" and before not in {"IN", "EQUAL"}))
        elif token.type in _CLOSE and len(brackets) > 1:
            closed = brackets.pop()
            brackets[-1].run = max(brackets[-1].run, closed.run + 1, closed.peak + 1)
        elif token.type in _DEEPER:
            brackets[-1].run += 1
        elif token.type in _AGAIN:
            brackets[-1].peak = max(brackets[-1].peak, brackets[-1].run)
            brackets[-1].run = 0
        if max(len(brackets), brackets[-1].run) > limits.MAX_NESTING:
            start = token.start_pos or 0
            message = f"this is nested more than {limits.MAX_NESTING} deep"
            note = "brackets, `not` and operators in a row count; name a part with `const` or another filter"
            raise Refused(
                Diagnostic(self._too_deep, message, Span(self.source, start, start + len(token)), (note,))
            )
