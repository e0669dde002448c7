"""TCP's fast path on a recorded connection, as it came and changed, against a model in Python."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest

from dpfc.capture.reader import read_packets
from runtime.handler.engine import Loaded, load_handler
from tests.ash.programs import EXAMPLES, install_text
from tests.ash.tcp_model import REGION, Connection, read_connection, receive, write_connection
from tests.captures import MISSING, SHARED

CAPTURE = SHARED / "pcap" / "seladb_PcapPlusPlus" / "ExamplesTest__pcap_examples__many-protocols.pcap"
PORTS = bytes.fromhex("0050d7fb")
pytestmark = pytest.mark.skipif(not CAPTURE.exists(), reason=MISSING)


@pytest.fixture(scope="module")
def flow() -> list[bytes]:
    """One direction of the connection."""
    frames = (bytes(packet.data) for packet in read_packets(CAPTURE))
    return [
        each for each in frames if each[12:15] == b"\x08\0\x45" and each[23] == 6 and each[34:38] == PORTS
    ]


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    path = EXAMPLES / "tcp_fast_path.ash"
    return load_handler(install_text(path.read_text("utf-8")), "interpreter")


def follow(frame: bytes, region: bytes) -> bytes:
    """Return a region that expects this frame next, its buffer emptied."""
    numbers = {"next": (38, 42), "window": (48, 50), "local": (30, 34), "remote": (26, 30), "ports": (34, 38)}
    found = {name: int.from_bytes(frame[start:end], "big") for name, (start, end) in numbers.items()}
    return write_connection(region, replace(read_connection(region), busy=0, read=0, written=0, **found))


def check(loaded: Loaded, frame: bytes, region: bytes) -> tuple[bytes, str]:
    """Run the handler and the model; return the region afterwards and the verdict."""
    memory = bytearray(region)
    outcome = loaded.run(bytearray(frame), memory)
    expected = receive(frame, region)
    if expected is None:
        assert (outcome.verdict, bytes(memory)) == ("aborted", region)
    else:
        assert (outcome.verdict, bytes(memory), outcome.wakes) == ("consumed", *expected)
    return bytes(memory), outcome.verdict


def test_the_connection_as_it_came(loaded: Loaded, flow: list[bytes]) -> None:
    """What is in order is taken; where it aborts, the library says that this segment is what it expects."""
    verdicts: Counter[str] = Counter()
    region = follow(flow[0], bytes(REGION))
    for frame in flow:
        region, verdict = check(loaded, frame, region)
        verdicts[verdict] += 1
        if verdict == "aborted":
            region = follow(frame, region)
            region, again = check(loaded, frame, region)
            verdicts[f"then {again}"] += 1
    assert verdicts["consumed"] > len(flow) // 3
    assert verdicts["aborted"] > 0
    assert read_connection(region).segments == verdicts["consumed"] + verdicts["then consumed"]


def test_segments_with_something_changed(loaded: Loaded, flow: list[bytes]) -> None:
    draw = random.Random(80)
    verdicts: Counter[str] = Counter()
    carrying = [frame for frame in flow if len(frame) > 100]
    for _ in range(300):
        frame = draw.choice(carrying)
        region = follow(frame, bytes(REGION))
        kind = draw.randrange(4)
        if kind == 0:
            changed = bytearray(frame)
            changed[draw.randrange(12, 70)] ^= 1 << draw.randrange(8)
            frame = bytes(changed)
        elif kind == 1:
            frame = frame[: draw.randrange(len(frame))]
        elif kind == 2:
            state = read_connection(region)
            name = draw.choice(Connection.__slots__)
            number = draw.choice((0, 1, getattr(state, name) ^ 1, 8000, 1 << 31))
            region = write_connection(region, replace(state, **{name: number}))
        verdicts[check(loaded, frame, region)[1]] += 1
    assert min(verdicts["consumed"], verdicts["aborted"]) > 50
