"""A handler that is attached to its memory does what it does on buffers that come with each message."""

from __future__ import annotations

import random

import pytest

from dpfc.answers import Engine
from runtime.handler.engine import load_handler
from runtime.handler.form import decode_handler
from runtime.handler.install import install_handler
from runtime.handler.result import TOO_LONG
from tests.net.handlers import COUNTER, INCREMENT, WAKER
from tests.net.host import EXAMPLES, HANDLERS, form_in, make_datagram

FORMS = {
    "counter": COUNTER,
    "increment in ir": INCREMENT,
    "waker": WAKER,
    "increment": form_in(EXAMPLES / "increment.ash", "increment"),
    "page": form_in(EXAMPLES / "page.ash", "page"),
    "queue": form_in(HANDLERS / "queue.ash", "queue"),
    "write_naive": form_in(HANDLERS / "write_naive.ash", "write_naive"),
}


def make_frames(draw: random.Random) -> list[bytes]:
    frames = []
    for _ in range(60):
        numbers = b"".join(draw.choice((0, 3, 100, 1 << 31)).to_bytes(4, "big") for _ in range(2))
        data = draw.choice((numbers, b"", b"\0\3" + numbers)) + draw.randbytes(draw.randrange(200))
        frame = make_datagram(draw.choice((7, 80)), data)
        frames.append(frame if draw.random() < 0.8 else frame[: draw.randrange(len(frame))])
    return frames


@pytest.mark.parametrize("engine", ["native", "interpreter"])
@pytest.mark.parametrize("name", FORMS)
def test_it_does_the_same(name: str, engine: Engine) -> None:
    loaded = load_handler(install_handler(decode_handler(FORMS[name])), engine)
    handler = loaded.installed.handler
    start = random.Random(5).randbytes(handler.memory) if name != "queue" else bytes(handler.memory)
    mine, theirs = bytearray(start), bytearray(start)
    attached = loaded.attach(theirs)
    for now, frame in enumerate(make_frames(random.Random(6))):
        assert attached.run(frame, now) == loaded.run(bytearray(frame), mine, now)
        assert theirs == mine
    assert attached.run(bytes(handler.message + 1)) == TOO_LONG


def test_the_memory_has_to_be_as_large_as_declared() -> None:
    loaded = load_handler(install_handler(decode_handler(COUNTER)), "interpreter")
    with pytest.raises(ValueError, match="4096 bytes of memory, not 4095"):
        loaded.attach(bytearray(4095))
