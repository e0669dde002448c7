"""Damaged captures: the packets before the damage are delivered, then a refusal, and never anything else."""

from __future__ import annotations

import gzip
import io
import struct
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from dpfc.capture.codes import CODES
from dpfc.capture.reader import open_capture, read_packets
from runtime.diagnostic import Diagnostic, Refused
from tests.capture.forge import (
    DATA,
    PACKINGS,
    Forged,
    block,
    enhanced,
    forge_all,
    forge_pcap,
    forge_pcapng,
    interface,
    old_packet,
    section,
)

ALL = tuple(forge_all())
KNOWN = {entry.code for entry in CODES}


def read_all(content: bytes) -> tuple[list[bytes], Diagnostic | None]:
    """Return the packets that are delivered, and the refusal after them."""
    packets = []
    try:
        for packet in read_packets(io.BytesIO(content)):
            packets.append(bytes(packet.data))  # noqa: PERF401  (what came before a refusal is kept)
    except Refused as refusal:
        (diagnostic,) = refusal.diagnostics
        assert diagnostic.code in KNOWN
        return packets, diagnostic
    return packets, None


@pytest.mark.parametrize("forged", ALL, ids=lambda forged: forged.name)
def test_cut_at_every_length(forged: Forged) -> None:
    for length in range(len(forged.content)):
        packets, diagnostic = read_all(forged.content[:length])
        whole = sum(end <= length for end in forged.ends)
        assert packets == list(DATA[:whole]), length
        if diagnostic is None:
            assert length in _clean_ends(forged), length
        elif whole:
            assert diagnostic.code == "CAP006"


def _clean_ends(forged: Forged) -> set[int]:
    """Return the lengths at which a cut cannot be seen."""
    if "pcapng" not in forged.name:
        return {*forged.ends, forged.ends[-1] - sum(map(len, DATA)) - len(DATA) * _header(forged)}
    ends, offset = set(), 0
    mark = "<" if " le " in forged.name else ">"
    while offset < len(forged.content):
        offset += struct.unpack_from(mark + "I", forged.content, offset + 4)[0]
        ends.add(offset)
    return ends


def _header(forged: Forged) -> int:
    return 24 if "a1b2cd34" in forged.name else 16


@pytest.mark.parametrize("forged", ALL, ids=lambda forged: forged.name)
def test_every_byte_corrupted(forged: Forged) -> None:
    """Packets that end before the corrupted byte are delivered unchanged, unless it is in a file header."""
    first = forged.content.index(DATA[2])
    for offset in range(len(forged.content)):
        for flip in (0xFF, 0x01, 0x80):
            content = bytearray(forged.content)
            content[offset] ^= flip
            packets, _ = read_all(bytes(content))
            before = sum(end <= offset for end in forged.ends)
            if offset >= first:
                assert packets[:before] == list(DATA[:before]), (offset, flip)


@pytest.mark.parametrize("packing", ["gzip", "gzip members", "zstd", "zstd frames"])
def test_compressed_and_cut_or_corrupted(packing: str) -> None:
    forged = forge_pcap("<", 0xA1B2C3D4)
    packed = PACKINGS[packing](forged.content)
    for length in range(len(packed)):
        packets, diagnostic = read_all(packed[:length])
        assert packets == list(DATA[: len(packets)])
        assert diagnostic is not None or packing in ("gzip members", "zstd frames")
    for offset in range(len(packed)):
        content = bytearray(packed)
        content[offset] ^= 0x55
        packets, diagnostic = read_all(bytes(content))
        if diagnostic is None and packing == "zstd":
            assert packets == list(DATA)  # the checksum holds


def _messages(content: bytes) -> str:
    _, diagnostic = read_all(content)
    assert diagnostic is not None
    return f"{diagnostic.code}: {diagnostic.message}"


PCAP = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
RECORD = struct.pack("<IIII", 1, 2, 4, 4) + b"data"
NG = section("<") + interface("<", snaplen=100)

