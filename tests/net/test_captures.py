"""Real captures through card, classifier and rings: every message ends where `dpfc` says, and none is
lost."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

import dpfc
from dpfc.capture.reader import read_packets
from dpfc.language.parse import parse_file
from dpfc.resolve import resolve_files
from runtime.diagnostic import Refused
from runtime.source import Source
from tests.net.handlers import COUNTER
from tests.net.world import Machine
from tests.xok.world import halt_all
from vm.machine.card import ETHERNET
from vm.net.download import Download
from vm.net.form import encode_filter
from vm.net.reader import RingReader
from vm.xok.capability import Capability
from vm.xok.syscalls import SystemCalls

EXAMPLES = Path(__file__).parents[2] / "examples"
SHARED = Path("/work/shared/data/pcap")
TEXT = (EXAMPLES / "web.dpf").read_text()
SLOT = 33 * 4096  # a jumbogram fits


class _Demux(Machine):
    """The filters of `web.dpf`, each of an environment with a ring; every third one has a handler too."""

    def __init__(self, engine: str) -> None:
        super().__init__(pages=2048, engine="native" if engine == "native" else "interpreter")
        resolved = resolve_files((parse_file(Source("web.dpf", TEXT)),), ETHERNET, {})
        self.names: dict[int, str] = {}
        self.consumers: dict[str, int] = {}
        self.readers: list[RingReader] = []
        self.users: list[SystemCalls] = []
        root = self.login(Capability(b"\xc0"))
        for place, one in enumerate(resolved.filters):
            user = self.login(Capability(b"\xc0" + bytes([place])))
            pages = [root.page_allocate() for _ in range(33)]
            reader = RingReader([root.page_bind(page, True) for page in pages], SLOT)
            ring = root.net_ring_create(pages, SLOT, None, (Capability(b"\xc0"), Capability(b"\xc0", 1)))
            number = root.net_filter_insert(encode_filter(Download(one.formula, one.priority or 0)), ring)
            if place % 3 == 0:
                root.net_filter_bind(number, root.net_handler_install(COUNTER, [root.page_allocate()]))
                self.consumers[one.name] = number
            self.names[number] = one.name
            self.readers.append(reader)
            self.users.append(user)

    def where(self, frame: bytes) -> str | None:
        """The filter in whose ring a frame ends, or whose handler consumes it; None: nobody's."""
        before = self._consumed()
        self.arrive(frame)
        found = [message for message in (reader.take() for reader in self.readers) if message is not None]
        took = [name for name, count in self._consumed().items() if count > before[name]]
        assert len(found) + len(took) <= 1
        if found:
            assert found[0][0] == frame
            return self.names[found[0][1]]
        return took[0] if took else None

    def _consumed(self) -> dict[str, int]:
        table = self.network.filters.table
        return {name: table[number].counts.consumed for name, number in self.consumers.items()}


def _frames(path: Path, most: int | None) -> Iterator[bytes]:
    try:
        for packet in islice(read_packets(path), most):
            if packet.link_type == ETHERNET:
                yield bytes(packet.data)
    except Refused:
        return  # a damaged capture is replayed as far as it goes


def _compare(paths: list[Path], most: int | None) -> int:
    machine = _Demux("native")
    classifier = dpfc.compile(TEXT, mode="specific")
    count = 0
    for path in paths:
        for frame in _frames(path, most):
            found = classifier.classify(frame)
            expected = classifier.names[found[0]] if found else None
            assert machine.where(frame) == expected, (path, frame.hex())
            count += 1
    card = machine.network.ports[0].summary()
    assert card["received"] == count
    counts = [each.counts for each in machine.network.filters.table.values()]
    assert sum(each.messages for each in counts) + card["unclaimed"] == count
    assert all(each.messages == each.consumed + each.delivered for each in counts)
    halt_all()
    return count


def test_shipped_captures_end_where_dpfc_says() -> None:
    assert _compare(sorted((EXAMPLES / "captures").glob("*.pcap")), None) > 250


@pytest.mark.skipif(not SHARED.exists(), reason="needs the shared captures")
def test_some_shared_captures_end_where_dpfc_says() -> None:
    paths = sorted(path for path in SHARED.rglob("*") if path.suffix in {".pcap", ".pcapng", ".cap"})
    assert _compare(paths[::8], 40) > 500


@pytest.mark.long
@pytest.mark.skipif(not SHARED.exists(), reason="needs the shared captures")
def test_all_shared_captures_end_where_dpfc_says() -> None:
    paths = sorted(path for path in SHARED.rglob("*") if path.is_file())
    assert _compare(paths, 5_000) > 50_000
