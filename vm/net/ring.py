"""Packet rings: bounded queues in an environment's memory, with a word for each slot that says whose it is.

In: messages. Out: the same in the owner's pages. A slot belongs to the kernel while its first word is 0: then
a message is put there and the word becomes 1. It is the library's until it writes 0 again. The kernel
believes none of these words more than that: a library that lies about them loses its own messages.

    pages, one after another:   slot 0 | slot 1 | ...            each `slot` bytes
    slot:  0 u32 owner (0 kernel, 1 library)   4 u32 length     8 u64 source   16 message, to the slot's end
    source: the filter that accepted it, or 2**32 + the environment that sent it

All words are little-endian. The kernel fills slots in turn; it waits at a slot that is still the library's,
and what comes meanwhile is dropped and counted.
"""

from __future__ import annotations

import struct

from vm.machine.memory import PAGE, Memory
from vm.xok.capability import Acl
from vm.xok.environment import Environment

HEADER = 16
FROM_ENVIRONMENT = 1 << 32
_WORDS = struct.Struct("<IIQ")
_FREE = bytes(4)


class Ring:
    """A ring.

    Args:
        owner: whose pages it lies in.
        pages: these, in order; pinned.
        slot: bytes of each slot.
        word: of the owner's u-area, goes up by one with each message; None: nobody asks.
        acl: who may put messages there, route filters to it, and remove it.
        memory: of the machine.

    Attributes:
        put, dropped: messages; `next`: the slot that comes next.
    """

    __slots__ = ("_memory", "acl", "dropped", "next", "owner", "pages", "put", "slot", "word")

    def __init__(
        self,
        owner: Environment,
        pages: tuple[int, ...],
        slot: int,
        word: int | None,
        acl: Acl,
        memory: Memory,
    ) -> None:
        self.owner, self.pages, self.slot, self.word, self.acl = owner, pages, slot, word, acl
        self._memory = memory
        self.put = self.dropped = self.next = 0

    @property
    def slots(self) -> int:
        """How many slots there are."""
        return len(self.pages) * PAGE // self.slot

    @property
    def room(self) -> int:
        """Bytes of the longest message."""
        return self.slot - HEADER

    @property
    def has_room(self) -> bool:
        """Whether the next slot is the kernel's."""
        return self._read(self.next * self.slot, 4) == _FREE

    def offer(self, message: bytes, source: int) -> bool:
        """Put a message into the next slot; False: there is no room for it, which is counted."""
        place = self.next * self.slot
        if len(message) > self.room or not self.has_room:
            self.dropped += 1
            return False
        self._write(place + HEADER, message)
        self._write(place, _WORDS.pack(1, len(message), source))
        self.next = (self.next + 1) % self.slots
        self.put += 1
        if self.word is not None:
            words = self.owner.words
            words[self.word] = words[self.word] + 1 & 0xFFFF_FFFF_FFFF_FFFF
        return True

    def offer_from(self, sender: int, message: bytes) -> None:
        """Put a message of an environment there; there is room for it."""
        done = self.offer(message, FROM_ENVIRONMENT + sender)
        assert done, "there is room"

    def _read(self, place: int, count: int) -> bytes:
        """Read bytes that lie in one page."""
        frame = self._memory.frame(self.pages[place // PAGE])
        return bytes(frame[place % PAGE : place % PAGE + count])

    def _write(self, place: int, data: bytes) -> None:
        offset = place % PAGE
        if offset + len(data) <= PAGE:
            self._memory.frame(self.pages[place // PAGE])[offset : offset + len(data)] = data
            return
        done = 0
        while done < len(data):
            offset = (place + done) % PAGE
            part = data[done : done + PAGE - offset]
            self._memory.frame(self.pages[(place + done) // PAGE])[offset : offset + len(part)] = part
            done += len(part)
