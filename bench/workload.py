"""The packets that the benchmarks run over: real mixes where they are at hand, and generated small packets.

In: the shared captures beside the checkout, else `examples/captures`. Out: packets in memory, or capture
files in a directory of the caller's.
"""

from __future__ import annotations

import contextlib
import random
import struct
from array import array
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from bench.filters import CLIENT, CLIENT_PORTS, SERVER, SERVER_PORT
from dpfc.capture.reader import read_packets
from runtime.diagnostic import Refused

_ROOT = Path(__file__).parent.parent
_SHARED = _ROOT.parent / "shared" / "data" / "pcap"
_MIXES = ("*PcapPlusPlus/*__example.pcap", "*PcapPlusPlus/*many-protocols.pcap", "*mercury/*surfshark.pcap")
_ETHERNET = 1
_FILE_HEADER = struct.Struct("<IHHiIII")
_RECORD_HEADER = struct.Struct("<IIII")


@dataclass(frozen=True, slots=True)
class Workload:
    """Ethernet packets in memory.

    Args:
        name: where they come from.
        buffer: all captured bytes.
        offsets: u64, one per packet.
        lengths: u32, captured bytes.
        wire_lengths: u32, bytes on the wire.
    """

    name: str
    buffer: bytes
    offsets: array[int]
    lengths: array[int]
    wire_lengths: array[int]

    def __len__(self) -> int:
        return len(self.lengths)


def find_mixes() -> tuple[Path, ...]:
    """Return the captures of real traffic that are at hand; at least one is in the checkout."""
    shared = tuple(path for pattern in _MIXES for path in sorted(_SHARED.glob(pattern)))
    return shared or tuple(sorted((_ROOT / "examples" / "captures").glob("*.pcap*")))


def read_mix() -> Workload:
    """Read the Ethernet packets of the real mixes into memory, captures one after another.

    Raises:
        FileNotFoundError: there are none.
    """
    packets: list[tuple[bytes, int]] = []
    for path in find_mixes():
        packets += _read_ethernet(path)
    if not packets:
        raise FileNotFoundError("there is no capture of real traffic in examples/captures")
    return _lay_out("real mixes", packets)


def repeat_packets(workload: Workload, least: int) -> Workload:
    """Return copies of `workload`, at other addresses, until there are at least `least` packets."""
    times = -(-least // max(len(workload), 1))
    size = len(workload.buffer)
    offsets = array("Q", (offset + size * number for number in range(times) for offset in workload.offsets))
    return Workload(
        workload.name,
        workload.buffer * times,
        offsets,
        workload.lengths * times,
        workload.wire_lengths * times,
    )


def make_small_packets(count: int) -> Workload:
    """Make TCP and UDP packets of 64 bytes, 60 without the frame check sequence, of as many flows."""
    chance = random.Random(0)  # a pattern of ports would teach the branch predictor
    packets = [(_make_frame(chance), 60) for _ in range(count)]
    return _lay_out("64-byte frames", packets)


def make_connections(count: int) -> Workload:
    """Make frames of the ten connections of `bench.filters`: half hits, half with another client port."""
    chance = random.Random(0)
    source, target = (int(ip_address(name)) for name in (CLIENT, SERVER))
    packets = []
    for _ in range(count):
        port = chance.choice(CLIENT_PORTS) + chance.choice((0, len(CLIENT_PORTS)))
        packets.append((_pack_frame(6, source, target, port, SERVER_PORT), 60))
    return _lay_out("ten connections", packets)


def write_capture(path: Path, workload: Workload, times: int = 1) -> None:
    """Write `workload`, `times` over, as a little-endian pcap file of Ethernet packets."""
    block = bytearray()
    for offset, length, wire in zip(workload.offsets, workload.lengths, workload.wire_lengths):
        block += _RECORD_HEADER.pack(0, 0, length, wire) + workload.buffer[offset : offset + length]
    with path.open("wb") as file:
        file.write(_FILE_HEADER.pack(0xA1B2C3D4, 2, 4, 0, 0, 1 << 18, _ETHERNET))
        for _ in range(times):
            file.write(block)


def _read_ethernet(path: Path) -> list[tuple[bytes, int]]:
    """Return captured bytes and wire length of each packet, as far as the capture can be read."""
    packets: list[tuple[bytes, int]] = []
    with contextlib.suppress(Refused):
        packets.extend(
            (bytes(packet.data), packet.wire_length)
            for packet in read_packets(path)
            if packet.link_type == _ETHERNET
        )
    return packets


def _lay_out(name: str, packets: list[tuple[bytes, int]]) -> Workload:
    lengths = array("I", (len(data) for data, _ in packets))
    offsets, total = array("Q"), 0
    for length in lengths:
        offsets.append(total)
        total += length
    wire_lengths = array("I", (wire for _, wire in packets))
    return Workload(name, b"".join(data for data, _ in packets), offsets, lengths, wire_lengths)


_PORTS = (80, 443, 53, 22, 123, 8080, 445, 5000, 40000, 161)


def _make_frame(chance: random.Random) -> bytes:
    """Make the 60 captured bytes of one packet: Ethernet, IPv4, then TCP or UDP (one in four)."""
    protocol = chance.choice((6, 6, 6, 17))
    source, target = 0xC0A80000 + chance.randrange(1 << 17), 0x0A000000 + chance.randrange(1 << 16)
    return _pack_frame(protocol, source, target, chance.randrange(1024, 65536), chance.choice(_PORTS))


def _pack_frame(protocol: int, source: int, target: int, source_port: int, target_port: int) -> bytes:
    ethernet = bytes.fromhex("020000000002 020000000001 0800")
    ipv4 = struct.pack(">BBHHHBBHII", 0x45, 0, 46, 1, 0x4000, 64, protocol, 0, source, target)
    ports = struct.pack(">HH", source_port, target_port)
    tcp, udp = struct.pack(">IIBBHHH", 1, 1, 0x50, 0x10, 1000, 0, 0), struct.pack(">HH", 26, 0)
    return (ethernet + ipv4 + ports + (tcp if protocol == 6 else udp)).ljust(60, b"\0")