EXACT = {
    "empty": (b"", "CAP002: `<stream>` is empty: it has not even a file header"),
    "snoop": (b"snoop\0\0\0", "CAP003: `<stream>` is not a capture: it starts with the bytes 73 6e 6f 6f"),
    "short": (b"\xd4", "CAP003: `<stream>` is not a capture: it starts with the bytes d4"),
    "empty gzip": (gzip.compress(b""), "CAP002: `<stream>` is empty: it has not even a file header"),
    "header": (PCAP[:9], "CAP004: the capture ends inside its file header, which has 24 bytes: 9 there"),
    "version": (PCAP[:4] + b"\x03" + PCAP[5:], "CAP005: pcap version 3.4 is not one that exists"),
    "cut header": (
        PCAP + RECORD + RECORD[:3],
        "CAP006: the capture ends inside packet 2's header: 16 bytes promised, 3 left (at byte 44)",
    ),
    "cut data": (
        PCAP + RECORD + struct.pack("<IIII", 1, 2, 1500, 1500) + bytes(812),
        "CAP006: the capture ends inside packet 2's data: 1500 bytes promised, 812 left (at byte 44)",
    ),
    "cut data in gzip": (
        gzip.compress(PCAP + RECORD + RECORD[:17]),
        (
            "CAP006: the capture ends inside packet 2's data: 4 bytes promised, 1 left "
            "(at byte 44 of the uncompressed data)"
        ),
    ),
    "too long": (
        PCAP + struct.pack("<IIII", 1, 2, 1 << 31, 4),
        "CAP007: packet 1 claims 2147483648 captured bytes, more than the 262144 of a real one (at byte 24)",
    ),
    "above the snapshot length": (
        NG + enhanced("<", bytes(101)),
        "CAP007: packet 1 claims 101 captured bytes, more than the snapshot length 100 (at byte 48)",
    ),
    "block length": (
        NG + struct.pack("<III", 6, 35, 0),
        "CAP008: a block claims to be 35 bytes long (at byte 48)",
    ),
    "block of nothing": (
        NG + struct.pack("<III", 6, 0, 0),
        "CAP008: a block claims to be 0 bytes long (at byte 48)",
    ),
    "huge block": (
        NG + struct.pack("<III", 5, 1 << 31, 0),
        "CAP008: a block claims to be 2147483648 bytes long (at byte 48)",
    ),
    "two lengths": (
        NG + struct.pack("<III", 5, 16, 0) + struct.pack("<I", 20),
        "CAP008: a block is 16 bytes long by its start and 20 by its end (at byte 48)",
    ),
    "byte order": (
        section("<").replace(struct.pack("<I", 0x1A2B3C4D), b"what"),
        "CAP008: a section header's byte order mark is 77686174 (at byte 0)",
    ),
    "section": (
        block("<", 0x0A0D0D0A, struct.pack("<I", 0x1A2B3C4D)),
        "CAP008: a section header is 16 bytes long (at byte 0)",
    ),
    "pcapng version": (
        block("<", 0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 2, 0, -1)),
        "CAP005: pcapng version 2.0 is not one that exists (at byte 0)",
    ),
    "cut block": (
        NG + enhanced("<", b"data") + enhanced("<", b"data")[:-5],
        "CAP006: the capture ends inside packet 2's block: 36 bytes promised, 31 left (at byte 84)",
    ),
    "cut block header": (
        NG + b"\6\0",
        "CAP006: the capture ends inside a block's header: 2 bytes left (at byte 48)",
    ),
    "interface": (
        NG + enhanced("<", b"data", number=1),
        "CAP009: packet 1 is of interface 1, its section describes 1 (at byte 48)",
    ),
    "old packet's interface": (
        NG + old_packet("<", b"data", number=7),
        "CAP009: packet 1 is of interface 7, its section describes 1 (at byte 48)",
    ),
    "no interface": (
        section("<") + block("<", 3, struct.pack("<I", 0)),
        "CAP009: packet 1 is of interface 0, its section describes 0 (at byte 28)",
    ),
    "small block": (
        NG + block("<", 6, bytes(16)),
        "CAP010: packet 1 is in a block of 28 bytes, too short for its kind (at byte 48)",
    ),
    "data longer than their block": (
        NG + block("<", 6, struct.pack("<IIIII", 0, 0, 0, 50, 50) + bytes(20)),
        "CAP010: packet 1 claims 50 captured bytes, its block has room for 20 (at byte 48)",
    ),
    "resolution": (
        section("<") + interface("<", resolution=20),
        "CAP010: a timestamp resolution of 10**-20 seconds is too fine (at byte 28)",
    ),
    "options": (
        section("<") + block("<", 1, struct.pack("<HHIHH", 1, 0, 0, 9, 90)),
        "CAP010: option 9 claims 90 bytes, its block has 0 left (at byte 28)",
    ),
    "zstd garbage": (
        zstandard.compress(PCAP)[:5] + b"\xff" * 40,
        "CAP011: the zstd data is damaged: ",
    ),
}


