"""A machine with one inhabitant who has installed one handler, from its text; for tests of handlers that run.

In: a file and the name of a handler in it. Out: what became of frames, and the handler's memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from ashc.program import compile_program
from dpfc.answers import Engine
from runtime.handler.form import encode_handler
from runtime.handler.nodes import Handler
from tests.net.compile import form_of
from tests.net.world import Machine
from vm.machine.memory import PAGE
from vm.xok.capability import Capability

ROOT = Path(__file__).parents[2]
EXAMPLES, HANDLERS = ROOT / "examples", ROOT / "tests" / "ash" / "handlers"
_SLOT = 2048


@cache
def _compile(path: Path) -> dict[str, Handler]:
    return dict(compile_program(str(path)).handlers)


def form_in(path: Path, name: str) -> bytes:
    """Return a handler of a file in its download form."""
    return encode_handler(_compile(path)[name])


class Host(Machine):
    """The machine.

    Args:
        path: of the file with handlers.
        name: of the one that is installed.
        accepts: the filter that it is bound to.
        engine: what runs classifier and handler.
    """

    def __init__(self, path: Path, name: str, accepts: str = "ipv4", engine: Engine | None = None) -> None:
        super().__init__(engine=engine, queue=1 << 20)
        self.user = self.login(Capability(b"\xc0"))
        self.ring, self.reader = self.make_ring(self.user, pages=16, slot=_SLOT)
        self.filter = self.user.net_filter_insert(form_of(accepts), self.ring)
        handler = _compile(path)[name]
        self.pages = [self.user.page_allocate() for _ in range(-(-handler.memory // PAGE))]
        self._views = [self.user.page_bind(page, True) for page in self.pages]
        self.handler = self.user.net_handler_install(form_in(path, name), self.pages)
        self.user.net_filter_bind(self.filter, self.handler)

    def counts(self) -> Mapping[str, int]:
        """What the handler has counted."""
        return self.user.net_handler_info(self.handler).counts

    def aborted(self) -> Mapping[str, int]:
        """How often the handler has aborted, by why."""
        return self.user.net_handler_info(self.handler).aborted

    def read(self, offset: int, count: int) -> bytes:
        """Bytes of the handler's memory."""
        return b"".join(bytes(view) for view in self._views)[offset : offset + count]

    def word(self, offset: int, size: int = 4) -> int:
        """A little-endian number in the handler's memory."""
        return int.from_bytes(self.read(offset, size), "little")

    def write(self, offset: int, data: bytes) -> None:
        """Change the handler's memory, as its owner may."""
        for place, byte in enumerate(data, offset):
            self._views[place // PAGE][place % PAGE] = byte

    def set(self, offset: int, number: int, size: int = 4) -> None:
        """Set a little-endian number in the handler's memory."""
        self.write(offset, number.to_bytes(size, "little"))

    def ask(self, *frames: bytes) -> list[bytes]:
        """Let frames arrive; return what was sent because of them."""
        before = len(self.sent)
        self.arrive(*frames)
        self.settle()
        return self.sent[before:]

    def take(self) -> list[bytes]:
        """Take everything out of the ring."""
        found = []
        while (message := self.reader.take()) is not None:
            found.append(message[0])
        return found


def make_datagram(port: int, data: bytes) -> bytes:
    """Return a frame with a UDP datagram for `port`."""
    ethernet = bytes.fromhex("020000000001 020000000002 0800")
    length = 28 + len(data)
    internet = (
        b"\x45\0" + length.to_bytes(2, "big") + bytes(4) + b"\x40\x11\0\0" + bytes([10, 0, 0, 1, 10, 0, 0, 2])
    )
    return (
        ethernet
        + internet
        + b"\x12\x34"
        + port.to_bytes(2, "big")
        + (8 + len(data)).to_bytes(2, "big")
        + b"\0\0"
        + data
    )
