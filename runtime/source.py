"""Where a piece of program text came from: files, spans in them, and carets under them.

In: the text of a source file. Out: `Span` values that every node of every family carries, so that a
refusal can point at the characters that caused it.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Source:
    """One text: a file, standard input, or a string given through the API.

    Args:
        name: what to print before the line number, for instance `web.dpf`.
        text: the whole text; its length in characters is bounded by `limits.MAX_SOURCE_BYTES`.
    """

    name: str
    text: str = field(repr=False)

    def position(self, offset: int) -> tuple[int, int]:
        """Return (line, column) of the character at `offset`, both counted from 1."""
        offset = min(max(offset, 0), len(self.text))
        line_start = self.text.rfind("\n", 0, offset) + 1
        return self.text.count("\n", 0, offset) + 1, offset - line_start + 1

    def line_at(self, offset: int) -> str:
        """Return the line of text around `offset`, without its line end."""
        offset = min(max(offset, 0), len(self.text))
        start = self.text.rfind("\n", 0, offset) + 1
        end = self.text.find("\n", offset)
        return self.text[start : end if end >= 0 else len(self.text)]


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start` to `end` (exclusive) of `source`."""

    source: Source
    start: int
    end: int


NOWHERE = Span(Source("<built>", ""), 0, 0)
"""The span of what no text produced: IR made by a builder, or received in binary form."""
