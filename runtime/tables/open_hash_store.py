"""The rows of an open hash at one size: what is where, row by row, in plain Python.

In: a table's memory and an arrangement. The memory is what readers see; the bookkeeping beside it (which
slots are taken, the rows of each bucket, their hashes) is the writer's alone. One thread writes at a time.

What readers may see at any moment. All stores that publish are single: a tag is one aligned u64, a
displacement one aligned u16, and CPython writes an item of a memoryview as NumPy writes an element, with one
move of its width. x86-64 lets every processor see the stores of another in the order in which they were made,
and a reader loads displacement, tag and words in this order, since each address depends on the number before.
So:

- a row comes: into a slot whose tag is 0 for all readers inside: words, then tag. A reader that sees the tag
  sees the words; any other finds the slot empty.
- a row goes: its tag becomes 0. The words stay, for a reader that has seen the tag.
- rows move to other slots: they are written there as above, then one store changes the displacement of the
  bucket. A reader finds all of them here or all of them there.
- a slot is used again: a left slot still has its tag, for readers with the old displacement. When they have
  gone, the tag becomes 0, and when those who may have seen it have gone too, the slot is free.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Sequence

from runtime.tables.epochs import ReaderEpochs, Stamp
from runtime.tables.open_hash import OpenHash
from runtime.tables.open_hash_arrangement import MASK64, Arrangement, try_displacement

FREE, LIVE, LIMBO = 0, 1, 2
_ATTEMPTS = 2048  # for one row; two rows of one bucket at half load need about eight
_RECLAIM = 64  # slots looked at by one operation
_SECONDS = 0.05  # to wait for readers; a batch of messages takes less than one millisecond
_NONE = -1


class Store:
    """The rows at one size.

    Args:
        layout: of the table.
        arrangement: not yet in the header; `publish` puts it there.
        view: the table's bytes, writable; at this size's place never written before.
        epochs: the readers.
    """

    def __init__(
        self, layout: OpenHash, arrangement: Arrangement, view: memoryview, epochs: ReaderEpochs
    ) -> None:
        size = arrangement.size
        self.layout, self.arrangement, self.epochs = layout, arrangement, epochs
        first = layout.first_slot + (size << arrangement.slot_shift)
        displaced = layout.displacements + 2 * arrangement.buckets
        self.bounds = (first, first + (size << arrangement.slot_shift))
        self.header = view[: layout.displacements].cast("Q")
        self.numbers = view[slice(*self.bounds)].cast("Q")
        self.displacements = view[displaced : displaced + 2 * arrangement.buckets].cast("H")
        self.stride, self.further, self.shared = layout.slot_bytes // 8, layout.further, layout.shared
        self.shift, self.slot_shift, self.mask = arrangement.shift, arrangement.slot_shift, size - 1
        parts = zip(layout.parts, arrangement.multipliers, strict=True)
        self.parts = [(part.word, part.shift, part.mask, multiplier) for part, multiplier in parts]
        self.count = 0
        self.state = bytearray(size)
        self.hashes = array("Q", bytes(8 * size))
        self.heads = array("i", [_NONE]) * arrangement.buckets
        self.nexts = array("i", [_NONE]) * size
        self._limbo: deque[tuple[Stamp, Sequence[int]]] = deque()

    def publish(self) -> None:
        """Let readers find this arrangement from now on."""
        first = self.arrangement.offset // 8
        for index, number in enumerate(self.arrangement.list_numbers()):
            self.header[first + index] = number
        self.header[0] = self.arrangement.offset

    def has_room(self, more: int) -> bool:
        """Say whether `more` rows leave half of the slots empty."""
        return 2 * (self.count + more) <= self.arrangement.size

    def hash_words(self, words: Sequence[int]) -> int:
        """Return the hash of a key."""
        total = 0
        for word, shift, mask, multiplier in self.parts:
            total += (words[word] >> shift & mask) * multiplier
        return total & MASK64

    def find_home(self, hash_: int, displacement: int) -> int:
        """Return the slot to which a hash and its bucket's displacement lead."""
        moved = hash_ >> (displacement & 63) ^ displacement
        return moved >> self.slot_shift & self.mask

    def find_slot(self, words: Sequence[int]) -> int | None:
        """Return the slot of the row with this key."""
        hash_ = self.hash_words(words)
        slot = self.find_home(hash_, self.displacements[hash_ >> self.shift])
        numbers, first = self.numbers, slot * self.stride
        tag = numbers[first]
        if not tag or (self.shared and tag & 0xFFFFFFFF != words[-1]):
            return None
        for index in range(self.further):
            if numbers[first + 1 + index] != words[index]:
                return None
        return slot

    def read_answer(self, slot: int) -> int:
        """Return the answer of the row in `slot`."""
        tag = int(self.numbers[slot * self.stride])
        return tag >> 32 if self.shared else tag

    def add_row(self, words: Sequence[int], answer: int) -> bool:
        """Add a row whose key is not there; say whether that was possible."""
        hash_ = self.hash_words(words)
        bucket = hash_ >> self.shift
        slot = self.find_home(hash_, self.displacements[bucket])
        if self.state[slot] != FREE:
            return self._add_displaced(bucket, hash_, words, answer)
        self._write_row(slot, words, answer)
        self._take(slot, bucket, hash_)
        self.count += 1
        return True

    def remove_row(self, slot: int) -> None:
        """Remove the row in `slot`."""
        self.numbers[slot * self.stride] = 0
        bucket = self.hashes[slot] >> self.shift
        before, other = _NONE, self.heads[bucket]
        while other != slot:
            before, other = other, self.nexts[other]
        if before == _NONE:
            self.heads[bucket] = self.nexts[slot]
        else:
            self.nexts[before] = self.nexts[slot]
        self.count -= 1
        self.retire([slot])

    def retire(self, slots: Sequence[int]) -> None:
        """Let `slots`, which no reader who enters from now on can find a row in, wait until they are free."""
        for slot in slots:
            self.state[slot] = LIMBO
        stamp = self.epochs.retire()
        for start in range(0, len(slots), _RECLAIM):
            self._limbo.append((stamp, slots[start : start + _RECLAIM]))

    def reclaim(self) -> bool:
        """Free some slots that have waited long enough, so that no call takes long; say if there were any."""
        if not self._limbo:
            return False
        horizon, left = self.epochs.horizon(), _RECLAIM
        while left > 0 and self._limbo and self._limbo[0][0] < horizon:
            _, slots = self._limbo.popleft()
            left -= len(slots)
            self._free(slots)
        return left < _RECLAIM

    def wait_for_slots(self) -> bool:
        """Wait a little for readers who keep slots from being free; say whether some have become free.

        They are native code and soon leave, unless this thread itself reads: so it does not wait for ever.
        """
        freed = False
        for _ in range(2):  # slots whose rows moved wait twice
            if self._limbo and self.epochs.wait(self._limbo[-1][0], _SECONDS):
                freed = True
                while self.reclaim():
                    pass
        return freed

    def _free(self, slots: Sequence[int]) -> None:
        """Free the slots that were empty while they waited, and empty the others."""
        left: list[int] = []
        for slot in slots:
            if self.numbers[slot * self.stride]:
                self.numbers[slot * self.stride] = 0
                left.append(slot)
            else:
                self.state[slot] = FREE
        if left:
            self._limbo.append((self.epochs.retire(), left))

    def _add_displaced(self, bucket: int, hash_: int, words: Sequence[int], answer: int) -> bool:
        """Add a row that meets another: give its bucket another displacement."""
        members = self._list_members(bucket)
        hashes = [self.hashes[slot] for slot in members]
        if hash_ in hashes:
            return False
        choice = self._choose_displacement(bucket, [*hashes, hash_])
        if choice is None:
            return False
        displacement, homes = choice
        for member, home in zip(members, homes):
            self._copy_row(member, home)
        self._write_row(homes[-1], words, answer)
        self.displacements[bucket] = displacement
        self.heads[bucket] = _NONE
        for home, each in zip(homes, [*hashes, hash_], strict=True):
            self._take(home, bucket, each)
        self.count += 1
        if members:
            self.retire(members)
        return True

    def _choose_displacement(self, bucket: int, hashes: Sequence[int]) -> tuple[int, list[int]] | None:
        """Return a displacement that leads all of `hashes` to free slots, and these."""
        state, shift, mask = self.state, self.slot_shift, self.mask
        start = self.displacements[bucket]
        for attempt in range(_ATTEMPTS):
            displacement = try_displacement(start, attempt)
            homes: list[int] = []
            for hash_ in hashes:
                home = (hash_ >> (displacement & 63) ^ displacement) >> shift & mask
                if state[home] or home in homes:
                    break
                homes.append(home)
            else:
                return displacement, homes
        return None

    def _list_members(self, bucket: int) -> list[int]:
        """Return the slots of the rows of `bucket`."""
        members: list[int] = []
        slot = self.heads[bucket]
        while slot != _NONE:
            members.append(slot)
            slot = self.nexts[slot]
        return members

    def _take(self, slot: int, bucket: int, hash_: int) -> None:
        """Note that `slot` now has a row of `bucket`."""
        self.state[slot] = LIVE
        self.hashes[slot] = hash_
        self.nexts[slot] = self.heads[bucket]
        self.heads[bucket] = slot

    def _write_row(self, slot: int, words: Sequence[int], answer: int) -> None:
        """Write words, then tag, into a free slot."""
        numbers, first = self.numbers, slot * self.stride
        for index in range(self.further):
            numbers[first + 1 + index] = words[index]
        numbers[first] = answer << 32 | words[-1] if self.shared else answer

    def _copy_row(self, source: int, target: int) -> None:
        """Write the row of slot `source` into a free slot too."""
        numbers, start, first = self.numbers, source * self.stride, target * self.stride
        for index in range(self.further):
            numbers[first + 1 + index] = numbers[start + 1 + index]
        numbers[first] = numbers[start]
