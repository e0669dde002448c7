"""A filter with parameters and many rows of arguments, resolved once for all rows.

In: the formula of a filter whose parameters are slots. Out: the shapes of its alternatives, with a column for
each field that is compared with a parameter. Where parameters are used otherwise, there is none, and each row
of arguments is a filter of its own.

    filter conn(port) { tcp.dport == port }    type == 0x800, protocol == 6, ... column dport: port
                                               type == 0x86dd, key == 6, ...    column dport: port
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from dpfc.formula import Field, Formula, Test
from dpfc.merge.need import order_key
from dpfc.names.known import BITS, Known, Slot
from dpfc.shapes.conjunction import are_disjoint, expand_formula, join_tests
from dpfc.shapes.shape import Rows, Shape, make_rows

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Bindings: TypeAlias = Mapping[str, Known]

_HALF = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class Alternative:
    """One alternative of a template: a shape, and for each of its columns what it is compared with."""

    shape: Shape
    slots: tuple[Slot, ...]


@dataclass(frozen=True, slots=True)
class Template:
    """A filter that serves all rows of arguments.

    Args:
        alternatives: a message that satisfies one of them is accepted; none satisfies two.
        widths: for each parameter, the widths in bits of the fields that it is compared with.
    """

    alternatives: tuple[Alternative, ...]
    widths: Mapping[str, frozenset[int]]

    def fits(self, bindings: Bindings) -> bool:
        """Say whether these arguments make a filter that the template describes, and no error."""
        return all(_fits(bindings[name], widths) for name, widths in self.widths.items())

    def fits_columns(self, columns: Mapping[str, NDArray[np.uint64]]) -> bool:
        """Say whether numbers, one for each instance, make filters with one row of one number a column."""
        if len(self.alternatives) != 1 or any(slot.half is not None for slot in self.alternatives[0].slots):
            return False
        return all(
            name in columns
            and columns[name].dtype.kind in "iu"
            and int(columns[name].min(initial=0)) >= 0
            and int(columns[name].max(initial=0)) >> min(widths) == 0
            for name, widths in self.widths.items()
        )

    def fits_row(self, bindings: Bindings) -> bool:
        """Say whether these arguments make a filter with one number a column."""
        return self.fits(bindings) and all(bindings[name].single for name in self.widths)

    def rows(self, bindings: Bindings) -> Iterator[tuple[Shape, tuple[int, ...]]]:
        """Yield a row for each alternative, for arguments that fit and are single numbers."""
        for alternative in self.alternatives:
            cuts = [_cut(bindings[slot.parameter], slot) for slot in alternative.slots]
            yield alternative.shape, tuple(low for low, _ in cuts)

    def table(self, number: int, bindings: Sequence[Bindings], ids: Sequence[int], priority: int) -> Rows:
        """Return the rows of alternative `number` for arguments that fit."""
        alternative = self.alternatives[number]
        columns = [[_cut(row[slot.parameter], slot) for row in bindings] for slot in alternative.slots]
        boxes = list(zip(*columns, strict=True))
        return make_rows(
            alternative.shape,
            [tuple(low for low, _ in box) for box in boxes],
            [tuple(high for _, high in box) for box in boxes],
            ids,
            [priority] * len(ids),
        )


def read_template(formula: Formula) -> Template | None:
    """Return the template of a formula with slots, None when it is not a few conjunctions of plain tests."""
    expanded = expand_formula(formula)
    if not expanded:
        return None
    alternatives = [_read_alternative(tests) for tests in expanded]
    found = [alternative for alternative in alternatives if alternative is not None]
    plain = [{test.subject: test for test in alternative.shape.fixed} for alternative in found]
    if len(found) < len(alternatives) or not are_disjoint(plain):
        return None
    widths: dict[str, set[int]] = {}
    for alternative in found:
        for column, slot in zip(alternative.shape.columns, alternative.slots):
            widths.setdefault(slot.parameter, set()).add(
                column.bits if slot.half is None else 2 * column.bits
            )
    return Template(tuple(found), {name: frozenset(bits) for name, bits in widths.items()})


def _read_alternative(tests: tuple[Test, ...]) -> Alternative | None:
    """Return the shape of one conjunction, None where a column is no field or is tested otherwise too."""
    slots: dict[Field, Slot] = {}
    fixed: list[Test] = []
    for test in tests:
        match test:
            case Test(subject=Field() as column, values=Slot() as slot) if column not in slots:
                slots[column] = slot
            case Test(values=Slot()):
                return None
            case _:
                fixed.append(test)
    joined = join_tests(fixed)
    if joined is None or not slots or any(column in joined for column in slots):
        return None
    columns = sorted(slots, key=order_key)
    ordered = sorted(joined.values(), key=lambda test: order_key(test.subject))
    return Alternative(Shape(tuple(ordered), tuple(columns)), tuple(slots[column] for column in columns))


def _fits(known: Known, widths: frozenset[int]) -> bool:
    """Say whether a value may be compared with fields of these widths, as `dpfc.names.compare` wants it."""
    return (
        len(known.intervals) == 1
        and known.intervals[0][1] < 1 << min(widths)
        and all(widths == {BITS[kind]} for kind in known.kinds if kind != "number")
        and (known.single or 128 not in widths)
    )


def _cut(known: Known, slot: Slot) -> tuple[int, int]:
    """Return what a column is compared with: the value, or its half that `slot` stands for."""
    low, high = known.intervals[0]
    return (low, high) if slot.half is None else (low >> slot.half & _HALF, high >> slot.half & _HALF)
