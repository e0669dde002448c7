"""Tests that must all hold, joined: what they say about the same bits is said once.

In: tests in their one form. Out: tests that hold together for exactly the same messages, or None where they
contradict each other. Equal bits that stand side by side become one test of at most 64 bits, whatever pieces
they were asked for in and in which order.

    38:8 == 10   40:8 == 0   39:8 == 0   41:8 == 1      38:32 == 10.0.0.1
    12:16 == 0x800   12:8 == 8                          12:16 == 0x800
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from dpfc.atoms.rewrite import BYTE
from dpfc.formula import Base, Expression, Field, Test
from dpfc.merge.need import iterate_needs
from dpfc.names.known import Slot
from dpfc.valueset import intersection
from runtime.source import Span

WORD = 64


@dataclass(frozen=True, slots=True)
class Known:
    """Bits of the message that are asked to be `number`: from bit `start` up to `end` from a base."""

    start: int
    end: int
    number: int
    span: Span

    def cut(self, start: int, end: int) -> int:
        """Return the bits from `start` to `end`, which lie inside."""
        return self.number >> self.end - end & (1 << end - start) - 1


def join_tests(tests: Iterable[Test]) -> tuple[Test, ...] | None:
    """Return `tests` joined, None where no message satisfies all of them."""
    kept: list[Test] = []
    known: dict[Base, list[Known]] = {}
    for test in _join_subjects(tests):
        if not test.values:
            return None
        match test:
            case Test(subject=Field(base=base, offset=offset, bits=bits, little=False)) if is_equality(test):
                piece = Known(offset, offset + bits, test.values[0][0], test.span)
                known.setdefault(base, []).append(piece)
            case _:
                kept.append(test)
    joined = {base: _join_known(pieces) for base, pieces in known.items()}
    settled = [_settle(test, joined) for test in kept]
    if any(pieces is None for pieces in joined.values()) or any(test is False for test in settled):
        return None
    found = [test for base, pieces in joined.items() for piece in pieces or () for test in _cut(base, piece)]
    return _drop_rooms([*found, *(test for test in settled if isinstance(test, Test))])


def is_short(test: Test) -> bool:
    """Say whether the test would stay as it is by itself: its bits are in one word."""
    return not isinstance(test.subject, Field) or test.subject.offset % 8 + test.subject.bits <= WORD


def is_equality(test: Test) -> bool:
    """Say whether the test is of one field for one number."""
    values = test.values
    return (
        isinstance(test.subject, Field)
        and not test.subject.little
        and len(values) == 1
        and values[0][0] == values[0][1]
        and not isinstance(values, Slot)
    )


def _join_subjects(tests: Iterable[Test]) -> Iterable[Test]:
    """Return one test for each subject."""
    joined: dict[Expression | Slot, Test] = {}
    for test in tests:
        if isinstance(test.values, Slot):
            joined[test.values] = test
            continue
        before = joined.get(test.subject)
        values = test.values if before is None else intersection(before.values, test.values)
        joined[test.subject] = Test(test.subject, values, (before or test).span)
    return joined.values()


def _join_known(pieces: list[Known]) -> list[Known] | None:
    """Return the pieces in order, those that touch joined; None where they disagree."""
    joined: list[Known] = []
    for piece in sorted(pieces, key=lambda piece: (piece.start, -piece.end)):
        last = joined[-1] if joined else None
        if last is None or piece.start > last.end:
            joined.append(piece)
            continue
        shared = min(last.end, piece.end)
        if last.cut(piece.start, shared) != piece.cut(piece.start, shared):
            return None
        if piece.end > last.end:
            number = last.number << piece.end - last.end | piece.cut(last.end, piece.end)
            joined[-1] = Known(last.start, piece.end, number, last.span)
    return joined


def _settle(test: Test, joined: dict[Base, list[Known] | None]) -> Test | bool:
    """Return whether the test holds, where all bits that it looks at are known; else the test."""
    match test.subject:
        case Field(base=base, offset=start, bits=bits, little=False) if not isinstance(test.values, Slot):
            for piece in joined.get(base) or ():
                if piece.start <= start and start + bits <= piece.end:
                    number = piece.cut(start, start + bits)
                    return bool(intersection(test.values, ((number, number),)))
        case _:
            pass
    return test


def _cut(base: Base, piece: Known) -> Iterator[Test]:
    """Yield tests of at most a word each."""
    start = piece.start
    while start < piece.end:
        end = min(start - start % 8 + WORD, piece.end)
        number = piece.cut(start, end)
        yield Test(Field(base, start, end - start), ((number, number),), piece.span)
        start = end


def _drop_rooms(tests: Sequence[Test]) -> tuple[Test, ...]:
    """Leave out tests for room that is there when the others have values; of one base, keep the largest."""
    rooms: dict[Base, Test] = {}
    others: list[Test] = []
    for test in tests:
        match test:
            case Test(subject=Field(base=base, offset=offset, bits=8), values=values) if values == BYTE:
                best = rooms.get(base)
                if best is None or offset > _end(best):
                    rooms[base] = test
            case _:
                others.append(test)
    if not rooms:
        return tuple(others)
    implied: dict[Base, int] = {}
    for test in others:
        for base, size in iterate_needs(test.subject):
            implied[base] = max(size, implied.get(base, 0))
    missing = (room for base, room in rooms.items() if implied.get(base, 0) <= _end(room) // 8)
    return (*others, *missing)


def _end(room: Test) -> int:
    assert isinstance(room.subject, Field), "room is asked for by a field"
    return room.subject.offset
