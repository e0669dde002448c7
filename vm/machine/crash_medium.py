"""What the medium holds at one moment: what is durable, and what may have arrived as well.

In: the events of a `WriteLog`, one after the other. Out: any image that a crash may leave then, and a number
that stands for its content. The rules:

    durable   a write that is done, without a write cache or past it (`fua`); with one, a write that was
              done before a flush began that is done
    pending   any other write that was handed in. Each of its sectors may have arrived or not; no sector
              is torn
    order     of two writes of a sector the one that was handed in later wins if both arrived; what is
              older than something durable is gone
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TypeAlias

from vm.machine.crash import Done, Event, Flushed, Mark, Started
from vm.machine.store import SECTOR

Choice: TypeAlias = tuple[tuple[int, int], ...]
"""(number, mask) of each pending write of which something arrived, ascending; bit n of a mask is sector n."""


@dataclass(frozen=True, slots=True, eq=False)
class Write:
    """A write, sector by sector.

    Args:
        number: the disk's.
        sector: the first.
        pieces: the bytes of each.
        digests: a number for each piece and its place; 0 where the disk held the same at first.
        is_direct: durable when it is done.
    """

    number: int
    sector: int
    pieces: tuple[bytes, ...]
    digests: tuple[int, ...]
    is_direct: bool

    @property
    def whole(self) -> int:
        """The mask of all its sectors."""
        return (1 << len(self.pieces)) - 1


class Medium:
    """The medium, which moves from event to event.

    Args:
        base: what it held at first.
        write_cache: whether a write that is done may still be pending.

    Attributes:
        pending: writes by number, in the order in which they were handed in.
        durable: sectors that were written for good.
        key: of the image with nothing pending. Equal images have equal keys, different ones different
            keys, but for a chance of 2 to the power of -128 for each two.
    """

    def __init__(self, base: bytes, write_cache: bool) -> None:
        self.pending: dict[int, Write] = {}
        self.durable: dict[int, bytes] = {}
        self.key = 0
        self._base = base
        self._write_cache = write_cache
        self._digests: dict[int, int] = {}  # of durable sectors
        self._newest: dict[int, int] = {}  # number of the write that made a sector durable
        self._versions: dict[int, list[Write]] = {}  # pending ones of a sector, ascending

    def move(self, event: Event) -> None:
        """Go past an event."""
        match event:
            case Started(number=number):
                write = self._cut_up(event)
                self.pending[number] = write
                for sector in range(write.sector, write.sector + len(write.pieces)):
                    self._versions.setdefault(sector, []).append(write)
            case Done(number=number):
                if self.pending[number].is_direct:
                    self._settle(self.pending.pop(number))
            case Flushed(numbers=numbers):
                for number in numbers:
                    self._settle(self.pending.pop(number))
            case Mark():
                pass

    def make_image(self, choice: Choice) -> dict[int, bytes]:
        """Return the sectors that differ from the base, or were written, if what is chosen has arrived.

        Raises:
            ValueError: a write is not pending, or has fewer sectors.
        """
        changed = dict(self.durable)
        for sector, (write, index) in self._resolve(choice).items():
            changed[sector] = write.pieces[index]
        return changed

    def choice_key(self, choice: Choice) -> int:
        """Return the key of an image."""
        key = self.key
        for sector, (write, index) in self._resolve(choice).items():
            key ^= self._digests.get(sector, 0) ^ write.digests[index]
        return key

    def prefix_keys(self) -> list[int]:
        """Return the keys of the images in which the first 0, 1, ... pending writes have arrived, whole."""
        keys = [self.key]
        digests: dict[int, int] = {}
        for write in self.pending.values():
            key = keys[-1]
            for index, digest in enumerate(write.digests):
                sector = write.sector + index
                if self._newest.get(sector, -1) < write.number:
                    key ^= digests.get(sector, self._digests.get(sector, 0)) ^ digest
                    digests[sector] = digest
            keys.append(key)
        return keys

    def key_without(self, write: Write, whole_key: int) -> int:
        """Return the key of the image in which all pending writes but one have arrived.

        Args:
            write: the one.
            whole_key: of the image in which it has, too.
        """
        key = whole_key
        for index, digest in enumerate(write.digests):
            sector = write.sector + index
            versions = self._versions.get(sector, [])
            if versions and versions[-1] is write:
                key ^= digest ^ self._digest_before(sector, versions)
        return key

    def _digest_before(self, sector: int, versions: list[Write]) -> int:
        if len(versions) > 1:
            return versions[-2].digests[sector - versions[-2].sector]
        return self._digests.get(sector, 0)

    def _resolve(self, choice: Choice) -> dict[int, tuple[Write, int]]:
        """Return which piece of which write each sector gets, apart from those that keep what is durable."""
        found: dict[int, tuple[Write, int]] = {}
        for number, mask in choice:
            write = self.pending.get(number)
            if write is None or not 0 <= mask <= write.whole:
                raise ValueError(f"write {number} is not pending, or has fewer sectors")
            for index in range(len(write.pieces)):
                sector = write.sector + index
                if mask >> index & 1 and self._newest.get(sector, -1) < number:
                    found[sector] = write, index
        return found

    def _cut_up(self, started: Started) -> Write:
        data = started.data
        pieces = tuple(data[at : at + SECTOR] for at in range(0, len(data), SECTOR))
        digests = tuple(self._digest(started.sector + index, piece) for index, piece in enumerate(pieces))
        is_direct = started.fua or not self._write_cache
        return Write(started.number, started.sector, pieces, digests, is_direct)

    def _settle(self, write: Write) -> None:
        """A write is durable: what was pending before it of its sectors is gone."""
        for index, piece in enumerate(write.pieces):
            sector = write.sector + index
            versions = self._versions.pop(sector, [])
            newer = [other for other in versions if other.number > write.number]
            if newer:
                self._versions[sector] = newer
            if self._newest.get(sector, -1) < write.number:
                self._newest[sector] = write.number
                self.durable[sector] = piece
                self.key ^= self._digests.get(sector, 0) ^ write.digests[index]
                self._digests[sector] = write.digests[index]

    def _digest(self, sector: int, piece: bytes) -> int:
        if self._base[sector * SECTOR : (sector + 1) * SECTOR] == piece:
            return 0
        salt = sector.to_bytes(8, "little")
        return int.from_bytes(hashlib.blake2b(piece, digest_size=16, salt=salt).digest(), "little")
