"""The lookup in `runtime.tables.boxes` as IR: one key, or several side by side.

Every index is cut to `REACH` right before its load. Sums may wrap: bytes that nobody confirmed lead to a
wrong answer, never out of the table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from runtime.ir.builder import Builder
from runtime.ir.nodes import Order, Type, Value
from runtime.tables.boxes import (
    ANSWERS,
    GRAPHS,
    GROUPS,
    MAX_GROUPS,
    MAX_SCANNED,
    MAX_STEPS,
    NOBODY,
    PATTERN_MASK,
    PATTERN_SHIFT,
    PRODUCTS,
    REACH,
    SCAN,
    SCANNED,
    Boxes,
)


def write_boxes(builder: Builder, boxes: Boxes, region: str, base: int, keys: Sequence[Value]) -> Value:
    """Append the lookup of `keys`, one value per column, in the table at `base`, a multiple of 64."""
    return write_many_boxes(builder, boxes, region, base, (keys,))[0]


def write_many_boxes(
    builder: Builder, boxes: Boxes, region: str, base: int, rows: Sequence[Sequence[Value]]
) -> tuple[Value, ...]:
    """Append the lookups of several keys side by side and return their answers.

    Args:
        builder: gets the instructions.
        boxes: the columns.
        region: where the tables are.
        base: offset of this table there, a multiple of 64.
        rows: the keys, each with one value per column; eight or so keep the processor busy.
    """
    writer = _Writer(builder, boxes, region, base)
    wide = [[writer.widen(row[index]) for index in range(len(boxes.keys))] for row in rows]
    ranks = _write_scan(writer, wide)  # first: later on nobody needs the columns, only what was made of them
    services = [_write_service(writer, row) for row in wide]
    ranks = _write_graphs(writer, wide, services, ranks)
    answers = writer.header(ANSWERS)
    return tuple(writer.element(Type.U32, writer.plus(answers, rank)) for rank in ranks)


@dataclass(slots=True)
class _Writer:
    """Loads and sums of one table; all values are u64 but those that are said to be others."""

    builder: Builder
    boxes: Boxes
    region: str
    base: int

    def number(self, number: int) -> Value:
        return self.builder.constant(Type.U64, number)

    def widen(self, value: Value) -> Value:
        return self.builder.convert(Type.U64, value)

    def plus(self, left: Value, right: Value) -> Value:
        return self.builder.binary("add", left, right, wrapping=True)

    def least(self, left: Value, right: Value) -> Value:
        return self.builder.select(self.builder.compare("ult", right, left), right, left)

    def place(self, index: Value, size: int) -> Value:
        """Return the offset of element `index` of `size` bytes, a power of two."""
        cut = self.builder.binary("and", index, self.number(REACH // size - 1))
        shifted = self.builder.binary("shl", cut, self.number(size.bit_length() - 1)) if size > 1 else cut
        return self.builder.binary("add", shifted, self.number(self.base)) if self.base else shifted

    def load(self, type_: Type, place: Value, behind: int = 0) -> Value:
        """Return the number `behind` bytes after `place`, of its own type."""
        offset = self.builder.binary("add", place, self.number(behind)) if behind else place
        order: Order = "be" if type_ is Type.U8 else "le"
        return self.builder.load(type_, self.region, offset, order)

    def element(self, type_: Type, index: Value) -> Value:
        """Return number `index` of an array of `type_` that fills the table."""
        return self.load(type_, self.place(index, type_.bytes))

    def header(self, offset: int) -> Value:
        return self.widen(self.load(Type.U32, self.number(self.base + offset)))


def _write_service(writer: _Writer, key: Sequence[Value]) -> Value:
    """Append the lookup of the narrow columns' classes and of their products."""
    boxes = writer.boxes
    service: Value | None = None
    for number, (index, offset) in enumerate(zip(boxes.narrow, boxes.classes)):
        place = writer.builder.binary("shl", key[index], writer.number(1))
        found = writer.widen(writer.load(Type.U16, place, writer.base + offset))
        if service is not None:
            product = PRODUCTS + 8 * (number - 1)
            row = writer.builder.binary("mul", service, writer.header(product + 4), wrapping=True)
            cell = writer.plus(writer.plus(row, found), writer.header(product))
            found = writer.widen(writer.element(Type.U16, cell))
        service = found
    return writer.number(0) if service is None else service


def _write_graphs(
    writer: _Writer,
    keys: Sequence[Sequence[Value]],
    services: Sequence[Value],
    ranks: Sequence[Value],
) -> tuple[Value, ...]:
    """Append a loop over the graphs; the results are the least of the ranks given and found."""
    builder = writer.builder
    groups = builder.binary("and", writer.header(GROUPS), writer.number(MAX_GROUPS))
    loop = builder.for_(groups, MAX_GROUPS, ranks)
    graph = builder.binary("shl", loop.index, writer.number(3))
    root = writer.widen(writer.load(Type.U32, graph, writer.base + GRAPHS))
    usual = writer.widen(writer.load(Type.U32, graph, writer.base + GRAPHS + 4))
    steps = builder.binary("and", usual, writer.number(MAX_STEPS))
    if writer.boxes.wide:
        ends = _write_steps(writer, keys, root, steps)
        ends = tuple(_write_rest(writer, key, end) for key, end in zip(keys, ends))
    else:
        ends = (root,) * len(keys)
    found = [_write_end(writer, end, service) for end, service in zip(ends, services)]
    builder.next_(*(writer.least(rank, new) for rank, new in zip(loop.carried, found)))
    return builder.end()


