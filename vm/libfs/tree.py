"""The tree of names: files and directories made, linked, renamed, removed, so that a crash may come between.

In: directories and names. Out: changed metadata. The rules, with (A) before (B) on the disk:

    create, link    the inode (A), then its name (B)
    unlink, rmdir   the name gone (A), then the inode freed (B)
    rename          the new name (A), then the old one gone (B); then, what was replaced freed

Where A and B lie in one sector, they are on the disk together, and there is nothing to order: so it is for
most files of C-FFS. In one block but in two sectors, the block is written in between.
"""

from __future__ import annotations

import errno
import struct

from vm.libfs.directory import look_up, open_directory
from vm.libfs.errors import fail
from vm.libfs.files import Files
from vm.libfs.format import Directory, Format, NewInode
from vm.libfs.inode import Node, pack_mark
from vm.libfs.interface import DIRECTORY, SYMLINK
from vm.libfs.volume import Volume
from vm.libfs.way import SECTOR, Ways
from vm.xok.refusal import Code, Refusal

MOST_LINKS = 65_000
_STAMP = struct.Struct("<I")


class Tree:
    """Names, and what they mean.

    Args:
        volume: that they are in.
        format_: of the volume.
        files: cuts what is freed.
    """

    def __init__(self, volume: Volume, format_: Format, files: Files) -> None:
        self._volume = volume
        self._format = format_
        self._files = files
        self._ways = Ways(volume, format_)

    # ---- making

    def create(self, parent: Node, name: bytes, kind: int, mode: int, path: str) -> Node:
        """Make a file or directory.

        Raises:
            OSError: EEXIST, EMLINK, ENOSPC.
        """
        node = self._create(parent, name, kind, mode, path)
        self._commit(node, parent, name)
        return node

    def _commit(self, node: Node, parent: Node, name: bytes) -> None:
        """A file is complete: the inode goes before the name."""
        self._volume.order.commit(node.block)
        self._volume.order.commit(self._open(parent).names[name][0], parent.block)

    def _create(self, parent: Node, name: bytes, kind: int, mode: int, path: str) -> Node:
        directory = self._open(parent)
        if look_up(self._volume, self._format, directory, name) is not None:
            raise fail(errno.EEXIST, path)
        is_directory = kind == DIRECTORY
        if is_directory and parent.links >= MOST_LINKS:
            raise fail(errno.EMLINK, path)
        volume = self._volume
        new = NewInode(kind, mode, volume.user, volume.group, 2 if is_directory else 1)
        node = self._format.create(directory, name, new)
        if is_directory:
            self._ways.give(node.number, parent.number, *directory.names[name])
            self.set_links(parent, parent.links + 1)
        self._files.stamp(parent)
        return node

    def symlink(self, parent: Node, name: bytes, target: bytes, path: str) -> None:
        """Make a symbolic link.

        Raises:
            OSError: EEXIST, ENOSPC.
        """
        node = self._create(parent, name, SYMLINK, 0o777, path)
        try:
            self._files.write(node, 0, target)
        except OSError:
            self.unlink(parent, name, path)
            raise
        self._commit(node, parent, name)

    def link(self, node: Node, parent: Node, name: bytes, path: str) -> None:
        """Give a file another name.

        Raises:
            OSError: EPERM for a directory, EEXIST, EMLINK, ENOSPC.
        """
        if node.is_directory:
            raise fail(errno.EPERM, path)
        directory = self._open(parent)
        if look_up(self._volume, self._format, directory, name) is not None:
            raise fail(errno.EEXIST, path)
        links = node.links
        if links >= MOST_LINKS:
            raise fail(errno.EMLINK, path)
        self.set_links(node, links + 1)
        try:
            block, at = self._format.enter(directory, name, node)
        except OSError:
            self.set_links(node, links)
            raise
        self._ways.give(node.number, parent.number, block, at)
        self.stamp_change(node)
        self._files.stamp(parent)
        self._volume.order.commit(block, parent.block)

    # ---- removing

    def unlink(self, parent: Node, name: bytes, path: str) -> None:
        """Take a name away.

        Raises:
            OSError: ENOENT, EISDIR.
        """
        directory, number, block, at = self._find(parent, name, path)
        node = self._format.find(number)
        if node.is_directory:
            raise fail(errno.EISDIR, path)
        self._leave(directory, name, number, block, at)
        self._files.stamp(parent)
        self._lose(node)
        self._volume.order.commit(block, parent.block)

    def rmdir(self, parent: Node, name: bytes, path: str) -> None:
        """Remove an empty directory.

        Raises:
            OSError: ENOENT, ENOTDIR, ENOTEMPTY.
        """
        directory, number, block, at = self._find(parent, name, path)
        node = self._format.find(number)
        if not node.is_directory:
            raise fail(errno.ENOTDIR, path)
        self._check_empty(node, path)
        self._ways.empty(number, parent.number, block)
        self._leave(directory, name, number, block, at)
        self.set_links(parent, parent.links - 1)
        self._files.stamp(parent)
        self._lose(node)
        self._volume.order.commit(block, parent.block)

    def _check_empty(self, node: Node, path: str) -> None:
        if self._open(node).names:
            raise fail(errno.ENOTEMPTY, path)

    def _lose(self, node: Node) -> None:
        """One name of an inode is gone."""
        try:
            if not node.is_directory and node.links > 1:
                self.set_links(node, node.links - 1)
                self.stamp_change(node)
                return
            node.doomed = True
            if node.opens:
                self.set_links(node, 0)
            else:
                self.bury(node)
        except Refusal as refusal:
            # A directory may be writable where its file is not: its owner, or `repair`, frees the inode.
            if refusal.code is not Code.ACCESS_DENIED:
                raise

    def bury(self, node: Node) -> None:
        """Free an inode that has no name, as soon as the disk has none for it."""
        number = node.number
        self._ways.bury(node, lambda: self.drop(number))

    def drop(self, number: int) -> None:
        """Free an inode that has no name, and is not open, with all that it owns."""
        node = self._format.find(number)
        if node.opens:
            return
        try:
            if node.is_directory and not self._format.remove_directory(node):
                return
            self._volume.freeing.clear_beyond(node, 0)
            block = node.block
            self._format.free(node)
        except Refusal as refusal:
            if refusal.code is not Code.ACCESS_DENIED:
                raise
            return
        self._volume.order.commit(block)

    # ---- renaming

    def rename(self, old: tuple[Node, bytes], new: tuple[Node, bytes], paths: tuple[str, str]) -> None:
        """Give what has the name `old` the name `new`, in whose place it comes.

        Raises:
            OSError: ENOENT, EINVAL into itself, EISDIR, ENOTDIR, ENOTEMPTY, EMLINK, ENOSPC.
        """
        source, number, block, at = self._find(*old, paths[0])
        node = self._format.find(number)
        target = self._open(new[0])
        there = look_up(self._volume, self._format, target, new[1])
        moved = source.node is not target.node
        if node.is_directory and moved:
            self._check_outside(node, target.node, paths[1])
        if there is not None:
            if there[0] == number:
                return
            self._check_replaceable(node, self._format.find(there[0]), paths[1])
        elif node.is_directory and moved and target.node.links >= MOST_LINKS:
            raise fail(errno.EMLINK, paths[1])
        if there is None and not moved and self._format.respell(source, block, at, number, new[1]):
            self._ways.lose(number, source.node.number, old[1], block, at)
            del source.names[old[1]]
            source.names[new[1]] = (block, at)
            self._files.stamp(source.node)
            self._volume.order.commit(block)
            return
        self._move(node, (source, old[1], block, at), (target, new[1], there))

    def _move(
        self,
        node: Node,
        old: tuple[Directory, bytes, int, int],
        new: tuple[Directory, bytes, tuple[int, int, int] | None],
    ) -> None:
        source, old_name, block, at = old
        target, new_name, there = new
        volume = self._volume
        if node.parent != target.node.number:
            self.set_parent(node, target.node.number, required=node.is_directory)
        if there is None:
            to, place = self._format.enter(target, new_name, node)
        else:
            replaced, to, place = there
            if node.is_directory and source.node is target.node:
                self._mark(self._format.find(replaced), to, place)
                self._ways.keep(replaced, block, at)
            self._ways.empty(replaced, target.node.number, to)
            self._ways.take(replaced, target.node.number, new_name, to, place)
            self._format.replace(target, to, place, replaced, node)
        self._ways.give(node.number, target.node.number, to, place)
        self._leave(source, old_name, node.number, block, at)
        if node.is_directory and source.node is not target.node:
            self.set_links(source.node, source.node.links - 1)
            self.set_links(target.node, target.node.links + 1)
        self.stamp_change(node)
        self._files.stamp(source.node)
        self._files.stamp(target.node)
        if there is not None:
            gone = self._format.find(there[0])
            if gone.is_directory:
                self.set_links(target.node, target.node.links - 1)
            self._lose(gone)
        volume.order.commit(to, block, source.node.block, target.node.block)

    def _mark(self, replaced: Node, block: int, at: int) -> None:
        """Note in a directory whose name, at byte `at` of a block, will mean another one where that name is.

        If the other one has both names after a crash, in one directory, `survey` knows which is the new one.
        """
        volume, sector = self._volume, self._format.sector_of(replaced)
        times = pack_mark(block, at)
        try:
            volume.sys.xn_call(replaced.place, "set_times", times)
        except Refusal as refusal:
            if refusal.code is not Code.ACCESS_DENIED:
                raise
            return
        volume.buffers.change(replaced.block)
        if replaced.block != block:
            volume.order.before(replaced.block, block)
        elif sector != at // SECTOR and volume.order.mode != "none":
            volume.writeback.flush([block])

    def unmark(self, node: Node) -> None:
        """A directory was not replaced after all: its times are now."""
        now = self._volume.now
        self._volume.sys.xn_call(node.place, "set_times", (now, now, now))
        self._volume.buffers.change(node.block)

    def _check_outside(self, node: Node, directory: Node, path: str) -> None:
        """Refuse (EINVAL) to move a directory below itself."""
        while directory.number != self._format.root:
            if directory.number == node.number:
                raise fail(errno.EINVAL, path)
            directory = self._format.find(directory.parent)

    def _check_replaceable(self, node: Node, other: Node, path: str) -> None:
        if other.is_directory:
            if not node.is_directory:
                raise fail(errno.EISDIR, path)
            self._check_empty(other, path)
        elif node.is_directory:
            raise fail(errno.ENOTDIR, path)

    # ---- parts

    def _open(self, node: Node) -> Directory:
        return open_directory(self._volume, self._format, node)

    def _find(self, parent: Node, name: bytes, path: str) -> tuple[Directory, int, int, int]:
        directory = self._open(parent)
        found = look_up(self._volume, self._format, directory, name)
        if found is None:
            raise fail(errno.ENOENT, path)
        return directory, *found

    def _leave(self, directory: Directory, name: bytes, number: int, block: int, at: int) -> None:
        self._ways.take(number, directory.node.number, name, block, at)
        self._format.leave(directory, block, at, number)
        del directory.names[name]

    def set_length(self, node: Node, length: int) -> None:
        """Set the length of a directory."""
        self._files.set_length(node, length)

    def set_links(self, node: Node, links: int) -> None:
        """Set the link count."""
        self._volume.sys.xn_call(node.place, "set_links", (links,))
        self._volume.buffers.change(node.block)

    def set_parent(self, node: Node, number: int, required: bool) -> None:
        """Note which directory names an inode; of somebody else's file nobody needs to know it."""
        try:
            self._volume.sys.xn_call(node.place, "set_parent", (number,))
        except Refusal as refusal:
            if required or refusal.code is not Code.ACCESS_DENIED:
                raise
        self._volume.buffers.change(node.block)

    def stamp_change(self, node: Node) -> None:
        """The inode was changed now."""
        now = self._volume.now
        if node.times[2] == now:
            return
        try:
            self._volume.sys.xn_write_bytes(node.place, 36, _STAMP.pack(now))
        except Refusal as refusal:
            if refusal.code is not Code.ACCESS_DENIED:
                raise
        self._volume.buffers.change(node.block)
