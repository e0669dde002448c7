"""Hostile handlers in the language, in the running kernel: they are stopped, without effect.

`tests/litmus/ash` says what the compiler thinks of such programs, `test_hostile` what the kernel thinks of IR
from elsewhere; here programs that the compiler lets pass, with its checks in them, meet messages.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from dpfc.answers import Engine
from tests.net.host import Host, make_datagram

ENGINES: tuple[Engine, ...] = ("interpreter", "native")
OFFSETS = (4096, 5000, 1 << 31, (1 << 32) - 1, (1 << 32) - 4)

PROGRAMS = {
    "writes where the message says": """
region 4096 bytes
handler h { message { at: u32be @42; count: u32be }
    commit { region[message.at] = 1 } }
""",
    "copies as much as the message says": """
region 4096 bytes
handler h { message { at: u32be @42; count: u32be }
    data { let at = message.at
           let count = message.count
           consume(50)
           consume(region[at], count) } }
""",
    "adds until it wraps": """
region 4096 bytes
handler h { message { at: u32be @42; count: u32be }
    commit { region[wrapping(message.at + message.count)] = 1 } }
""",
    "reads another message: what lies behind its own": """
region 4096 bytes
handler h { message { at: u32be @42; count: u32be }
    commit { region[0] = message[message.at] } }
""",
    "divides by what the message says": """
region 4096 bytes
handler h { message { at: u32be @42; count: u32be }
    commit { region[0] = (7 / (message.count & 0x8000)) & 0xff } }
""",
    "gives up when half of its writes are done": """
region 4096 bytes { first: u32le; second: u32le }
handler h { message { at: u32be @42; count: u32be }
    commit { region.first = message.at
             message.count = 0
             if region.first == message.at { abort }
             region.second = 1 } }
""",
    "sends what is not there": """
region 4096 bytes
handler h { message { at: u32be @42; count: u32be }
    commit { region[0] = 1
             send(region[message.at], message.count) } }
""",
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", PROGRAMS)
def test_it_is_stopped_and_nothing_has_changed(name: str, engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "hostile.ash"
    path.write_text(PROGRAMS[name], encoding="utf-8")
    host = Host(path, "h", engine=engine)
    frames = [make_datagram(7, at.to_bytes(4, "big") + b"\0\0\x7f\xff") for at in OFFSETS]
    before = host.read(0, 4096)
    assert host.ask(*frames) == []
    assert host.read(0, 4096) == before
    assert host.take() == frames, "unchanged"
    assert sum(host.aborted().values()) == host.counts()["runs"] == len(frames)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_loop_over_the_message_ends_with_its_budget(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "hostile.ash"
    path.write_text(
        """
region 4096 bytes { sum: u8 }
handler h {
    budget 2000
    commit {
        var sum = 0
        for i in 0..message.length max 1514 { sum = sum ^ message[i] }
        region.sum = sum
        consume
    }
}
""",
        encoding="utf-8",
    )
    host = Host(path, "h", engine=engine)
    short, long = make_datagram(7, b"\x01" + bytes(7)), make_datagram(7, bytes(1000))
    host.ask(short, long)
    assert host.take() == [long]
    (why,) = host.aborted()
    assert why.startswith("budget")
    assert host.counts()["consumed"] == 1
