"""The handlers of the papers and of the release, written in the language, in the running kernel.

After ORIGINALS 8.4: Wallach, Engler and Kaashoek 1996, and lib/ash of the released Xok. The TCP fast path is
in `test_fast_path`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from dpfc.answers import Engine
from tests.net.host import EXAMPLES, HANDLERS, Host, make_datagram

ENGINES: tuple[Engine, ...] = ("interpreter", "native")
pytestmark = pytest.mark.parametrize("engine", ENGINES)


def _swapped(frame: bytes) -> bytes:
    """The frame on its way back."""
    mac, addresses = frame[6:12] + frame[:6], frame[30:34] + frame[26:30]
    return mac + frame[12:26] + addresses + frame[36:38] + frame[34:36] + frame[38:]


def test_remote_increment_with_reply(engine: Engine) -> None:
    host = Host(EXAMPLES / "increment.ash", "increment", engine=engine)
    host.set(8 * 3, 40, 8)
    request = make_datagram(7, (3).to_bytes(2, "big") + (2).to_bytes(4, "big") + bytes(8))
    (reply,) = host.ask(request)
    assert host.word(8 * 3, 8) == 42
    assert reply == _swapped(request)[:48] + (42).to_bytes(8, "big") + request[56:]
    others = make_datagram(9, request[42:]), make_datagram(7, b"\0\x08" + request[44:]), request[:50]
    assert host.ask(*others) == []
    assert host.take() == list(others)
    assert (host.counts()["consumed"], sum(host.aborted().values())) == (1, 3)


def test_naive_remote_write(engine: Engine) -> None:
    host = Host(HANDLERS / "write_naive.ash", "write_naive", engine=engine)
    data = bytes(range(1, 101))
    for to in (0, 1, 1001, 4096 - 100):
        host.write(0, bytes(4096))
        host.ask(make_datagram(7, to.to_bytes(4, "big") + len(data).to_bytes(4, "big") + data))
        assert host.read(0, 4096) == (bytes(to) + data).ljust(4096, b"\0")
    before = host.read(0, 4096)
    for to, count in (
        (4096 - 99, 100),
        (4096, 1),
        (1 << 31, 4),
        ((1 << 32) - 50, 100),
        (0, 101),
        (8, 1 << 31),
    ):
        host.ask(make_datagram(7, to.to_bytes(4, "big") + count.to_bytes(4, "big") + data))
    assert host.read(0, 4096) == before
    assert sum(host.aborted().values()) == 6


def test_checked_remote_write(engine: Engine) -> None:
    host = Host(HANDLERS / "write_checked.ash", "write_checked", engine=engine)
    host.set(12 * 2, 1000)
    host.set(12 * 2 + 4, 64)
    host.set(12 * 3, 4090)
    host.set(12 * 3 + 4, 64)

    def write(segment: int, at: int, data: bytes) -> None:
        head = segment.to_bytes(2, "big") + at.to_bytes(4, "big") + len(data).to_bytes(2, "big")
        host.ask(make_datagram(7, head + data))

    write(2, 60, b"last")
    assert host.read(1060, 4) == b"last"
    assert host.word(12 * 2 + 8) == 1
    before = host.read(0, 4096)
    write(2, 61, b"over")  # the end of the segment
    write(1, 0, b"none")  # a segment without bytes
    write(8, 0, b"none")  # no segment
    write(3, 4, b"over")  # a segment that its owner has let stick out of the memory
    write(2, (1 << 32) - 1000, b"wrap")
    assert host.read(0, 4096) == before
    assert sum(host.aborted().values()) == 5


def test_queue_insert(engine: Engine) -> None:
    host = Host(HANDLERS / "queue.ash", "queue", engine=engine)
    frames = [make_datagram(7, bytes([number]) * (20 + number)) for number in range(10)]
    host.ask(*frames)
    for number in range(8):
        place = 16 + 1520 * number
        assert host.word(place) == len(frames[number])
        assert host.read(place + 4, len(frames[number])) == frames[number]
    assert [host.word(place) for place in (0, 4, 8)] == [0, 2, 8]
    assert (host.counts()["consumed"], host.counts()["wakes"], host.take()) == (10, 8, [])
    host.set(16, 0)  # its owner has taken the first
    host.ask(frames[9])
    assert host.read(20, len(frames[9])) == frames[9]


def test_ping_pong(engine: Engine) -> None:
    host = Host(HANDLERS / "ping_pong.ash", "ping_pong", engine=engine)
    frame = bytes(range(60))
    host.set(0, 5)
    host.write(160, frame)
    for _ in range(7):
        host.ask(make_datagram(7, b"ping"))
    assert host.sent == [frame] * 5
    assert host.word(0) == 0
    assert sum(host.word(16 + 4 * bucket) for bucket in range(32)) == 5
    assert (len(host.take()), sum(host.aborted().values())) == (2, 2)


def test_the_first_64_bytes_without_their_checksum(engine: Engine) -> None:
    host = Host(HANDLERS / "first64.ash", "first64", engine=engine)
    frame = bytearray(make_datagram(7, bytes(range(100))))
    frame[24:26] = b"\xab\xcd"
    host.ask(bytes(frame))
    frame[24:26] = b"\0\0"
    assert host.read(0, 64) == frame[:64]
    assert host.word(64) == len(frame)


def test_cached_page(engine: Engine) -> None:
    host = Host(EXAMPLES / "page.ash", "page", engine=engine)
    page = b"HTTP/1.0 200 OK\r\n\r\n" + bytes(range(200)) * 5
    host.write(0, b"key!")
    host.set(4, len(page))
    host.write(64, page)
    request = make_datagram(80, b"key!")
    (reply,) = host.ask(request)
    _require_page(reply, request, page)
    other = make_datagram(80, b"else")
    assert host.ask(other) == []
    assert host.take() == [other]
    assert (host.word(8), host.word(12)) == (1, 1)
    assert host.counts()["recovered"] == 1


_CACHED = """
import net
import pipes
region 2048 bytes { key: u32be; size: u32le; page: u8[1400] @64 }
handler cached {
    message { eth: ethernet; ip: ipv4; udp: udp; key: u32be }
    initial {
        require message.udp.destination == 80 and message.key == region.key
        require region.size <= 1400
    }
    commit {
        swap(message.eth.destination, message.eth.source)
        swap(message.ip.source, message.ip.destination)
        message.ip.length = 28 + region.size
        message.ip.checksum = 0
        use sum = checksum
        scan(message.ip, 20, sum)
        message.ip.checksum = sum.sum ^ 0xffff
        swap(message.udp.source, message.udp.destination)
        message.udp.length = 8 + region.size
        message.udp.checksum = 0
        send(message[0], 42, region.page, region.size)
    }
}
"""


def test_cached_reply_with_its_headers(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "cached.ash"
    path.write_text(_CACHED, encoding="utf-8")
    host = Host(path, "cached", engine=engine)
    page = bytes(range(200)) * 6
    host.write(0, b"key!")
    host.set(4, len(page))
    host.write(64, page)
    request = make_datagram(80, b"key!")
    (reply,) = host.ask(request)
    _require_page(reply, request, page)


def _require_page(reply: bytes, request: bytes, page: bytes) -> None:
    """The headers of the request, turned round, with the lengths of the page; and the page."""
    head = bytearray(_swapped(request)[:42])
    head[16:18], head[38:40] = (28 + len(page)).to_bytes(2, "big"), (8 + len(page)).to_bytes(2, "big")
    head[24:26] = reply[24:26]
    assert reply == bytes(head) + page
    assert _sum(reply[14:34]) == 0xFFFF


def _sum(data: bytes) -> int:
    total = sum(int.from_bytes(data[place : place + 2], "big") for place in range(0, len(data), 2))
    return (total & 0xFFFF) + (total >> 16)


def test_echo(engine: Engine) -> None:
    host = Host(HANDLERS / "echo.ash", "echo", engine=engine)
    request = make_datagram(7, b"hello")
    assert host.ask(request) == [_swapped(request)]
