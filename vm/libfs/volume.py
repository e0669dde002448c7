"""A mounted volume: what the parts of a library file system share.

In: the kernel, a root that is open, options. Out: `Volume`, which every part gets as its first argument.
"""

from __future__ import annotations

from vm.libfs.blockmap import BlockMap
from vm.libfs.buffers import Buffers
from vm.libfs.freeing import Freeing
from vm.libfs.inode import Node
from vm.libfs.interface import Options
from vm.libfs.order import Mode, Order
from vm.libfs.space import SpaceMap
from vm.libfs.writeback import Writeback
from vm.machine.costs import CYCLES_PER_SECOND
from vm.xn.owned import Type
from vm.xok.critical import Critical
from vm.xok.syscalls import SystemCalls

_MOST_NAMES = 1 << 14  # given or taken, that are remembered; a sync forgets them


class Volume:
    """A mounted file system.

    Args:
        sys: the kernel, as one environment sees it.
        first: the first block that may be its.
        end: behind the last one.
        options: of the mount.
        types: templates of its set by name.

    Attributes:
        root: the block where the file system begins: it is always in core.
        nodes: inodes in core, by number.
        recent: inodes -> (directory, block, byte) of names that they have got since the last sync.
        lost: inodes -> (block, sector) of names that they have lost.
        vacated: directory, name -> (block, sector) where it was.
        left: directory -> blocks that had a name of an inode that has another one now.
        user, group: whose capability is presented.
    """

    def __init__(
        self, sys: SystemCalls, first: int, end: int, options: Options, types: dict[str, Type]
    ) -> None:
        self.sys = sys
        self.root = 0
        self.options = options
        self.types = types
        self.buffers = Buffers(sys, options.buffers, options.shared)
        self.writeback = Writeback(sys, self.buffers, options.grouping, not options.temporary)
        unordered = options.temporary and options.writes == "delayed"
        mode: Mode = "none" if unordered else options.writes
        self.order = Order(sys, self.writeback, mode)
        self.space = SpaceMap(sys, first, end)
        self.map = BlockMap(sys, self.buffers)
        self.freeing = Freeing(sys, self.buffers, self.writeback, self.map)
        self.nodes: dict[int, Node] = {}
        self.recent: dict[int, dict[tuple[int, int, int], None]] = {}
        self.lost: dict[int, dict[tuple[int, int], None]] = {}
        self.vacated: dict[tuple[int, bytes], tuple[int, int]] = {}
        self.left: dict[int, dict[int, None]] = {}
        capability = sys.capabilities()[0]
        name = b"" if capability is None else capability.name
        credential = int.from_bytes(name.ljust(8, b"\0"), "little")
        self.user, self.group = credential & 0xFFFFFFFF, credential >> 32
        self.buffers.pages.relieve = self.writeback.flush_all
        self._critical = Critical(sys) if options.shared else None

    @property
    def now(self) -> int:
        """The time in seconds."""
        return self.options.epoch + self.sys.now // CYCLES_PER_SECOND

    def sync(self) -> None:
        """Write everything, and do what waited for that, until nothing is left."""
        while True:
            self.writeback.flush_all()
            self.recent.clear()
            self.lost.clear()
            self.vacated.clear()
            self.left.clear()
            if not self.order.settle():
                return

    def settle_name(self, directory: int, name: bytes, block: int, sector: int) -> None:
        """A name is about to be given in a sector: where it was before, it is gone first."""
        was = self.vacated.pop((directory, name), None)
        if was is None or was == (block, sector) or self.order.mode == "none":
            return
        if was[0] == block:
            self.writeback.flush([block])
        else:
            self.order.before(was[0], block)

    def settle_inode(self, node: Node, own: int, block: int, sector: int) -> None:
        """A name is about to be given in a sector: the inode, in sector `own` of its block, is found first.

        That it is on the disk is not enough: pointers must lead to its block.
        """
        if self.order.mode == "none" or (node.block, own) == (block, sector):
            return
        for each in (node.block, *self.list_pointers(node.block)):
            if each == block:
                self.writeback.flush([block])
            else:
                self.order.before(each, block)

    def list_pointers(self, block: int) -> list[int]:
        """Return the blocks with pointers, not on the disk yet, on the way to a block."""
        found: list[int] = []
        buffer = self.buffers.table.get(block)
        while buffer is not None and buffer.parent[0] != buffer.block:
            if buffer.unreached:
                found.append(buffer.parent[0])
            buffer = self.buffers.table.get(buffer.parent[0])
        return found

    def sync_file(self, number: int) -> None:
        """Write all metadata that are dirty, and the data of one file."""
        dirty = self.buffers.dirty.values()
        wanted = [each.block for each in dirty if not each.is_data or each.file == number]
        self.writeback.flush(wanted)

    def begin(self) -> None:
        """An operation begins: where others change the same volume, nothing is believed of before."""
        if self._critical is None:
            return
        self._critical.__enter__()
        self.writeback.land()
        self.buffers.revalidate()
        self._forget_nodes()

    def _forget_nodes(self) -> None:
        """Forget inodes but those that are open, and all names."""
        self.nodes = {number: node for number, node in self.nodes.items() if node.opens}
        for node in self.nodes.values():
            node.names = None

    def end(self) -> None:
        """An operation has ended."""
        if self._critical is not None:
            self._critical.__exit__(None, None, None)
        self.balance()
        if self.buffers.is_full:
            self.sync()
            self.drop(self.root)

    def balance(self) -> None:
        """Between the parts of an operation: write what has gathered, let go of what there is no room for.

        The kernel keeps a block in core until what leads to it is on the disk, too: so everything is written
            first.
        """
        buffers = self.buffers
        if len(buffers.dirty) > self.options.dirty:
            self.writeback.send_data()
            if len(buffers.dirty) > self.options.dirty:
                self.sync()
        if len(self.lost) > _MOST_NAMES or len(self.recent) > _MOST_NAMES:
            self.sync()
        wanted = self.sys.area.pages_wanted
        if wanted or buffers.is_full:
            self.writeback.flush_all()
            buffers.give_back(wanted)
            buffers.trim()

    def drop(self, keep: int | None) -> None:
        """Let go of all buffers that are clean, but the block `keep`: they leave the core.

        Inodes that are open stay, and what leads to them.
        """
        self.writeback.land()
        self._forget_nodes()
        self.buffers.drop(keep)
        table = self.buffers.table
        self.nodes = {number: node for number, node in self.nodes.items() if node.block in table}

    def reclaim(self) -> bool:
        """The disk is full: let blocks that wait for a write be free; say whether any may have become so."""
        if not self.order.pending and not self.sys.xn_info().will_free:
            return False
        self.sync()
        return True
