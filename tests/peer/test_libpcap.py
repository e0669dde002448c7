"""dpfc and libpcap select the same packets of every shared capture, filter by filter, packet by packet."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice

import pytest

import dpfc
from bench.peers.libpcap import Batch, LibPcap, load_libpcap
from tests.captures import MISSING, shared_captures
from tests.peer.packets import Packets, gather_packets
from tests.peer.table import Row, dpf_text, read_table

TABLE = read_table()
TOGETHER = 5  # filters in one classifier: they share loads, and compiling stays quick
TOGETHER_LONG = 30
SHOWN = 5  # differing packets in a failing test's message


@dataclass
class Peers:
    """Both classifiers' answers, computed once for each link type or expression."""

    libpcap: LibPcap
    packets: dict[int, Packets]
    _batches: dict[int, Batch] = field(default_factory=dict)
    _ours: dict[int, dict[str, bytes]] = field(default_factory=dict)
    _theirs: dict[tuple[int, str], bytes] = field(default_factory=dict)

    def link_types(self, row: Row) -> list[int]:
        return [link_type for link_type in row.link_types if link_type in self.packets]

    def ours(self, link_type: int, row: Row) -> bytes:
        """One byte per packet: 1 where the DPF filter accepts."""
        if link_type not in self._ours:
            self._ours[link_type] = self._classify(link_type)
        return self._ours[link_type][row.name]

    def theirs(self, link_type: int, expression: str) -> bytes:
        """One byte per packet: 1 where libpcap accepts."""
        if link_type not in self._batches:
            self._batches[link_type] = self.packets[link_type].batch()
        key = link_type, expression
        if key not in self._theirs:
            program = self.libpcap.compile(expression, link_type)
            self._theirs[key] = program.select(self._batches[link_type])
        return self._theirs[key]

    def agreed(self, link_type: int, row: Row) -> bytes:
        """One byte per packet: 1 where all predicates of the row hold, so that answers must be equal."""
        held = [self._holds(link_type, row, name) for name in row.agree_where]
        return bytes(map(min, *held)) if len(held) > 1 else held[0]

    def _holds(self, link_type: int, row: Row, predicate: str) -> bytes:
        packets, known = self.packets[link_type], TABLE.predicates[predicate]
        expressions = known.expressions
        if link_type not in known.link_types:
            return bytes([1]) * len(packets)
        if expressions == ("whole",):
            return bytes(a == b for a, b in zip(packets.lengths, packets.wire_lengths))
        if expressions == ("answered",):
            expressions = (row.tcpdump, f"not ({row.tcpdump})")
        selected = [self.theirs(link_type, expression) for expression in expressions]
        return bytes(map(max, *selected)) if len(selected) > 1 else selected[0]

    def _classify(self, link_type: int) -> dict[str, bytes]:
        rows = tuple(row for row in TABLE.rows if link_type in row.link_types)
        answers: dict[str, bytes] = {}
        for start in range(0, len(rows), TOGETHER):
            answers |= _classify_packets(self.packets[link_type], link_type, rows[start : start + TOGETHER])
        return answers


def _classify_packets(packets: Packets, link_type: int, rows: tuple[Row, ...]) -> dict[str, bytes]:
    """Compile `rows` into one classifier, run it over all packets, and sort its answers by filter."""
    classifier = dpfc.compile(dpf_text(rows), link_type=link_type, mode="all")
    batch = classifier.classify_batch(packets.buffer, packets.offsets, packets.lengths, link_type)
    answers = [bytearray(len(packets)) for _ in rows]
    ids = iter(batch.ids)
    for index, count in enumerate(batch.counts):
        for number in islice(ids, count):
            answers[number - 1][index] = 1
    return {row.name: bytes(vector) for row, vector in zip(rows, answers)}


@pytest.fixture(scope="module")
def peers() -> Peers:
    libpcap = load_libpcap()
    if libpcap is None:
        pytest.skip("libpcap is not installed (on Debian: apt install libpcap0.8)")
    captures = shared_captures()
    if not captures:
        pytest.skip(MISSING)
    return Peers(libpcap, gather_packets(capture.path for capture in captures))


def test_the_table_covers_the_language() -> None:
    assert len(TABLE.rows) >= 70
    assert len({row.name for row in TABLE.rows}) == len(TABLE.rows)
    covered = {link_type for row in TABLE.rows for link_type in row.link_types}
    assert covered >= {0, 1, 9, 101, 113, 228, 229, 276}


@pytest.mark.parametrize("row", TABLE.rows, ids=lambda row: row.name)
def test_both_select_the_same_packets(row: Row, peers: Peers) -> None:
    wrong: list[str] = []
    excused = 0
    for link_type in peers.link_types(row):
        ours, theirs = peers.ours(link_type, row), peers.theirs(link_type, row.tcpdump)
        different = [index for index, (a, b) in enumerate(zip(ours, theirs, strict=True)) if a != b]
        must = peers.agreed(link_type, row) if row.agree_where and different else bytes([1]) * len(ours)
        for index in different:
            if must[index]:
                wrong.append(f"dpfc {ours[index]}, {peers.packets[link_type].describe(index)}")
            else:
                excused += 1
    assert not wrong, "\n".join([f"{len(wrong)} packets differ", *wrong[:SHOWN]])
    assert bool(excused) == bool(row.agree_where), "a predicate that excuses nothing hides nothing: remove it"


@pytest.mark.parametrize("row", TABLE.rows, ids=lambda row: row.name)
def test_each_filter_tells_packets_apart(row: Row, peers: Peers) -> None:
    """A filter that accepts nothing, or everything, would agree with nearly any other."""
    answers = b"".join(peers.ours(link_type, row) for link_type in peers.link_types(row))
    assert set(answers) == {0, 1}


@pytest.mark.long
@pytest.mark.parametrize("link_type", [0, 1, 9, 101, 113, 228, 229, 276])
def test_filters_answer_the_same_in_large_company(link_type: int, peers: Peers) -> None:
    """Merging thirty filters of all shapes changes none of their answers."""
    if link_type not in peers.packets:
        pytest.skip("no shared capture has this link type")
    rows = tuple(row for row in TABLE.rows if link_type in row.link_types)
    for start in range(0, len(rows), TOGETHER_LONG):
        some = rows[start : start + TOGETHER_LONG]
        together = _classify_packets(peers.packets[link_type], link_type, some)
        assert all(together[row.name] == peers.ours(link_type, row) for row in some)
