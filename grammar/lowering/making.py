"""What the lowering of numbers and places needs of the function that is being made.

In: nothing. Out: a protocol; each language has a frame of its own that keeps it.
"""

from __future__ import annotations

from typing import Protocol

from grammar.fields.scope import Language
from grammar.lowering.operand import Operand
from grammar.lowering.writer import Writer
from runtime.ir.nodes import Type, Value
from runtime.source import Span


class Making(Protocol):
    """One function in the making."""

    builder: Writer

    @property
    def language(self) -> Language:
        """Of the program."""

    def value(self, operand: Operand, type_: Type = Type.U64) -> Value:
        """Return `operand` as a value of the IR."""

    def number(self, number: int) -> Value:
        """Return a constant of 64 bits."""

    def note_read(
        self,
        region: str,
        offset: Operand,
        size: int,
        path: str,
        within: tuple[int, int] | None,
        span: Span,
    ) -> None:
        """Take note that `size` bytes at `offset` are read; refuse what the function may not see.

        Args:
            region: whose bytes.
            offset: of the first.
            size: how many.
            path: as written.
            within: the bytes from and to which the field around them goes, where that is known.
            span: of the path.
        """

    def note_store(self, region: str, path: str, span: Span) -> None:
        """Take note that bytes of `region` are changed; refuse what the function may not change."""
