"""The walks as IR programs agree with the reference walks, interpreted and native; the tallies count."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dpfc.capture.chunk import MAX_RECORDS, RECORD, ByteOrder
from dpfc.capture.native import NativeWalkers
from dpfc.capture.policy import TALLY, TALLY_ALL, WALK
from dpfc.capture.tally import build_tally, build_tally_all
from dpfc.capture.walk import build_pcap_walk, build_pcapng_walk
from dpfc.capture.walker import Lengths, PcapForm, PythonWalkers, Stop, Walked
from runtime.check.bound import find_cost
from runtime.check.ranges import analyse_function
from runtime.codegen.emit import emit_code
from runtime.ir.interpret import PreparedFunction, prepare_function
from runtime.ir.nodes import Function
from runtime.ir.verify import verify_function
from runtime.load.native import NativeFunction, load_native, native_available
from runtime.policy import Policy
from runtime.tables.layout import build_tables
from runtime.tables.specialize import specialize_tables
from tests.capture.forge import enhanced

ORDERS: tuple[ByteOrder, ...] = ("le", "be")
LENGTHS: tuple[Lengths, ...] = ("captured_first", "wire_first", "either")
FORMS = [PcapForm(order, lengths, header) for order in ORDERS for lengths in LENGTHS for header in (16, 24)]
REFERENCE = PythonWalkers()
PREPARED = {form: prepare_function(build_pcap_walk(form)) for form in FORMS}
PREPARED_NG = {order: prepare_function(build_pcapng_walk(order)) for order in ORDERS}


def compile_unchecked(function: Function, policy: Policy) -> NativeFunction:
    """Compile without the checks that `runtime.pipeline` makes: what is compared here is meaning."""
    assert policy is WALK
    tables = build_tables(function)
    specialized = specialize_tables(function, tables)
    return load_native(specialized, emit_code(specialized), tables.data)


NATIVE = NativeWalkers(compile_unchecked) if native_available() else None


@pytest.mark.parametrize(
    "function, policy",
    [(build_pcap_walk(form), WALK) for form in FORMS]
    + [(build_pcapng_walk(order), WALK) for order in ORDERS]
    + [(build_tally(), TALLY), (build_tally_all(), TALLY_ALL)],
    ids=lambda value: value.name,
)
def test_programs_are_proved_by_the_fast_pass(function: Function, policy: Policy) -> None:
    verify_function(function)
    findings = analyse_function(function).findings
    assert findings
    assert all(finding.proved for finding in findings)
    assert find_cost(function).instructions <= policy.budget


def _compare(expected: Walked, others: list[Walked]) -> None:
    for walked in others:
        assert (walked.next, walked.stop) == (expected.next, expected.stop)
        assert bytes(walked.records) == bytes(expected.records)


def _interpret(prepared: PreparedFunction, buffer: bytes, start: int, high: int, low: int) -> Walked:
    outcome = prepared.run({"capture": buffer}, (start, high << 32 | low))
    records = b"".join(RECORD.pack(*emitted) for emitted in outcome.emitted)
    return Walked(outcome.results[0], Stop(outcome.results[1]), memoryview(records))


_length = st.one_of(st.integers(0, 12), st.integers(0, 0xFFFF_FFFF))


@pytest.mark.parametrize("form", FORMS, ids=str)
@settings(max_examples=50)
@given(
    st.lists(st.tuples(_length, _length, st.integers(0, 12)), max_size=6),
    st.integers(0, 3),
    st.sampled_from([10, 262144, 0xFFFF_FFFF]),
    st.integers(1, 20),
)
def test_pcap_walks_agree(
    form: PcapForm, records: list[tuple[int, int, int]], cut: int, limit: int, snaplen: int
) -> None:
    mark = "<" if form.order == "le" else ">"
    content = b"junk" + b"".join(
        struct.pack(mark + "8xII", first, second) + bytes(form.header - 16 + size)
        for first, second, size in records
    )
    buffer = content[: len(content) - cut]
    expected = REFERENCE.walk_pcap(form, memoryview(buffer), min(4, len(buffer)), limit, snaplen)
    others = [_interpret(PREPARED[form], buffer, min(4, len(buffer)), limit, snaplen)]
    if NATIVE:
        others.append(NATIVE.walk_pcap(form, memoryview(buffer), min(4, len(buffer)), limit, snaplen))
    _compare(expected, others)


_block = st.builds(
    lambda kind, total, number, captured, size, trailer: (kind, total, number, captured, size, trailer),
    st.sampled_from([6, 6, 6, 5]),
    st.one_of(st.just(0), st.sampled_from([-1, 1, 4, -4, 1 << 31])),
    st.sampled_from([0, 1, 2, 0xFFFF_FFFF]),
    st.one_of(st.integers(0, 12), st.integers(0, 0xFFFF_FFFF)),
    st.integers(0, 3),
    st.sampled_from([0, 0, 0, 1]),
)


@pytest.mark.parametrize("order", ORDERS)
@settings(max_examples=150)
@given(st.lists(_block, max_size=6), st.integers(0, 5), st.sampled_from([10, 262144]), st.integers(0, 2))
def test_pcapng_walks_agree(
    order: ByteOrder, blocks: list[tuple[int, int, int, int, int, int]], cut: int, limit: int, interfaces: int
) -> None:
    mark = "<" if order == "le" else ">"
    content = b""
    for kind, off, number, captured, words, trailer in blocks:
        total = 32 + 4 * words
        content += struct.pack(mark + "IIIIIII", kind, total + off, number, 1, 2, captured, captured)
        content += bytes(4 * words) + struct.pack(mark + "I", total + trailer)
    buffer = content[: max(0, len(content) - cut)]
    expected = REFERENCE.walk_pcapng(order, memoryview(buffer), 0, limit, interfaces)
    others = [_interpret(PREPARED_NG[order], buffer, 0, limit, interfaces)]
    if NATIVE:
        others.append(NATIVE.walk_pcapng(order, memoryview(buffer), 0, limit, interfaces))
    _compare(expected, others)


@pytest.mark.skipif(NATIVE is None, reason="this host does not run x86-64 code")
def test_full_native_walk() -> None:
    assert NATIVE is not None
    records = memoryview(struct.pack("<8xII", 0, 9) * 65_540)
    blocks = memoryview(enhanced("<", b"") * 65_540)
    for expected, walked in (
        (REFERENCE.walk_pcap(FORMS[0], records, 0, 9, 9), NATIVE.walk_pcap(FORMS[0], records, 0, 9, 9)),
        (REFERENCE.walk_pcapng("le", blocks, 0, 9, 1), NATIVE.walk_pcapng("le", blocks, 0, 9, 1)),
    ):
        assert expected.stop is Stop.FULL
        assert len(expected.records) == MAX_RECORDS * RECORD.size
        _compare(expected, [walked])


def _records(wires: list[int]) -> bytes:
    return b"".join(RECORD.pack(0, 0, wire, 0) for wire in wires)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 0xFFFF_FFFF)), max_size=20), st.integers(0, 70))
def test_tally(packets: list[tuple[int, int]], size: int) -> None:
    counters, expected = bytearray(size), bytearray(size)
    fits = [answer * 16 + 16 <= size for answer, _ in packets]
    done = (*fits, False).index(False)
    for answer, wire in packets[:done]:
        _count(expected, answer, wire)
    answers = b"".join(answer.to_bytes(4, "little") for answer, _ in packets)
    regions: dict[str, bytes | bytearray] = {
        "records": _records([w for _, w in packets]),
        "answers": answers,
        "counters": counters,
    }
    assert prepare_function(build_tally()).run(regions).results == (done,)
    assert counters == expected


def _count(counters: bytearray, answer: int, wire: int) -> None:
    packets, total = struct.unpack_from("<QQ", counters, answer * 16)
    struct.pack_into("<QQ", counters, answer * 16, (packets + 1) % 2**64, (total + wire) % 2**64)


@given(
    st.lists(st.tuples(st.lists(st.integers(0, 4), max_size=4), st.integers(0, 99)), max_size=12),
    st.integers(0, 90),
)
def test_tally_of_all_answers(packets: list[tuple[list[int], int]], size: int) -> None:
    counters, expected = bytearray(size), bytearray(size)
    done = len(packets)
    for index, (numbers, wire) in enumerate(packets):
        fits = [number * 16 + 16 <= size for number in numbers]
        for number in numbers[: (*fits, False).index(False)]:
            _count(expected, number, wire)
        if not all(fits):
            done = index
            break
    words = [len(numbers) for numbers, _ in packets] + [
        number for numbers, _ in packets for number in numbers
    ]
    answers = struct.pack(f"<{len(words)}I", *words)
    regions: dict[str, bytes | bytearray] = {
        "records": _records([wire for _, wire in packets]),
        "answers": answers,
        "counters": counters,
    }
    assert prepare_function(build_tally_all()).run(regions).results == (done,)
    assert counters == expected


def test_tally_wraps_and_stops_at_short_answers() -> None:
    counters = bytearray(b"\xff" * 16)
    regions: dict[str, bytes | bytearray] = {
        "records": _records([2, 2]),
        "answers": bytes(7),
        "counters": counters,
    }
    assert prepare_function(build_tally()).run(regions).results == (1,)
    assert counters == bytes(8) + (1).to_bytes(8, "little")
    regions["answers"] = struct.pack("<III", 1, 1, 0)
    assert prepare_function(build_tally_all()).run(regions).results == (1,)
