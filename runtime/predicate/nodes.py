"""A wakeup predicate, as downloaded: words that it looks at, and terms. Nothing of it is believed.

In: nothing. Out: the types that libraries make, `form` reads and writes, `lower` judges and `engine` runs.

The terms are a sum of products, each product written behind its operands, as Xok has them: two operands and
a comparison, again and again, until `Or` ends the product. A product is true if all its comparisons are. The
first true product wins, and the predicate answers its tag: what the last `Tag` before the product's end
says, wherever that stands, also in an earlier product; without any, `NO_TAG`. So a tag stays in force for
later products that set none. A predicate answers 0 where no product is true; a true product whose tag is 0
wakes nobody either.

    word(0) number(0) eq              the counter is 0
    or
    word(1) number(5) lt tag(7)       or the other is below 5: then the answer is 7

Source: sys/kern/wk.c and sys/xok/wk.h of the released Xok.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from runtime.source import NOWHERE, Span

NO_TAG = (1 << 32) - 1
"""The answer of a true product before which no tag was set: -1 in Xok."""

Operator: TypeAlias = Literal["gt", "lt", "ge", "le", "eq", "ne"]


@dataclass(frozen=True, slots=True)
class PageWord:
    """A word in a page of the environment's: which of those that it hands in, and at which byte."""

    page: int
    offset: int


@dataclass(frozen=True, slots=True)
class KernelWord:
    """A word that the kernel exports."""

    name: str


@dataclass(frozen=True, slots=True)
class Word:
    """A word that a predicate looks at, of 32 or 64 bits."""

    bits: int
    source: PageWord | KernelWord


@dataclass(frozen=True, slots=True)
class Variable:
    """An operand: the word with this number."""

    word: int
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Number:
    """An operand."""

    number: int
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Compare:
    """Compares the two operands before it, as unsigned numbers."""

    operator: Operator
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Or:
    """Ends a product."""

    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Tag:
    """Sets the answer, from here on."""

    number: int
    span: Span = field(default=NOWHERE, compare=False, repr=False)


Term: TypeAlias = Variable | Number | Compare | Or | Tag


@dataclass(frozen=True, slots=True)
class Predicate:
    """One predicate."""

    words: tuple[Word, ...]
    terms: tuple[Term, ...]
    span: Span = field(default=NOWHERE, compare=False, repr=False)

    @property
    def pages(self) -> tuple[int, ...]:
        """The pages that it looks at, by their numbers: none of them may be freed under it."""
        found = {word.source.page for word in self.words if isinstance(word.source, PageWord)}
        return tuple(sorted(found))
