"""Counting what classification answered, as IR programs: packets and wire bytes of every filter.

    records    as in `dpfc.capture.chunk`, n of them
    counters   packets u64, wire bytes u64 (little endian) for each filter number, 0 being "no filter"

    tally      answers: the number of one filter (u32) for each record
    tally_all  answers: n counts (u32), how many numbers there are for each record; then the numbers

In: nothing. Out: functions under `policy.TALLY` and `policy.TALLY_ALL`, which return how many records they
did: all, unless an array ended early or a number has no counter. Nothing is written out of bounds; sums wrap
at 2**64.
"""

from __future__ import annotations

from dpfc.capture.chunk import MAX_RECORDS, RECORD_BYTES
from dpfc.capture.policy import COUNTER_BYTES, MAX_ANSWERS, TALLY, TALLY_ALL
from runtime.ir.builder import Builder
from runtime.ir.nodes import Function, Region, Type, Value
from runtime.policy import Policy

_WIRE = 8  # offset of the wire length in a record
_NUMBER_BYTES = 4


def build_tally() -> Function:
    """Build the tally of one answer for each record."""
    build = _start("tally", TALLY)
    loop = build.for_(_number(build, MAX_RECORDS), MAX_RECORDS)
    done = loop.index
    record = build.binary("mul", done, _number(build, RECORD_BYTES))
    _require_inside(build, "records", record, RECORD_BYTES, done)
    answer = build.binary("mul", done, _number(build, _NUMBER_BYTES))
    _require_inside(build, "answers", answer, _NUMBER_BYTES, done)
    wire = _load(build, "records", build.binary("add", record, _number(build, _WIRE)))
    _count_packet(build, _load(build, "answers", answer), wire, done)
    build.next_()
    build.end()
    build.return_(_number(build, MAX_RECORDS))
    return build.finish()


def build_tally_all() -> Function:
    """Build the tally of several answers for each record.

    It is one flat loop, so that its cost is bounded by the answers and not by records times answers. A step
    either begins a record (`left` is 0: take its count) or counts one number. Carried: where the next record
    stands, numbers left of the one before, its wire length, and where the next number stands.
    """
    build = _start("tally_all", TALLY_ALL)
    steps = MAX_RECORDS + 1 + MAX_ANSWERS
    zero = build.constant(Type.U32, 0)
    numbers = _divide(build, build.length("records"), RECORD_BYTES // _NUMBER_BYTES)
    loop = build.for_(_number(build, steps), steps, (_number(build, 0), zero, zero, numbers))
    record, left, wire, place = loop.carried
    begun = _divide(build, record, RECORD_BYTES)
    build.if_(build.compare("eq", left, zero))
    _require_inside(build, "records", record, RECORD_BYTES, begun)
    count = _divide(build, record, RECORD_BYTES // _NUMBER_BYTES)
    _require_inside(build, "answers", count, _NUMBER_BYTES, begun)
    new_wire = _load(build, "records", build.binary("add", record, _number(build, _WIRE)))
    following = build.binary("add", record, _number(build, RECORD_BYTES))
    build.yield_(following, _load(build, "answers", count), new_wire, place)
    build.else_()
    done = build.binary("sub", begun, _number(build, 1), wrapping=True)  # some are left, so one is begun
    _require_inside(build, "answers", place, _NUMBER_BYTES, done)
    _count_packet(build, _load(build, "answers", place), wire, done)
    remaining = build.binary("sub", left, build.constant(Type.U32, 1))
    build.yield_(record, remaining, wire, build.binary("add", place, _number(build, _NUMBER_BYTES)))
    build.next_(*build.end())
    record, *_ = build.end()
    build.return_(_divide(build, record, RECORD_BYTES))
    return build.finish()


def _start(name: str, policy: Policy) -> Builder:
    regions = tuple(Region(grant.name, grant.rights, grant.maximum) for grant in policy.regions)
    return Builder(name, regions=regions, results=policy.results)


def _number(build: Builder, number: int) -> Value:
    return build.constant(Type.U64, number)


def _divide(build: Builder, number: Value, divisor: int) -> Value:
    return build.binary("udiv", number, _number(build, divisor))


def _load(build: Builder, region: str, offset: Value) -> Value:
    return build.load(Type.U32, region, offset, "le")


def _require_inside(build: Builder, region: str, offset: Value, size: int, done: Value) -> None:
    """Return `done` unless `size` bytes at `offset` are inside `region`."""
    length = build.length(region)
    _require(build, build.compare("ule", offset, length), done)
    room = build.binary("sub", length, offset)
    _require(build, build.compare("ule", _number(build, size), room), done)


def _require(build: Builder, condition: Value, done: Value) -> None:
    with build.when(build.compare("eq", condition, build.constant(Type.U1, 0))):
        build.return_(done)


def _count_packet(build: Builder, answer: Value, wire: Value, done: Value) -> None:
    """Add a packet of `wire` bytes to the counters of filter `answer`."""
    place = build.binary("mul", build.convert(Type.U64, answer), _number(build, COUNTER_BYTES))
    _require_inside(build, "counters", place, COUNTER_BYTES, done)
    _add(build, place, _number(build, 1))
    _add(build, build.binary("add", place, _number(build, 8)), build.convert(Type.U64, wire))


def _add(build: Builder, place: Value, amount: Value) -> None:
    before = build.load(Type.U64, "counters", place, "le")
    build.store("counters", place, build.binary("add", before, amount, wrapping=True), "le")
