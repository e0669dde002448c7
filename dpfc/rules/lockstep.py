"""Rule sets over arrays of headers: eight lookups side by side, where 5-tuples are at hand.

In: a `RuleSet` for IPv4, then headers. Out: for each header the number of the first matching rule. Each step
of a lookup waits for a load; eight lookups that wait together take a third of the time of eight in turn.

    records    src u32, dst u32, sport u16, dport u16, protocol u8, 3 unused bytes: 16 bytes a header
    answers    u32 for each
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dpfc.rules.ruleset import Headers, RuleSet
from runtime.ir.builder import Builder
from runtime.ir.nodes import Function, Order, Region, Table, Type, Value
from runtime.pipeline import compile_function, load_compiled
from runtime.policy import Policy, RegionGrant
from runtime.tables.boxes import Boxes, build_boxes, confirm_boxes
from runtime.tables.layout import reserve_tables

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SIDE_BY_SIDE = 8
RECORD_BYTES = 16
MAX_HEADERS = 1 << 16
"""Of one call; more are done in several."""

_KEYS = (Type.U32, Type.U32, Type.U16, Type.U16, Type.U8)
_OFFSETS = (0, 4, 8, 10, 12)
_STARTS = range(0, SIDE_BY_SIDE * RECORD_BYTES, RECORD_BYTES)
_GROUPS = MAX_HEADERS // SIDE_BY_SIDE
_POLICY = Policy(
    name="rules over headers",
    regions=(
        RegionGrant("headers", "read", MAX_HEADERS * RECORD_BYTES),
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


class HeaderClassifier:
    """A rule set, compiled for arrays of headers with ports.

    Args:
        rules: for IPv4.
        cache: a directory for verdicts and machine code; None: nothing is kept.

    Attributes:
        table_bytes: size of the rules in memory.

    Raises:
        Refused: CHK, TAB, GEN or VAL codes.
    """

    def __init__(self, rules: RuleSet, cache: Path | None = None) -> None:
        assert rules.family == "ipv4", "a record holds an IPv4 header"
        compiled = compile_function(build_lockstep(), _POLICY, cache)
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

        step = MAX_HEADERS * RECORD_BYTES
        answers = np.zeros(len(records) // RECORD_BYTES, dtype=np.uint32)
        for start in range(0, len(records), step):
            first = start // RECORD_BYTES
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

    count = -(-len(headers) // SIDE_BY_SIDE) * SIDE_BY_SIDE
    names = ("src", "dst", "sport", "dport", "protocol")
    formats = [f"<u{type_.bytes}" for type_ in _KEYS]
    layout = np.dtype({"names": names, "formats": formats, "offsets": _OFFSETS, "itemsize": RECORD_BYTES})
    records = np.zeros(count, dtype=layout)
    for name, column in zip(names, headers.columns, strict=True):
        records[name][: len(headers)] = column
    return records.view(np.uint8)


def build_lockstep() -> Function:
    """Return the function that answers groups of eight headers; the last group must be whole."""
    regions = tuple(Region(grant.name, grant.rights, grant.maximum) for grant in _POLICY.regions)
    build = Builder("rules", regions=regions, results=_POLICY.results)
    build.tables = (Table("rules", "first", _KEYS, Type.U32, 0, (), open=True),)
    loop = build.for_(_number(build, _GROUPS), _GROUPS)
    _require_inside(build, "headers", loop.index, SIDE_BY_SIDE * RECORD_BYTES)
    _require_inside(build, "answers", loop.index, SIDE_BY_SIDE * 4)
    first = build.binary("mul", loop.index, _number(build, SIDE_BY_SIDE * RECORD_BYTES))
    rows = [_load_key(build, build.binary("add", first, _number(build, offset))) for offset in _STARTS]
    answers = [build.lookup("rules", *row) for row in rows]
    place = build.binary("mul", loop.index, _number(build, SIDE_BY_SIDE * 4))
    for header, answer in enumerate(answers):
        build.store("answers", build.binary("add", place, _number(build, 4 * header)), answer, "le")
    build.next_()
    build.end()
    build.return_(_number(build, _GROUPS))
    return build.finish()


def _load_key(build: Builder, record: Value) -> tuple[Value, ...]:
    """Return the key columns of the record at this offset."""
    places = [build.binary("add", record, _number(build, offset)) for offset in _OFFSETS]
    orders: list[Order] = ["be" if type_ is Type.U8 else "le" for type_ in _KEYS]
    return tuple(
        build.load(type_, "headers", place, order)
        for type_, place, order in zip(_KEYS, places, orders, strict=True)
    )


def _require_inside(build: Builder, region: str, group: Value, size: int) -> None:
    """Return the number of groups done unless a whole one more is inside `region`."""
    end = build.binary("add", build.binary("mul", group, _number(build, size)), _number(build, size))
    short = build.compare("ult", build.length(region), end)
    with build.when(short):
        build.return_(group)


def _number(build: Builder, number: int) -> Value:
    return build.constant(Type.U64, number)
