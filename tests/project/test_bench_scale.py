"""The workloads of `make bench-scale` are what they say, and their peers answer what dpfc answers."""

from __future__ import annotations

import csv
from array import array
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

import dpfc
from bench.contest import Cell, check_answers, compare_cells, measure_scale
from bench.paper_shapes import DEPTHS, make_depth_filter, make_port_filters
from bench.peers.acl_exact import find_acl
from bench.peers.bpf import find_bpf
from bench.peers.contender import Frames, Measured, Peer, Prepared, Ready, absent, make_frames
from bench.peers.hand_written import find_hand_written
from bench.peers.merged_pcap import find_merged_pcap
from bench.scale_peers import list_results, print_cells, quote_cells
from bench.scale_workload import MAX_PORTS, PACKETS, WORKLOADS, Scale, make_ports, make_sessions
from bench.timing import Timing
from dpfc.names.instances import read_instances
from runtime.source import Source

ETHERNET = 1
SMALL = (("W1", 1), ("W1", 10), ("W1", 700), ("W2", 1), ("W2", 10), ("W2", 700))


def _fields(workload: str, frame: bytes) -> tuple[int, ...]:
    """Return the row that a frame would hit, read where the headers put it."""
    source, target, sport, dport = (
        int.from_bytes(frame[start:end], "big") for start, end in ((26, 30), (30, 34), (34, 36), (36, 38))
    )
    return (source, sport, target, dport) if workload == "W1" else (dport,)


def _frames_of(scale: Scale) -> list[bytes]:
    packets = scale.packets
    return [packets.buffer[at : at + length] for at, length in zip(packets.offsets, packets.lengths)]


