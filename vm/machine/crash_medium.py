"""What the medium may hold, moment by moment of a run: what is durable, and what may have arrived as well.

In: the events of a `WriteLog`, one after the other. Out: a `Medium`, which makes any image that a crash may
leave then:

    durable    a write that is done (without a write cache, or past it), or was done before a flush began
               that is done. It is on the medium.
    pending    every other write that has begun. Of each of its sectors, the medium has it or not: the drive
               may have written them in any order. A sector itself is never torn.
    order      of two writes of a sector the one that began later wins if both have arrived; what is older
               than something durable is gone.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from vm.machine.crash import Done, Event, Flushed, Started
from vm.machine.store import SECTOR

Choice: TypeAlias = tuple[tuple[int, int], ...]
"""(write, mask of its sectors) for each pending write of which something has arrived, ascending."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A write that may have reached the medium, in whole, in part, or not.

    Args:
        number: the disk's.
        sector: the first.
        pieces: its sectors.
        digests: of each sector and its place.
        whole: the mask of its sectors (bit n is sector n), without those that a durable write has replaced.
    """

    number: int
    sector: int
    pieces: tuple[bytes, ...]
    digests: tuple[int, ...]
    whole: int


@dataclass(slots=True)
class Medium:
    """The medium at one moment.

    Args:
        base: what it held at first.
        write_cache: whether a write that is done may still be pending.

    Attributes:
        durable: sectors that differ from `base`, or were written.
        key: a digest of `base` with `durable`: equal images have equal keys.
        pending: by number, in the order in which the writes began.
    """

    base: bytes
    write_cache: bool
    durable: dict[int, bytes] = field(default_factory=dict)
    key: int = 0
    pending: dict[int, Pending] = field(default_factory=dict)
    _digests: dict[int, int] = field(default_factory=dict)
    _past_cache: set[int] = field(default_factory=set)

    def move(self, event: Event) -> None:
        """Go past an event of the log."""
        match event:
            case Started(number, sector, data, fua):
                pieces = tuple(data[at : at + SECTOR] for at in range(0, len(data), SECTOR))
                digests = tuple(self._digest(sector + at, piece) for at, piece in enumerate(pieces))
                self.pending[number] = Pending(number, sector, pieces, digests, (1 << len(pieces)) - 1)
                if fua or not self.write_cache:
                    self._past_cache.add(number)
            case Done(number):
                if number in self._past_cache:
                    self._settle(number)
            case Flushed(numbers):
                for number in numbers:
                    self._settle(number)

    def find_differing(self, write: Pending) -> int:
        """Return the mask of the sectors of a pending write that differ from what is durable."""
        found = 0
        for at, digest in enumerate(write.digests):
            if write.whole >> at & 1 and digest != self._digests.get(write.sector + at, 0):
                found |= 1 << at
        return found

    def overwrite(self, sector: int, piece: bytes) -> None:
        """Put something into a sector at once, below what is pending: as if somebody else had written it."""
        self._store(sector, piece, self._digest(sector, piece))

    def make_image(self, choice: Choice) -> tuple[dict[int, bytes], int]:
        """Return the sectors that differ from `base`, and the image's key.

        Args:
            choice: what has arrived; masks have no sectors but those of `whole`.
        """
        changed, key = dict(self.durable), self.key
        new: dict[int, int] = {}
        for number, mask in choice:
            pending = self.pending[number]
            for at, piece in enumerate(pending.pieces):
                if mask >> at & 1:
                    sector = pending.sector + at
                    changed[sector] = piece
                    key ^= new.get(sector, self._digests.get(sector, 0)) ^ pending.digests[at]
                    new[sector] = pending.digests[at]
        return changed, key

    def _settle(self, number: int) -> None:
        """A write is durable, and replaces those that began before it."""
        pending = self.pending.pop(number, None)
        if pending is None:
            return
        for at, piece in enumerate(pending.pieces):
            if pending.whole >> at & 1:
                self._store(pending.sector + at, piece, pending.digests[at])
        end = pending.sector + len(pending.pieces)
        for other in list(self.pending.values()):
            if (
                other.number < number
                and other.sector < end
                and pending.sector < other.sector + len(other.pieces)
            ):
                gone = pending.whole << pending.sector >> other.sector
                self.pending[other.number] = replace(other, whole=other.whole & ~gone)

    def _store(self, sector: int, piece: bytes, digest: int) -> None:
        self.durable[sector] = piece
        self.key ^= self._digests.get(sector, 0) ^ digest
        self._digests[sector] = digest

    def _digest(self, sector: int, piece: bytes) -> int:
        """Return a number that stands for this sector with these bytes; 0 for what it held at first."""
        if self.base[sector * SECTOR : (sector + 1) * SECTOR] == piece:
            return 0
        place = sector.to_bytes(8, "little")
        return int.from_bytes(hashlib.blake2b(piece, digest_size=16, salt=place).digest(), "little")
