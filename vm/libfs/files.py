"""A file's bytes: read, written, cut off, made to holes.

In: a node, offsets in bytes. Out: bytes. What was never written reads as zeros. A file's length never reaches
the disk before what it promises: new blocks are on the disk before the pointers to them (XN sees to that),
and the old last block is told to go before the inode.
"""

from __future__ import annotations

import errno
import struct

from vm.libfs.blockmap import MOST_BLOCKS, RUN, refused_as_taken
from vm.libfs.buffers import Wanted
from vm.libfs.errors import fail
from vm.libfs.format import Format
from vm.libfs.inode import DIRECT, Node
from vm.libfs.placement import Choice, choose_blocks, choose_near
from vm.libfs.space import GROUP_BLOCKS
from vm.libfs.volume import Volume
from vm.xok.refusal import Refusal

BLOCK = 4096
AHEAD = 32
"""Blocks of a file that is read in sequence, that come with one request."""

_MOST_BYTES = MOST_BLOCKS * BLOCK
_LENGTH = struct.Struct("<Q")
_STAMPS = struct.Struct("<II")


class Files:
    """The bytes of files.

    Args:
        volume: that they are in.
        format_: of the volume.
    """

    def __init__(self, volume: Volume, format_: Format) -> None:
        self._volume = volume
        self._format = format_

    # ---- reading

    def read(self, node: Node, offset: int, size: int) -> bytes:
        """Return up to `size` bytes."""
        size = min(size, node.length - offset)
        if size <= 0:
            return b""
        first, last = offset // BLOCK, (offset + size - 1) // BLOCK
        pieces: list[bytes] = []
        for low in range(first, last + 1, AHEAD):
            count = min(AHEAD, last + 1 - low)
            pieces += self._read_blocks(node, low, count)
        node.next_index = last + 1
        start = offset - first * BLOCK
        data = b"".join(pieces) if len(pieces) > 1 else pieces[0]
        return data if not start and size == len(data) else data[start : start + size]

    def _read_blocks(self, node: Node, index: int, count: int) -> list[bytes]:
        """Return the bytes of blocks; those in core are copied before others take their place."""
        table = self._volume.buffers.table
        blocks = self._volume.map.find(node, index, count)
        pieces: dict[int, bytes] = {0: bytes(BLOCK)}
        absent = []
        for block in blocks:
            if block in table:
                pieces[block] = table[block].take()
            elif block:
                absent.append(block)
        if absent:
            self._load(node, index, blocks)
            for block in absent:
                pieces[block] = table[block].take()
        return [pieces[block] for block in blocks]

    def _load(self, node: Node, index: int, blocks: list[int]) -> None:
        """Bring blocks of a file into core, and what will be wanted next."""
        buffers, table = self._volume.buffers, self._volume.buffers.table
        wanted: list[Wanted] = []
        if index == node.next_index and index and len(blocks) < AHEAD:
            left = -(-node.length // BLOCK) - index - len(blocks)
            more = min(AHEAD - len(blocks), left)
            blocks = (
                [*blocks, *self._volume.map.find(node, index + len(blocks), more)] if more > 0 else blocks
            )
        for number, block in enumerate(blocks):
            if block and block not in table:
                wanted.append((block, *self._volume.map.owner(node, index + number)))
        group = node.group[0] if self._volume.options.grouping else 0
        known = {each[0] for each in wanted}
        also = [block for block in self._list_absent(group) if block not in known]
        buffers.load(wanted, True, also)
        for each in wanted:
            table[each[0]].file = node.number

    def _list_absent(self, group: int) -> list[int]:
        """Return the blocks of a group that are in use, and not in core."""
        buffers = self._volume.buffers
        used = self._volume.space.list_used(group, GROUP_BLOCKS) if group else []
        return [block for block in used if block not in buffers.table and block not in buffers.raw]

    # ---- writing

    def write(self, node: Node, offset: int, data: bytes) -> int:
        """Store bytes; return how many, fewer where the disk is full.

        Raises:
            OSError: EFBIG; ENOSPC where not one byte could be stored.
        """
        if not data:
            return 0
        if offset + len(data) > _MOST_BYTES:
            raise fail(errno.EFBIG, "")
        if offset > node.length:
            self._settle_end(node)
        done = 0
        while done < len(data):
            try:
                done += self._write_part(node, offset + done, data, done)
                self._volume.balance()
            except OSError as error:
                if error.errno != errno.ENOSPC or not done:
                    raise
                break
        self._finish(node, offset + done)
        return done

    def _write_part(self, node: Node, at: int, data: bytes, start: int) -> int:
        """Store some of `data` from `start` on at byte `at` of a file; return how many bytes."""
        index = at // BLOCK
        left = -(-(at + len(data) - start) // BLOCK) - index
        blocks = self._volume.map.find(
            node, index, min(left, RUN - (index - DIRECT) % RUN if index >= DIRECT else DIRECT - index)
        )
        if blocks[0]:
            return self._overwrite(node, at, data, start, blocks[0])
        holes = 1
        while holes < len(blocks) and not blocks[holes]:
            holes += 1
        return self._fill(node, at, data, start, holes)

    def _overwrite(self, node: Node, at: int, data: bytes, start: int, block: int) -> int:
        within = at % BLOCK
        count = min(BLOCK - within, len(data) - start)
        buffers = self._volume.buffers
        if block not in buffers.table:
            if not within and at + count >= min(node.length, at + BLOCK) and not buffers.is_known(block):
                owner = self._volume.map.owner(node, at // BLOCK)
                buffers.replace(block, *owner, data[start : start + count])
                buffers.table[block].file = node.number
                return count
            self._load(node, at // BLOCK, [block])
        parent, partition = buffers.table[block].parent, 0
        view = buffers.writable(block, parent, partition)
        view[within : within + count] = data[start : start + count]
        buffers.touch(block)
        if at + count > node.length:
            self._volume.order.before_data(block, node.block)
        return count

    def _fill(self, node: Node, at: int, data: bytes, start: int, holes: int) -> int:
        """Store bytes where there was a hole of some blocks."""
        index, within = at // BLOCK, at % BLOCK
        for _ in range(4):
            choice = choose_blocks(self._volume, self._format, node, index, holes)
            self._volume.buffers.pages.reserve(choice.count + self._volume.map.missing(node, index))
            try:
                parent = self._point(
                    node, index, choice, min(at + len(data) - start, (index + choice.count) * BLOCK)
                )
                break
            except Refusal as refusal:
                if not refused_as_taken(refusal):
                    raise
        else:
            raise fail(errno.ENOSPC, "")
        buffers = self._volume.buffers
        done = 0
        for block in range(choice.start, choice.start + choice.count):
            view = buffers.hold_new(block, parent, True)
            buffers.table[block].file = node.number
            count = min(BLOCK - within, len(data) - start - done)
            view[within : within + count] = data[start + done : start + done + count]
            done += count
            within = 0
        return done

    def _point(self, node: Node, index: int, choice: Choice, end: int) -> tuple[int, tuple[int, ...]]:
        """Let pointers lead to new blocks; return the object that has the pointers."""
        volume = self._volume
        if index < DIRECT:
            group, size = (choice.group, RUN) if choice.group else node.group
            length = max(node.length, end)
            arguments = (index, choice.start, choice.count, length, volume.now, group, size)
            volume.sys.xn_call(node.place, "extend", arguments)
            volume.buffers.change(node.block)
            return node.place
        missing = volume.map.missing(node, index)
        goal = []
        hint = choice.start + choice.count
        for _ in range(missing):
            hint = choose_near(volume, hint)
            if hint < choice.start + choice.count and hint >= choice.start:
                raise fail(errno.ENOSPC, "")
            goal.append(hint)
            hint += 1
        if len(set(goal)) < len(goal):
            raise fail(errno.ENOSPC, "")
        leaf, slot = volume.map.make_leaf(node, index, goal)
        volume.map.set_run(leaf, slot, choice.start, choice.count)
        return (leaf, ())

    def _finish(self, node: Node, end: int) -> None:
        """Bring length and times up to date."""
        volume = self._volume
        if end > node.length:
            volume.sys.xn_write_bytes(node.place, 4, _LENGTH.pack(end))
            volume.buffers.change(node.block)
        self.stamp(node)

    def stamp(self, node: Node) -> None:
        """The contents were changed now."""
        now = self._volume.now
        if node.times[1:] != (now, now):
            self._volume.sys.xn_write_bytes(node.place, 32, _STAMPS.pack(now, now))
            self._volume.buffers.change(node.block)

    def set_length(self, node: Node, length: int) -> None:
        """Set the length, and nothing else."""
        self._volume.sys.xn_write_bytes(node.place, 4, _LENGTH.pack(length))
        self._volume.buffers.change(node.block)

    # ---- cutting

    def truncate(self, node: Node, size: int) -> None:
        """Set the length.

        Raises:
            OSError: EFBIG.
        """
        if size > _MOST_BYTES:
            raise fail(errno.EFBIG, "")
        length = node.length
        if size > length:
            self._settle_end(node)
        elif size < length and size % BLOCK:
            self.zero(node, size, min(length, -(-size // BLOCK) * BLOCK) - size)
        if size != length:
            self.set_length(node, size)
        if size < length or any(node.pointers[:1]):
            self._volume.freeing.clear_beyond(node, -(-size // BLOCK))
        node.goal = 0
        self.stamp(node)

    def _settle_end(self, node: Node) -> None:
        """The file will be longer: what is behind its end in its last block is zero, on the disk, too."""
        length = node.length
        if length % BLOCK:
            block = self._volume.map.find(node, length // BLOCK, 1)[0]
            if block:
                self._volume.order.before_data(block, node.block)

    def zero(self, node: Node, offset: int, size: int) -> None:
        """Overwrite bytes of one block with zeros, where it is no hole."""
        block = self._volume.map.find(node, offset // BLOCK, 1)[0]
        if block and size > 0:
            self._overwrite(node, offset, bytes(size), 0, block)

    def punch(self, node: Node, offset: int, size: int) -> None:
        """Make a hole; blocks that are in it as a whole are freed."""
        end = min(offset + size, -(-node.length // BLOCK) * BLOCK)
        if offset >= end:
            return
        first, last = -(-offset // BLOCK), end // BLOCK
        if first > last:
            self.zero(node, offset, end - offset)
        else:
            self.zero(node, offset, first * BLOCK - offset)
            self.zero(node, last * BLOCK, end - last * BLOCK)
            self._volume.freeing.clear_range(node, first, last - first)
        self.stamp(node)

    def allocate(self, node: Node, offset: int, size: int, keep_size: bool) -> None:
        """Make room for bytes; new blocks are zeros.

        Raises:
            OSError: EFBIG, ENOSPC.
        """
        end = offset + size
        if end > _MOST_BYTES:
            raise fail(errno.EFBIG, "")
        length = node.length
        if end > length and not keep_size:
            self._settle_end(node)
        index, last = offset // BLOCK, -(-end // BLOCK)
        while index < last:
            room = RUN - (index - DIRECT) % RUN if index >= DIRECT else DIRECT - index
            blocks = self._volume.map.find(node, index, min(last - index, room))
            if blocks[0]:
                index += 1
                continue
            holes = next((number for number, block in enumerate(blocks) if block), len(blocks))
            index += -(-self._fill(node, index * BLOCK, bytes(holes * BLOCK), 0, holes) // BLOCK)
        wanted = length if keep_size else max(length, end)
        if node.length != wanted:
            self.set_length(node, wanted)
        self.stamp(node)