@pytest.mark.parametrize("workload, size", SMALL)
def test_half_of_the_frames_hit_and_the_others_just_miss(workload: str, size: int) -> None:
    scale = WORKLOADS[workload](size)
    numbers = {row: number for number, row in enumerate(scale.rows, 1)}
    assert len(numbers) == size
    frames = _frames_of(scale)
    assert {(len(frame), frame[12:15]) for frame in frames} == {(64, bytes.fromhex("080045"))}
    assert {frame[23] for frame in frames} == {6 if workload == "W1" else 17}
    rows = [_fields(workload, frame) for frame in frames]
    assert [numbers.get(row, 0) for row in rows] == list(scale.expected)
    assert Counter(number == 0 for number in scale.expected) == {True: PACKETS // 2, False: PACKETS // 2}
    patterns = {(*row[:place], None, *row[place + 1 :]) for row in numbers for place in range(len(row))}
    for row in set(rows) - set(numbers):
        assert any((*row[:place], None, *row[place + 1 :]) in patterns for place in range(len(row)))


@pytest.mark.parametrize("workload", WORKLOADS)
def test_a_workload_is_the_same_each_time(workload: str) -> None:
    first, second = WORKLOADS[workload](50), WORKLOADS[workload](50)
    assert (first.rows, first.packets.buffer, first.expected) == (
        second.rows,
        second.packets.buffer,
        second.expected,
    )


def test_there_are_fewer_ports_than_filters_asked_for() -> None:
    scale = make_ports(100_000)
    assert len(scale.rows) == MAX_PORTS
    assert 0 in scale.expected


def test_csv_text_holds_the_rows() -> None:
    scale = make_sessions(5)
    header, *rows = csv.reader(scale.csv_text().splitlines())
    assert tuple(header) == scale.columns
    assert tuple(tuple(map(int, row)) for row in rows) == scale.rows


def _ask_dpfc(scale: Scale) -> list[int]:
    instances = (
        {scale.template: read_instances(Source("rows.csv", scale.csv_text()))} if scale.template else {}
    )
    classifier = dpfc.compile(scale.dpf, mode="first", link_type=ETHERNET, instances=instances)
    packets = scale.packets
    return list(classifier.classify_batch(packets.buffer, packets.offsets, packets.lengths, ETHERNET).ids)


@pytest.mark.parametrize("workload", WORKLOADS)
def test_dpfc_agrees_with_the_expected_answers(workload: str) -> None:
    scale = WORKLOADS[workload](10)
    assert _ask_dpfc(scale) == list(scale.expected)


@pytest.mark.parametrize(
    "make",
    [
        lambda: make_port_filters(1, "fixed"),
        lambda: make_port_filters(10, "fixed"),
        lambda: make_port_filters(10, "variable"),
        lambda: make_depth_filter(DEPTHS[0]),
        lambda: make_depth_filter(DEPTHS[-1]),
    ],
)
def test_dpfc_agrees_on_the_shapes_of_the_paper(make: Callable[[], Scale]) -> None:
    scale = make()
    assert sorted(set(scale.expected)) == list(range(len(scale.dpf.splitlines()) + 1))
    assert _ask_dpfc(scale) == list(scale.expected)


PEERS: dict[str, Callable[[], Peer]] = {
    "batch": lambda: find_hand_written()[0],
    "singly": lambda: find_hand_written()[1],
    "acl": find_acl,
    "bpf": find_bpf,
    "pcap": find_merged_pcap,
}


def _prepare(name: str, scale: Scale) -> Prepared:
    """Return a peer that has run; skip the test where it is not installed."""
    prepared = PEERS[name]()(scale, make_frames(scale.packets, "fresh"))
    if isinstance(prepared, str):
        pytest.skip(prepared)
    if isinstance(prepared, Ready):
        prepared.run()
    return prepared


@pytest.mark.parametrize("workload, size", [("W1", 1), ("W1", 300), ("W2", 1), ("W2", 300)])
@pytest.mark.parametrize("name", PEERS)
def test_peers_answer_right(name: str, workload: str, size: int) -> None:
    scale = WORKLOADS[workload](size)
    check_answers(name, _prepare(name, scale), scale)


@pytest.mark.parametrize("workload", WORKLOADS)
@pytest.mark.parametrize("name", ["batch", "singly", "bpf"])
def test_peers_look_at_every_header(name: str, workload: str) -> None:
    """Another ethertype, version, protocol or length: each damages one frame of six, one stays as it is."""
    scale = WORKLOADS[workload](10)
    buffer, lengths, expected = bytearray(scale.packets.buffer), scale.packets.lengths[:], scale.expected[:]
    for index, offset in enumerate(scale.packets.offsets):
        change = index % 6
        if change < 4:
            buffer[offset + (12, 13, 14, 23)[change]] ^= 1
        if change == 4:
            lengths[index] = 37
        if change < 5:
            expected[index] = 0
    packets = replace(scale.packets, buffer=bytes(buffer), lengths=lengths)
    damaged = replace(scale, packets=packets, expected=expected)
    assert any(expected)
    check_answers(name, _prepare(name, damaged), damaged)


@pytest.mark.parametrize("name", PEERS)
def test_peers_refuse_filters_that_they_do_not_know(name: str) -> None:
    scale = make_depth_filter(2)
    assert isinstance(PEERS[name]()(scale, make_frames(scale.packets, "fresh")), str)


def test_big_sets_are_left_out_with_a_reason() -> None:
    scale = make_ports(20_000)
    frames = make_frames(scale.packets, "fresh")
    for find in (find_bpf, find_merged_pcap):
        assert isinstance(find()(scale, frames), str)


def test_both_orders_start_alike_and_hold_every_frame_equally_often() -> None:
    packets = make_sessions(3).packets
    fresh, repeated = make_frames(packets, "fresh"), make_frames(packets, "repeated")
    assert fresh.offsets[:PACKETS] == repeated.offsets[:PACKETS] == packets.offsets
    assert fresh.offsets != repeated.offsets
    assert sorted(fresh.offsets) == sorted(repeated.offsets)


def test_a_wrong_answer_stops_the_contest() -> None:
    scale = make_sessions(3)
    right = list(scale.expected)
    hits = [int(number > 0) for number in right]
    check_answers("peer", Measured(1.0, right), scale)
    check_answers("peer", Ready(list, lambda: hits, numbered=False), scale)
    wrong, wrong_hits = [*right[:-1], right[-1] + 1], [*hits[:-1], 1 - hits[-1]]
    for peer in (
        Measured(1.0, wrong),
        Ready(list, lambda: wrong),
        Ready(list, lambda: wrong_hits, numbered=False),
    ):
        with pytest.raises(AssertionError, match=f"frame {PACKETS - 1}"):
            check_answers("peer", peer, scale)


def _prepare_table(scale: Scale, frames: Frames) -> Prepared:
    """A contender as `bench.contest` describes it."""
    numbers = {row: number for number, row in enumerate(scale.rows, 1)}
    answers = array("I", bytes(4 * PACKETS))

    def run() -> None:
        for index, frame in enumerate(_frames_of(scale)):
            answers[index] = numbers.get(_fields(scale.name, frame), 0)

    return Ready(run, lambda: answers, note="in Python")


def test_a_contest_has_a_cell_for_everyone(capsys: pytest.CaptureFixture[str]) -> None:
    contenders: dict[str, Peer] = {
        "table": _prepare_table,
        "itself": lambda scale, frames: Measured(12.5, scale.expected),
        "nobody": absent("it is not there"),
    }
    cells = measure_scale(contenders, make_sessions(3), 3, "fresh")
    table, itself, nobody = cells
    assert table.nanoseconds is not None
    assert table.nanoseconds > 0
    assert "in Python" in table.note
    assert (itself.nanoseconds, itself.rounds) == (12.5, None)
    assert (nobody.nanoseconds, nobody.note) == (None, "absent: it is not there")
    print_cells((*cells, *quote_cells("fresh")))
    printed = capsys.readouterr().out
    assert "12.5" in printed
    assert "W1, nobody: absent: it is not there" in printed
    assert [result.name for result in list_results(cells)] == [
        "table: W1, N = 3, fresh",
        "itself: W1, N = 3, fresh",
    ]


def test_ratios_are_of_neighbouring_rounds() -> None:
    ours = Cell("dpfc", "W1", "fresh", 10, 2.0, "", Timing((2.0, 4.0, 2.0)))
    theirs = Cell("C", "W1", "fresh", 10, 4.0, "", Timing((4.0, 8.0, 1.0)))
    alone = replace(ours, filters=100)
    assert compare_cells((ours, theirs, alone), "dpfc", "C") == {("W1", 10): 0.5}
