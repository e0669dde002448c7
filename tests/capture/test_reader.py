"""Every form of capture gives the same packets, from every kind of source."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from dpfc.capture import window
from dpfc.capture.reader import Packet, open_capture, read_packets
from dpfc.capture.walker import PythonWalkers
from tests.capture.forge import (
    DATA,
    PACKINGS,
    SECONDS,
    Forged,
    block,
    enhanced,
    forge_all,
    forge_pcap,
    forge_pcapng,
    interface,
    section,
)

ALL = tuple(forge_all())


def _expect(forged: Forged, packets: list[Packet]) -> None:
    assert [bytes(packet.data) for packet in packets] == list(DATA)
    assert [packet.wire_length for packet in packets] == [len(data) + 7 for data in DATA]
    assert [packet.number for packet in packets] == [1, 2, 3, 4, 5]
    times = [SECONDS * 10**9 + forged.nanoseconds + index * forged.unit for index in range(len(DATA))]
    assert [packet.timestamp_ns for packet in packets] == times
    assert {packet.link_type for packet in packets} == {1}


@pytest.mark.parametrize("packing", PACKINGS)
@pytest.mark.parametrize("forged", ALL, ids=lambda forged: forged.name)
def test_every_form_and_packing(forged: Forged, packing: str, tmp_path: Path) -> None:
    content = PACKINGS[packing](forged.content)
    path = tmp_path / "capture"
    path.write_bytes(content)
    _expect(forged, list(read_packets(path)))
    _expect(forged, list(read_packets(str(path))))
    _expect(forged, list(read_packets(io.BytesIO(content))))


@pytest.mark.parametrize("packing", PACKINGS)
def test_bytes_arriving_one_by_one(packing: str) -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or 1, 1))

    for forged in (forge_pcap(">", 0xA1B23C4D), forge_pcapng("<", 9, enhanced)):
        _expect(forged, list(read_packets(Slow(PACKINGS[packing](forged.content)))))


@pytest.mark.parametrize("piped", [True, False])
@pytest.mark.parametrize("packing", ["plain", "gzip", "zstd"])
def test_standard_input(packing: str, piped: bool, tmp_path: Path) -> None:
    path = tmp_path / "capture"
    path.write_bytes(PACKINGS[packing](forge_pcapng("<", 6, enhanced).content))
    program = "from dpfc.capture.reader import *; print(sum(len(p.data) for p in read_packets('-')))"
    with path.open("rb") as file:
        given = {"input": file.read()} if piped else {"stdin": file}
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, **given)
    assert int(done.stdout) == sum(map(len, DATA))


def test_named_pipe(tmp_path: Path) -> None:
    path, forged = tmp_path / "pipe", forge_pcap("<", 0xA1B2C3D4)
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(forged.content,))
    writer.start()
    _expect(forged, list(read_packets(path)))
    writer.join()


@pytest.mark.parametrize("form", ["pcap", "pcapng"])
def test_packets_across_windows(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Records that straddle windows, and more of them than one chunk holds."""
    monkeypatch.setattr(window, "MAP_BYTES", 1 << 16)
    monkeypatch.setattr(window, "STREAM_BYTES", 1 << 12)
    count = 70_000
    if form == "pcap":
        head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
        body = b"".join(struct.pack("<IIII", 1, 2, 5, 9) + i.to_bytes(5, "big") for i in range(count))
        big = struct.pack("<IIII", 1, 2, 60_000, 60_000) + bytes(60_000)
    else:
        head = section("<") + interface("<")
        body = b"".join(enhanced("<", i.to_bytes(5, "big")) for i in range(count))
        big = enhanced("<", bytes(60_000))
    path = tmp_path / "capture"
    path.write_bytes(head + body + big)
    with path.open("rb") as stream:
        for origin in (path, stream):
            packets = list(read_packets(origin))  # kept: chunks must stay valid
            assert [int.from_bytes(packet.data, "big") for packet in packets[:-1]] == list(range(count))
            assert len(packets[-1].data) == 60_000
            assert [packet.number for packet in packets] == list(range(1, count + 2))