@pytest.mark.parametrize("name", EXACT)
def test_messages(name: str) -> None:
    content, expected = EXACT[name]
    message = _messages(content)
    assert message.startswith(expected) if expected.endswith(": ") else message == expected


def test_gzip_checksum() -> None:
    packed = bytearray(gzip.compress(PCAP + RECORD))
    packed[-8] ^= 1
    packets, diagnostic = read_all(bytes(packed))
    assert diagnostic is not None
    assert diagnostic.code == "CAP011"
    assert packets in ([], [b"data"])


def test_garbage_behind_gzip() -> None:
    packets, diagnostic = read_all(gzip.compress(PCAP + RECORD) + b"garbage")
    assert packets == [b"data"]
    assert diagnostic is not None
    assert diagnostic.code == "CAP011"
    assert read_all(gzip.compress(PCAP + RECORD) + bytes(600)) == ([b"data"], None)


@pytest.mark.parametrize("packing", ["gzip", "zstd"])
def test_decompression_bomb_is_streamed(packing: str) -> None:
    """64 MiB from a few KiB: every chunk stays small."""
    record = struct.pack("<IIII", 1, 2, 1 << 16, 1 << 16) + bytes(1 << 16)
    packed = PACKINGS[packing](PCAP + record * 1024)
    assert len(packed) < 1 << 17
    sizes = [(len(chunk), len(chunk.buffer)) for chunk in open_capture(io.BytesIO(packed))]
    assert sum(count for count, _ in sizes) == 1024
    assert max(size for _, size in sizes) <= 1 << 20


def test_the_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "broken.pcap"
    path.write_bytes(PCAP + b"x")
    with path.open("rb") as stream:
        for origin in (path, stream):
            with pytest.raises(Refused) as caught:
                list(open_capture(origin))
            assert caught.value.diagnostics[0].render().startswith(f"{path}: error[CAP006]: the capture ends")


@pytest.mark.parametrize("name", ["absent", ".", "nul\0byte"])
def test_unreadable(name: str, tmp_path: Path) -> None:
    with pytest.raises(Refused) as caught:
        list(open_capture(f"{tmp_path}/{name}"))
    assert caught.value.diagnostics[0].code == "CAP001"


@pytest.mark.parametrize("packing", PACKINGS)
@settings(max_examples=60)
@given(data=st.data())
def test_random_mutations(packing: str, data: st.DataObject) -> None:
    forged = data.draw(st.sampled_from([forge_pcap("<", 0xA1B2C3D4), forge_pcapng("<", 9, enhanced)]))
    content = bytearray(PACKINGS[packing](forged.content))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(content)))
        end = data.draw(st.integers(start, min(len(content), start + 8)))
        content[start:end] = data.draw(st.binary(max_size=8))
    read_all(bytes(content))


@given(st.sampled_from([PCAP, NG, b"\x1f\x8b", b"\x28\xb5\x2f\xfd"]), st.binary(max_size=200))
def test_random_tails(head: bytes, tail: bytes) -> None:
    read_all(head + tail)