def _write_steps(
    writer: _Writer, keys: Sequence[Sequence[Value]], root: Value, steps: Value
) -> tuple[Value, ...]:
    """Append the steps that most keys need, of all keys in turn."""
    loop = writer.builder.for_(steps, MAX_STEPS, [root] * len(keys))
    nexts = [_write_step(writer, key, writer.place(place, 16)) for key, place in zip(keys, loop.carried)]
    writer.builder.next_(*nexts)
    return writer.builder.end()


def _write_rest(writer: _Writer, key: Sequence[Value], place: Value) -> Value:
    """Append the steps that few keys need: on until the node leaves no choice."""
    builder = writer.builder
    builder.if_(_write_choice(writer, place))
    loop = builder.for_(writer.number(MAX_STEPS), MAX_STEPS, (place,))
    following = _write_step(writer, key, writer.place(loop.carried[0], 16))
    builder.next_(following, condition=_write_choice(writer, following))
    (end,) = builder.end()
    builder.yield_(end)
    builder.else_()
    builder.yield_(place)
    return builder.end()[0]


def _write_choice(writer: _Writer, place: Value) -> Value:
    """Append whether the node at `place` leads anywhere else."""
    last = writer.load(Type.U16, writer.place(place, 16), 12)
    return writer.builder.compare("ne", last, writer.builder.constant(Type.U16, 0))


def _write_step(writer: _Writer, key: Sequence[Value], node: Value) -> Value:
    """Append one step from the node at offset `node`; the result is the place of the next."""
    builder, wide = writer.builder, writer.boxes.wide
    column = writer.load(Type.U8, node, 15)
    number = key[wide[0]]
    for index in range(1, len(wide)):
        chosen = builder.compare("eq", column, builder.constant(Type.U8, index))
        number = builder.select(chosen, key[wide[index]], number)
    start = writer.load(Type.U64, node)
    distance = builder.binary("sub", number, start, wrapping=True)
    distance = builder.select(builder.compare("ult", number, start), writer.number(0), distance)
    shift = builder.binary("and", writer.widen(writer.load(Type.U8, node, 14)), writer.number(63))
    child = builder.binary("lshr", distance, shift)
    child = writer.least(child, writer.widen(writer.load(Type.U16, node, 12)))
    return writer.plus(writer.widen(writer.load(Type.U32, node, 8)), child)


def _write_end(writer: _Writer, place: Value, service: Value) -> Value:
    """Append what an end answers for a service: a rank."""
    builder = writer.builder
    both = writer.load(Type.U64, writer.place(place, 16))
    pattern = builder.binary("and", both, writer.number(Type.U32.maximum))
    ranks = builder.binary("lshr", both, writer.number(32))
    shift = builder.binary("and", writer.header(PATTERN_SHIFT), writer.number(1))
    behind = builder.binary("shl", service, shift, wrapping=True)
    position = writer.widen(writer.load(Type.U16, writer.place(writer.plus(pattern, behind), 1)))
    position = builder.binary("and", position, writer.header(PATTERN_MASK))
    return writer.widen(writer.element(Type.U32, writer.plus(ranks, position)))


def _write_scan(writer: _Writer, keys: Sequence[Sequence[Value]]) -> tuple[Value, ...]:
    """Append the comparison with the boxes that are in no graph, if there are any; the results are ranks."""
    builder = writer.builder
    nobody = writer.header(NOBODY)
    count = builder.binary("and", writer.header(SCANNED), writer.number(MAX_SCANNED))
    builder.if_(builder.compare("ne", count, writer.number(0)))
    builder.yield_(*(_write_search(writer, key, count, nobody) for key in keys))
    builder.else_()
    builder.yield_(*[nobody] * len(keys))
    return builder.end()


def _write_search(writer: _Writer, key: Sequence[Value], count: Value, nobody: Value) -> Value:
    """Append a loop over the scanned boxes up to the first that has `key`; the result is its rank."""
    builder = writer.builder
    loop = builder.for_(count, MAX_SCANNED, (nobody,))
    words = builder.binary("mul", loop.index, writer.number(writer.boxes.box_words))
    box = writer.place(writer.plus(writer.header(SCAN), words), 8)
    outside = builder.constant(Type.U1, 0)
    for index, number in enumerate(key):
        low = writer.load(Type.U64, box, 8 + 16 * index)
        high = writer.load(Type.U64, box, 16 + 16 * index)
        for test in (builder.compare("ult", number, low), builder.compare("ult", high, number)):
            outside = builder.binary("or", outside, test)
    rank = builder.select(outside, loop.carried[0], writer.load(Type.U64, box))
    builder.next_(rank, condition=outside)
    return builder.end()[0]
