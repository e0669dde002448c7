"""What the lowering of numbers and places needs of the function that is being made.

In: nothing. Out: a protocol; each language has a frame of its own that keeps it.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Protocol

from grammar.fields.scope import Language, Scope
from grammar.fields.syntax import Call, Path
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

    @property
    def scope(self) -> Scope:
        """The declarations of the program."""

    @property
    def sight(self) -> Mapping[str, object]:
        """What the names that can be seen here stand for: see `grammar.lowering.meaning`."""

    @property
    def expanding(self) -> tuple[str, ...]:
        """The abbreviations that are being expanded."""

    def value(self, operand: Operand, type_: Type = Type.U64) -> Value:
        """Return `operand` as a value of the IR."""

    def number(self, number: int) -> Value:
        """Return a constant of 64 bits."""

    def step(self, span: Span) -> AbstractContextManager[None]:
        """Count one level of nesting, and give what is made inside the span `span`."""

    def seeing(self, names: Mapping[str, object], expanding: tuple[str, ...]) -> AbstractContextManager[None]:
        """See `names` instead, inside `expanding`."""

    def lower_path(self, path: Path) -> Operand:
        """Return the number that a path names."""

    def lower_call(self, call: Call) -> Operand:
        """Return what a call of the language's own functions gives; `min`, `max`, `select` are done."""

    def is_plain(self, path: Path) -> bool:
        """Say whether loading what a path names meets no obligation that is not met already."""

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

    def note_index(self, count: int, index: Operand, span: Span) -> None:
        """Take note that an element of an array of `count` is named whose index is not known."""

    def note_store(self, region: str, path: str, span: Span) -> None:
        """Take note that bytes of `region` are changed; refuse what the function may not change."""
