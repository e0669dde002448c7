"""The sets of filters for `make bench-ablation`, with frames for them: from one shape to many.

In: nothing. Out: `FilterSet`s. All answer with the first filter that accepts, so sets may overlap.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from bench.filters import TEN, dpf_text
from bench.paper_shapes import make_port_filters
from bench.scale_workload import Scale, lay_out_frames, make_ports, make_sessions, pack_frame
from bench.workload import Workload, read_mix, repeat_packets

MIXED = 100
_FILTERS = 1_000
_FAR_PACKETS = 200_000
_FRAMES = 4_096
_TCP, _UDP = 6, 17


@dataclass(frozen=True, slots=True)
class FilterSet:
    """Filters and frames.

    Args:
        name: what is printed.
        dpf: the filters.
        csv: the file of instances; empty: there are none.
        template: what they are instances of.
        packets: the frames.
    """

    name: str
    dpf: str
    csv: str
    template: str
    packets: Workload


def make_sets() -> Iterator[FilterSet]:
    """Yield the sets."""
    mix = read_mix()
    yield _take_scale("W1, 1,000", make_sessions(_FILTERS))
    yield _take_scale("W2, 1,000", make_ports(_FILTERS))
    yield _take_scale("paper, 10 ports", make_port_filters(10, "variable"))
    yield FilterSet("ten real", dpf_text(TEN), "", "", mix)
    yield FilterSet("ten real, far", dpf_text(TEN), "", "", repeat_packets(mix, _FAR_PACKETS))
    yield make_mixed_set()


def make_mixed_set() -> FilterSet:
    """Make 100 filters: connections, services, networks, ranges of ports; some spelled byte by byte."""
    chance = random.Random(MIXED)
    filters, frames = [], []
    for number in range(MIXED):
        source, target = chance.randrange(1 << 32), chance.randrange(1 << 32)
        sport, dport = chance.randrange(1024, 1 << 16), chance.randrange(1, 1 << 16)
        protocol = "udp" if number % 10 in (5, 6) else "tcp"
        body = _BODIES[number % 10].format(
            src=ip_address(source),
            dst=ip_address(target),
            net=ip_address(target >> 12 << 12),
            sport=sport,
            dport=dport,
            far=min(dport + 63, 65_535),
            bytes=_write_bytes(target),
        )
        filters.append(f"filter mixed{number} {{ {body} }}\n")
        frames.append(((_UDP if protocol == "udp" else _TCP), (source, target), (sport, dport)))
    packed = [pack_frame(*_change(chance, chance.choice(frames))) for _ in range(_FRAMES)]
    return FilterSet(f"{MIXED} mixed", "".join(filters), "", "", lay_out_frames("mixed", packed))


_Frame = tuple[int, tuple[int, int], tuple[int, int]]

_BODIES = (
    "ipv4.src == {src}; ipv4.dst == {dst}; tcp.sport == {sport}; tcp.dport == {dport}",
    "tcp.dport == {dport}; ipv4.dst == {dst}; tcp.sport == {sport}; ipv4.src == {src}",
    "ipv4.dst == {dst}; tcp.dport == {dport}",
    "tcp.dport == {dport}",
    "ipv4.dst == {net}/20; tcp.dport in {{80, 443, {dport}}}",
    "udp.dport == {dport}",
    "ipv4.dst == {dst}; udp.dport in {dport}..{far}",
    "12:16 == 0x0800; 14:8 == 0x45; 23:8 == 6; {bytes}; 36:16 == {dport}",
    "12:16 == 0x0800; shift 14; 9:8 == 6; shift ((0:8) & 0x0f) << 2; 0:16 == {sport}; 2:16 == {dport}",
    "ipv4.src == {src}; not (tcp.dport == {dport}); tcp.sport == {sport}",
)


def _write_bytes(address: int) -> str:
    """Write an address byte by byte, the last byte first."""
    parts = address.to_bytes(4, "big")
    return "; ".join(f"{30 + place}:8 == {parts[place]}" for place in (3, 2, 1, 0))


def _change(chance: random.Random, frame: _Frame) -> _Frame:
    """Return `frame`, or in one of two cases one that differs in a port or an address."""
    protocol, (source, target), (sport, dport) = frame
    match chance.randrange(8):
        case 0:
            return protocol, (source ^ 1, target), (sport, dport)
        case 1:
            return protocol, (source, target ^ 1), (sport, dport)
        case 2:
            return protocol, (source, target), (sport ^ 1, dport)
        case 3:
            return protocol, (source, target), (sport, dport ^ 1)
        case _:
            return frame


def _take_scale(name: str, scale: Scale) -> FilterSet:
    csv = scale.csv_text() if scale.template else ""
    return FilterSet(name, scale.dpf, csv, scale.template, scale.packets)