def test_chunk_is_full_at_65536_packets(tmp_path: Path) -> None:
    path = tmp_path / "capture"
    record = struct.pack("<IIII", 1, 2, 0, 9)
    path.write_bytes(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1) + record * 65_540)
    assert [(len(chunk), chunk.first) for chunk in open_capture(path)] == [(65536, 1), (4, 65537)]


def test_sections_and_interfaces() -> None:
    content = section("<") + interface("<", 1) + interface("<", 113, resolution=0x8A)
    content += enhanced("<", b"one", number=1, ticks=3 << 10 | 512) + enhanced("<", b"two")
    content += (
        section(">")
        + interface(">", 101, snaplen=0)
        + enhanced(">", b"three")
        + block(">", 3, b"\0\0\0\4four")
    )
    packets = list(read_packets(io.BytesIO(content)))
    assert [(p.link_type, p.interface, bytes(p.data)) for p in packets] == [
        (113, 1, b"one"),
        (1, 0, b"two"),
        (101, 0, b"three"),
        (101, 0, b"four"),
    ]
    assert packets[0].timestamp_ns == 3_500_000_000
    assert packets[3].timestamp_ns == 0


def test_runs_of_one_link_type() -> None:
    content = section("<") + interface("<", 1) + interface("<", 113) + interface("<", 1)
    content += b"".join(enhanced("<", b"x", number=number) for number in (0, 2, 1, 1, 0))
    (chunk,) = open_capture(io.BytesIO(content))
    assert list(chunk.runs()) == [(1, 0, 2), (113, 2, 4), (1, 4, 5)]
    (single,) = open_capture(io.BytesIO(section("<") + interface("<", 9) + enhanced("<", b"x") * 3))
    assert list(single.runs()) == [(9, 0, 3)]


def test_timestamp_offset() -> None:
    options = struct.pack("<HHqHH", 14, 8, -100, 0, 0)
    described = block("<", 1, struct.pack("<HHI", 1, 0, 0) + options)
    (packet,) = read_packets(io.BytesIO(section("<") + described + enhanced("<", b"x", ticks=250_000_000)))
    assert packet.timestamp_ns == 150 * 10**9


def test_packets_are_cut_to_the_snapshot_length() -> None:
    forged = forge_pcap("<", 0xA1B2C3D4, snaplen=10)
    assert [bytes(packet.data) for packet in read_packets(io.BytesIO(forged.content))] == [
        d[:10] for d in DATA
    ]
    simple = block("<", 3, struct.pack("<I", 99) + b"0123456789")
    content = section("<") + interface("<", snaplen=10) + simple
    (packet,) = read_packets(io.BytesIO(content))
    assert (bytes(packet.data), packet.wire_length) == (b"0123456789", 99)


@pytest.mark.parametrize("snaplen", [0, 0x8000_0000, 0xFFFF_FFFF])
def test_impossible_snapshot_length_is_no_limit(snaplen: int) -> None:
    forged = forge_pcap("<", 0xA1B2C3D4, snaplen=snaplen)
    _expect(forged, list(read_packets(io.BytesIO(forged.content), PythonWalkers())))


def test_data_is_read_only() -> None:
    packet = next(read_packets(io.BytesIO(forge_pcapng("<", 6, enhanced).content)))
    assert packet.data.readonly


def test_captures_without_packets() -> None:
    assert not list(open_capture(io.BytesIO(forge_pcap("<", 0xA1B2C3D4).content[:24])))
    assert not list(open_capture(io.BytesIO(section("<"))))


def test_a_stream_is_not_closed() -> None:
    stream = io.BytesIO(forge_pcap("<", 0xA1B2C3D4).content)
    assert len(list(read_packets(stream))) == len(DATA)
    assert not stream.closed
