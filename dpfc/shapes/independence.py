"""When boxes say all about rows: where the columns can be given any numbers without anything else changing.

In: two tables of a frame and a row of each that meet. Out: whether it is proved that what is said of boxes
(they meet, one sticks out of the other) is said of messages.

Boxes treat fields as independent. That two boxes are apart, or one inside the other, is true of their rows
whatever fields share; that they meet, or that one sticks out, needs a message. One message will do for all
rows of two tables: if in it no column shares a bit with another or with anything that the tables look at or
find their way by, then any numbers can be written into the columns. Another one shows that the first table's
fixed tests do not imply the second's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations

from dpfc import formula as f
from dpfc.merge.boolean import Pool
from dpfc.merge.overlap import FindMessage
from dpfc.merge.path import find_path
from dpfc.naive import find_value, place_base
from dpfc.shapes.example import find_example
from dpfc.shapes.frame import Row, has_room, list_subjects
from dpfc.shapes.shape import Shape

Bits = tuple[int, int]
"""The first bit and the one behind the last, from the start of the message."""


def are_independent(
    pool: Pool, first: Row, second: Row, shared: Sequence[f.Test], prove: FindMessage
) -> bool:
    """Say whether it is proved that boxes of the tables of two rows meet, and stick out, as their rows do.

    Args:
        pool: knows what both look at.
        first: a row.
        second: a row that meets it, perhaps of the same table.
        shared: tests that both rows' messages may satisfy together.
        prove: finds messages where following the tests does not lead to one.
    """
    columns = dict.fromkeys((*first.shape.columns, *second.shape.columns))
    subjects = (*list_subjects(first.shape), *list_subjects(second.shape))
    message = find_example(pool, (first.formula, second.formula, f.And(tuple(shared))), (), prove)
    if message is None or not are_free(message, tuple(columns), subjects):
        return False
    return _sticks_out(pool, first, second.shape, prove) and _sticks_out(pool, second, first.shape, prove)


def are_free(message: bytes, columns: Sequence[f.Field], subjects: Iterable[f.Expression]) -> bool:
    """Say whether any numbers can be written into `columns`, all other `subjects` staying as they are."""
    own = {column: _own_bits(column, message) for column in columns}
    others = [subject for subject in subjects if subject not in own]
    ways = [_list_way(subject, message) for subject in (*columns, *others)]
    fields = [_own_bits(subject, message) for subject in others if isinstance(subject, f.Field)]
    rest = [bits for way in ways if way is not None for bits in way] + [bits for bits in fields if bits]
    mine = [bits for bits in own.values() if bits is not None]
    if None in ways or len(mine) < len(own):
        return False
    return not any(_share(one, other) for one, other in combinations(mine, 2)) and not any(
        _share(one, other) for one in mine for other in rest
    )


def _sticks_out(pool: Pool, inner: Row, outer: Shape, prove: FindMessage) -> bool:
    """Say whether it is proved that rows of `inner`'s table stick out of rows of `outer` where boxes do."""
    columns = inner.shape.columns
    tests = [test for test in outer.fixed if test.subject not in columns]
    subjects = list_subjects(inner.shape)
    wanted = [f.And(tuple(tests))] + [
        f.Test(column, ((0, (1 << column.bits) - 1),))
        for column in outer.columns
        if column not in subjects and not has_room(pool, inner.shape, column)
    ]
    looked_at = (*subjects, *(test.subject for test in tests))
    for formula in wanted:
        path = find_path(pool, pool.every((pool.add(inner.formula), pool.add(formula, positive=False))))
        if path is None:
            continue  # implied, and boxes say so
        message = find_example(pool, (inner.formula,), (formula,), prove)
        if message is None or not are_free(message, columns, list_present(looked_at, message)):
            return False
    return True


def list_present(subjects: Iterable[f.Expression], message: bytes) -> list[f.Expression]:
    """Return the subjects that have a value; what has none keeps none whatever is written."""
    return [subject for subject in subjects if find_value(subject, message) is not None]


def _own_bits(field: f.Field, message: bytes) -> Bits | None:
    place = place_base(field.base, message)
    return None if place is None else (8 * place + field.offset, 8 * place + field.offset + field.bits)


def _share(one: Bits, other: Bits) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _list_way(expression: f.Expression, message: bytes) -> list[Bits] | None:
    """Return the bits that decide where a field is, or what another expression is; None: not known."""
    match expression:
        case f.Field(base=base):
            return _list_base(base, message)
        case f.Arithmetic(left=left, right=right) | f.Comparing(left=left, right=right):
            return _join(_list_read(left, message), _list_read(right, message))
        case f.ChainKey(chain=chain):
            return _list_chain(chain, message)
        case f.Number() | f.Captured():
            return []


def _list_base(base: f.Base, message: bytes) -> list[Bits] | None:
    match base:
        case f.Start():
            return []
        case f.Shift(base=before, amount=amount):
            return _join(_list_base(before, message), _list_read(amount, message))
        case f.ChainEnd(chain=chain):
            return _list_chain(chain, message)
        case f.Here():
            return None


def _list_chain(chain: f.Chain, message: bytes) -> list[Bits] | None:
    """Return the bits that decide a walk that stops at once; of other walks nothing is known."""
    key = find_value(chain.key, message)
    if key is None or any(low <= key <= high for link in chain.links for low, high in link.keys):
        return None
    return _join(_list_base(chain.start, message), _list_read(chain.key, message))


def _list_read(expression: f.Expression, message: bytes) -> list[Bits] | None:
    """Return the bits that decide the value of `expression`."""
    way = _list_way(expression, message)
    if isinstance(expression, f.Field) and way is not None:
        own = _own_bits(expression, message)
        return None if own is None else [*way, own]
    return way


def _join(left: list[Bits] | None, right: list[Bits] | None) -> list[Bits] | None:
    return None if left is None or right is None else left + right
