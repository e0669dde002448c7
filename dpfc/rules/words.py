"""A line of a firewall's configuration, word by word.

In: a source and where a line is. Out: its words, in order; what is wrong with one becomes a refusal there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from dpfc.rules.literal import BadWord
from runtime.diagnostic import Diagnostic, Refused
from runtime.source import Source, Span

_WORD = re.compile(r'"(?:[^"\\]|\\.)*"|\S+')
_LINE = re.compile(r"[^\n]+")


class Unusable(Exception):  # noqa: N818  (a fact about the input, soon part of a warning)
    """A rule asks for what a 5-tuple does not have.

    Args:
        reason: in a few words, the same for all rules with the same difficulty.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Words:
    """The words of one line; text in quotes is one word.

    Args:
        source: the text.
        number: of the line, counted from 1.
        start: the line's first character.
        end: behind its last.
    """

    def __init__(self, source: Source, number: int, start: int, end: int) -> None:
        self.number = number
        self._source = source
        self._words = list(_WORD.finditer(source.text, start, end))
        self._next = 0

    def peek(self) -> str:
        """Return the next word, an empty string at the end of the line."""
        return self._words[self._next].group() if self._next < len(self._words) else ""

    def take(self, wanted: str) -> str:
        """Return the next word and go on; `wanted` says what it should be."""
        word = self.peek()
        if not word:
            raise BadWord(
                f"the line ends where {wanted} should stand", "write the rest of the rule", "RUL005"
            )
        self._next += 1
        return word

    def refuse(self, bad: BadWord) -> Refused:
        """Return the refusal of the word that was taken last."""
        last = self._words[max(0, self._next - 1)]
        span = Span(self._source, last.start(), last.end())
        return Refused(Diagnostic(bad.code, bad.message, span, (bad.note,) if bad.note else ()))


def iterate_lines(source: Source) -> Iterator[Words]:
    """Yield the lines that have a word."""
    number, counted = 1, 0
    for match in _LINE.finditer(source.text):
        number += source.text.count("\n", counted, match.start())
        counted = match.start()
        words = Words(source, number, match.start(), match.end())
        if words.peek():
            yield words
