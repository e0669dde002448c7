"""Text with a fixed number of words in a line, read a column at a time.

Each different word of a column is read once, so that 100,000 rules take tenths of a second; the place of a
mistake is looked for only when there is one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from dpfc.rules.literal import BadWord, show_word
from dpfc.rules.ruleset import MAX_ROWS
from dpfc.rules.text import find_line, find_token, refuse_file
from runtime.diagnostic import Diagnostic, Refused
from runtime.source import Source

Words: TypeAlias = NDArray[np.uint64]

_LINE_END = "\0"
"""Stands for a line end among words; `read_text` lets no text have it."""


@dataclass(frozen=True, slots=True)
class _Mistake:
    """One thing that is wrong; of all, the first in the file is reported."""

    row: int
    token: int
    bad: BadWord


@dataclass(slots=True)
class Table:
    """The words of all lines but empty ones and comments (`#`).

    Attributes:
        source: the text.
        columns: the words: first ones of all lines, second ones, ..., as far as every line has them.
        lines: for each row, the number of its line, counted from 1.
    """

    source: Source
    columns: tuple[tuple[str, ...], ...]
    lines: list[int]
    _mistakes: list[_Mistake] = field(default_factory=list)

    def read(self, token: int, width: int, reader: Callable[[str], tuple[int, ...]]) -> Words:
        """Return what `reader` makes of word number `token` of each row: `width` numbers for a row.

        Rows from the first mistake on have no meaning.
        """
        column = self.columns[token]
        places = {word: place for place, word in enumerate(dict.fromkeys(column))}
        found: list[tuple[int, ...]] = []
        try:
            for word in places:
                found.append(reader(word))
        except BadWord as bad:
            self._mistakes.append(_Mistake(column.index(word), token, bad))
            found += [(0,) * width] * (len(places) - len(found))
        indexes = np.fromiter(map(places.__getitem__, column), dtype=np.intp, count=len(column))
        return np.array(found, dtype=np.uint64)[indexes]

    def require(self, token: int, word: str) -> None:
        """Ask that word number `token` of each row is `word`."""
        column = self.columns[token]
        if column.count(word) < len(column):
            row = next(row for row, found in enumerate(column) if found != word)
            bad = BadWord(f"{show_word(column[row])} stands where `{word}` should", "", "RUL005")
            self._mistakes.append(_Mistake(row, token, bad))

    def require_order(self, token: int, lows: Words, highs: Words) -> None:
        """Ask that no range is empty; word number `token` is the low end."""
        known = min((one.row for one in self._mistakes), default=len(self.lines))
        empty = np.flatnonzero(lows[:known] > highs[:known])
        if len(empty):
            row = int(empty[0])
            message = f"the range from {int(lows[row])} to {int(highs[row])} is empty"
            note = "a range is `low : high`, both included"
            self._mistakes.append(_Mistake(row, token, BadWord(message, note, "RUL007")))

    def finish(self) -> None:
        """Refuse the text if there was a mistake.

        Raises:
            Refused: with the code of the first.
        """
        if self._mistakes:
            first = min(self._mistakes, key=lambda one: (one.row, one.token))
            span = find_token(self.source, self.lines[first.row], first.token)
            notes = (first.bad.note,) if first.bad.note else ()
            raise Refused(Diagnostic(first.bad.code, first.bad.message, span, notes))


def split_table(source: Source, least: int, most: int, expected: str) -> Table:
    """Return the words of a text.

    Args:
        source: the text.
        least: the fewest words of a line.
        most: the most.
        expected: what a line looks like, for the note.

    Raises:
        Refused: RUL005 for a line with another number of words, RUL001 for too many lines, RUL009 for none.
    """
    even = _split_even(source, least, most)
    if even is not None:
        return even
    lines = [
        (number, words)
        for number, line in enumerate(source.text.split("\n"), 1)
        if (words := line.split()) and words[0][0] != "#"
    ]
    if not lines:
        raise refuse_file("RUL009", source.name, "there is no line but empty ones and comments", expected)
    if len(lines) > MAX_ROWS:
        raise refuse_file("RUL001", source.name, f"the file has more than {MAX_ROWS} rules", "split it")
    for number, words in lines:
        if not least <= len(words) <= most:
            message = f"the line has {len(words)} words"
            raise Refused(Diagnostic("RUL005", message, find_line(source, number), (expected,)))
    return Table(source, tuple(zip(*(words for _, words in lines))), [number for number, _ in lines])


def _split_even(source: Source, least: int, most: int) -> Table | None:
    """Return the words of a text without comments whose lines all have as many words; None for any other.

    Most rule sets are so, and need no list for each line.
    """
    words = source.text.rstrip("\n").replace("\n", f" {_LINE_END} ").split()
    width = words.index(_LINE_END) if _LINE_END in words else len(words)
    ends = words[width :: width + 1]
    count = len(ends) + 1
    even = len(words) == count * (width + 1) - 1 and ends.count(_LINE_END) == len(ends) == words.count(
        _LINE_END
    )
    if not (even and least <= width <= most and count <= MAX_ROWS):
        return None
    columns = tuple(tuple(words[place :: width + 1]) for place in range(least))
    if any(word[0] == "#" for word in columns[0]):
        return None
    return Table(source, columns, list(range(1, count + 1)))
