"""What a storm has done, as far as the disk must show it after a crash.

In: what was written where, and which dependencies were added. Out: breaches, each with the name of a rule.

    strange data    a node owns a block with bytes that were never written for this node
    dependency      a node is on the disk as it was after a dependency was added, what must come first is not
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from vm.crash.marks import describe_bytes, fill_bytes
from vm.crash.oracle import Breach
from vm.crash.ownership import Ownership
from vm.xn.limits import BLOCK, SECTOR


@dataclass(frozen=True, slots=True)
class Obligation:
    """If the disk has `after` with this stamp or a later one, it has `before` with that one.

    Args:
        before, before_serial, before_stamp: block, node, and how often it had been changed.
        after, after_serial, after_stamp: the same.
    """

    before: int
    before_serial: int
    before_stamp: int
    after: int
    after_serial: int
    after_stamp: int


@dataclass(slots=True)
class Ledger:
    """What the disk may show.

    Attributes:
        contents: (block, serial of the node) -> which writes of data it may hold; 0: zeros.
        obligations: that dependencies make.
        gone: serials of nodes that were freed: nobody waits for them any more.
    """

    contents: dict[tuple[int, int], set[int]] = field(default_factory=dict)
    obligations: list[Obligation] = field(default_factory=list)
    gone: set[int] = field(default_factory=set)

    def allow(self, block: int, serial: int, write: int) -> None:
        """Note that `write` fills a block which this node owns."""
        self.contents.setdefault((block, serial), set()).add(write)

    def forget(self, serial: int) -> None:
        """Note that a node is freed."""
        self.gone.add(serial)


def judge_ledger(ledger: Ledger, walk: Ownership, read: Callable[[int, int], bytes]) -> Iterator[Breach]:
    """Yield what the disk must not show.

    Args:
        ledger: of the storm.
        walk: who owns what.
        read: returns the bytes of (first block, how many).
    """
    for block, _ in walk.data:
        serial = _read_stamp(read, walk.parents[block])[1]
        allowed = ledger.contents.get((block, serial), set())
        data = read(block, 1)
        for at in range(0, BLOCK, SECTOR):
            piece = data[at : at + SECTOR]
            if not any(piece == _expect(serial, write, at) for write in allowed):
                what = f"block {block} of node {serial} shows {describe_bytes(piece)} at byte {at}"
                yield Breach("strange data", what)
                break
    for each in ledger.obligations:
        if each.before_serial in ledger.gone:
            continue
        stamp, serial = _read_stamp(read, each.after)
        if serial == each.after_serial and stamp >= each.after_stamp:
            first = _read_stamp(read, each.before)
            if first[1] != each.before_serial or first[0] < each.before_stamp:
                what = (
                    f"block {each.after} has stamp {stamp}, block {each.before} not yet {each.before_stamp}"
                )
                yield Breach("dependency", what)


def _expect(serial: int, write: int, at: int) -> bytes:
    return fill_bytes(serial, write, at, SECTOR) if write else bytes(SECTOR)


def _read_stamp(read: Callable[[int, int], bytes], block: int) -> tuple[int, int]:
    """Return the stamp of the node in a block, and which node it is."""
    data = read(block, 1)
    return int.from_bytes(data[:4], "little"), int.from_bytes(data[4:8], "little")
