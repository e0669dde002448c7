"""Rule sets over arrays of headers: eight lookups side by side, where 5-tuples are at hand.

In: a `RuleSet`, then headers. Out: for each header the number of the first matching rule. Each step
of a lookup waits for a load; eight lookups that wait together take a third of the time of eight in turn.

    records    IPv4: src u32, dst u32, sport u16, dport u16, protocol u8, 3 unused bytes: 16 bytes a header
               IPv6: the same with src and dst as two u64 each, upper half first: 40 bytes
    answers    u32 for each
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dpfc.rules.ruleset import Family, Headers, RuleSet
from runtime.ir.builder import Builder
from runtime.ir.nodes import Function, Order, Region, Table, Type, Value
from runtime.pipeline import compile_function, load_compiled
from runtime.policy import Policy, RegionGrant
from runtime.tables.boxes import Boxes, build_boxes, confirm_boxes
from runtime.tables.layout import reserve_tables

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_HEADERS = 1 << 16
"""Of one call; more are done in several."""

_WHOLE = 8
"""Records are filled up to a multiple of so many."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How headers of one family are packed.

    Args:
        keys: types of the columns.
        offsets: of the columns in a record, in bytes.
        record_bytes: of one header.
        abreast: how many are looked up side by side; what they carry must fit the stack that code may use.
    """

    keys: tuple[Type, ...]
    offsets: tuple[int, ...]
    record_bytes: int
    abreast: int

    @property
    def policy(self) -> Policy:
        """What a program over such records may do."""
        return Policy(
            name="rules over headers",
            regions=(
                RegionGrant("headers", "read", MAX_HEADERS * self.record_bytes),
                RegionGrant("answers", "write", MAX_HEADERS * 4),
            ),
            parameters=(),
            results=(Type.U64,),
            emits=(),
            emit_limit=0,
            primitives=(),
            deterministic=True,
            budget=1 << 26,
            open_tables=True,
        )


_SERVICE = (Type.U16, Type.U16, Type.U8)
LAYOUT_OF: Mapping[Family, Layout] = {
    "ipv4": Layout((Type.U32, Type.U32, *_SERVICE), (0, 4, 8, 10, 12), 16, 8),
    "ipv6": Layout((Type.U64,) * 4 + _SERVICE, (0, 8, 16, 24, 32, 34, 36), 40, 4),
}


class HeaderClassifier:
    """A rule set, compiled for arrays of headers with ports.

    Args:
        rules: the first that matches wins.
        cache: a directory for verdicts and machine code; None: nothing is kept.

    Attributes:
        table_bytes: size of the rules in memory.

    Raises:
        Refused: CHK, TAB, GEN or VAL codes.
    """

    def __init__(self, rules: RuleSet, cache: Path | None = None) -> None:
        self._layout = LAYOUT_OF[rules.family]
        compiled = compile_function(build_lockstep(self._layout), self._layout.policy, cache)
        place = compiled.tables.find_place("rules")
        assert isinstance(place.representation, Boxes), "ordered open tables are boxes"
        data = build_table(rules, place.representation)
        memory = reserve_tables(compiled.tables)
        memory.view[place.offset : place.offset + len(data)] = data
        self.table_bytes = len(data)
        self._native = load_compiled(compiled, memory)

    def classify(self, headers: Headers) -> NDArray[np.uint32]:
        """Return for each header the number of the first matching rule, from 1; 0 for none.

        Headers without ports are not for this: ask `dpfc.rules.classifier`.
        """
        return self.classify_records(pack_headers(headers))[: len(headers)]

    def classify_records(self, records: NDArray[np.uint8]) -> NDArray[np.uint32]:
        """Return the answers for packed headers, a multiple of 8 of them."""
        import numpy as np

        size = self._layout.record_bytes
        step = MAX_HEADERS * size
        answers = np.zeros(len(records) // size, dtype=np.uint32)
        for start in range(0, len(records), step):
            first = start // size
            part, written = records[start : start + step], answers[first : first + MAX_HEADERS]
            self._native.call({"headers": part.data, "answers": written.data})
        return answers


def build_table(rules: RuleSet, boxes: Boxes) -> bytes:
    """Return the bytes of a rule set's table, confirmed."""
    lows, highs = [c.lows for c in rules.columns], [c.highs for c in rules.columns]
    answers = rules.owners + 1
    data = build_boxes(boxes, lows, highs, answers)
    confirm_boxes(boxes, lows, highs, answers, data)
    return data


def pack_headers(headers: Headers) -> NDArray[np.uint8]:
    """Return headers as records, filled up with zeros to a multiple of 8."""
    import numpy as np

    layout = LAYOUT_OF[headers.family]
    count = -(-len(headers) // _WHOLE) * _WHOLE
    records = np.zeros((count, layout.record_bytes), dtype=np.uint8)
    for column, type_, offset in zip(headers.columns, layout.keys, layout.offsets, strict=True):
        numbers = np.ascontiguousarray(column.astype(f"<u{type_.bytes}")).view(np.uint8)
        records[: len(headers), offset : offset + type_.bytes] = numbers.reshape(-1, type_.bytes)
    return records.reshape(-1)


def build_lockstep(layout: Layout) -> Function:
    """Return the function that answers whole groups of headers."""
    policy, group = layout.policy, layout.abreast * layout.record_bytes
    groups = MAX_HEADERS // layout.abreast
    regions = tuple(Region(grant.name, grant.rights, grant.maximum) for grant in policy.regions)
    build = Builder("rules", regions=regions, results=policy.results)
    build.tables = (Table("rules", "first", layout.keys, Type.U32, 0, (), open=True),)
    loop = build.for_(_number(build, groups), groups)
    _require_inside(build, "headers", loop.index, group)
    _require_inside(build, "answers", loop.index, layout.abreast * 4)
    first = build.binary("mul", loop.index, _number(build, group))
    starts = range(0, group, layout.record_bytes)
    rows = [_load_key(build, layout, build.binary("add", first, _number(build, start))) for start in starts]
    answers = [build.lookup("rules", *row) for row in rows]
    place = build.binary("mul", loop.index, _number(build, layout.abreast * 4))
    for header, answer in enumerate(answers):
        build.store("answers", build.binary("add", place, _number(build, 4 * header)), answer, "le")
    build.next_()
    build.end()
    build.return_(_number(build, groups))
    return build.finish()


def _load_key(build: Builder, layout: Layout, record: Value) -> tuple[Value, ...]:
    """Return the key columns of the record at this offset."""
    places = [build.binary("add", record, _number(build, offset)) for offset in layout.offsets]
    orders: list[Order] = ["be" if type_ is Type.U8 else "le" for type_ in layout.keys]
    return tuple(
        build.load(type_, "headers", place, order)
        for type_, place, order in zip(layout.keys, places, orders, strict=True)
    )


def _require_inside(build: Builder, region: str, group: Value, size: int) -> None:
    """Return the number of groups done unless a whole one more is inside `region`."""
    end = build.binary("add", build.binary("mul", group, _number(build, size)), _number(build, size))
    short = build.compare("ult", build.length(region), end)
    with build.when(short):
        build.return_(group)


def _number(build: Builder, number: int) -> Value:
    return build.constant(Type.U64, number)
