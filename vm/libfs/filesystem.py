"""The file system that both formats make: a call finds its way, asks for permission, and changes something.

In: calls of `vm.libfs.interface.FileSystem`. Out: what POSIX says.
"""

from __future__ import annotations

import errno

from vm.libfs.access import EXECUTE, READ, WRITE, check_access, check_owner
from vm.libfs.directory import list_entries, open_directory
from vm.libfs.errors import fail
from vm.libfs.files import BLOCK, Files
from vm.libfs.format import Format
from vm.libfs.inode import Node
from vm.libfs.interface import DIRECTORY, FILE, Handle, Space, Stat
from vm.libfs.operation import Operation
from vm.libfs.path import MOST_BYTES, Paths, decode_name, encode_name
from vm.libfs.repair import repair
from vm.libfs.survey import survey
from vm.libfs.tree import Tree
from vm.libfs.volume import Volume

_KINDS = 0xF000
_MODES = 0o7777
_STAMPS = 28


class LibraryFileSystem:
    """A mounted file system of either format.

    Args:
        volume: what it is made of.
        format_: where inodes and names are.
        root: the block where it begins.
    """

    def __init__(self, volume: Volume, format_: Format, root: int) -> None:
        self.volume = volume
        self.format = format_
        volume.root = root
        self._files = Files(volume, format_)
        self._paths = Paths(volume, format_, self._files)
        self._tree = Tree(volume, format_, self._files)
        self._handles: dict[int, Node] = {}
        self._next = 1

    def _on(self, path: str) -> Operation:
        return Operation(self.volume, path)

    # ---- looking

    def stat(self, path: str, follow: bool = False) -> Stat:
        """Return the inode of `path`."""
        with self._on(path):
            return self._stat(self._paths.resolve(path, follow))

    def _stat(self, node: Node) -> Stat:
        return node.stat(self.volume.map.count(node))

    def exists(self, path: str) -> bool:
        """Say whether there is such a name."""
        try:
            with self._on(path):
                self._paths.resolve(path, follow=False)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ENOTDIR):
                return False
            raise
        return True

    def listdir(self, path: str) -> list[tuple[str, int]]:
        """Return names and inode numbers."""
        with self._on(path):
            node = self._paths.resolve(path, follow=True)
            if not node.is_directory:
                raise fail(errno.ENOTDIR, path)
            check_access(self.volume, node, READ, path)
            directory = open_directory(self.volume, self.format, node)
            found = list_entries(self.volume, self.format, directory)
            return [(decode_name(entry.name), entry.number) for _, entry in found]

    def readlink(self, path: str) -> str:
        """Return where a symbolic link leads."""
        with self._on(path):
            node = self._paths.resolve(path, follow=False)
            if not node.is_symlink:
                raise fail(errno.EINVAL, path)
            return decode_name(self._files.read(node, 0, node.length))

    def statfs(self) -> Space:
        """Return how much room there is."""
        info = self.volume.sys.xn_info()
        own = self.volume.space.end - self.volume.space.first
        buried = [node for node in self.volume.nodes.values() if node.doomed and not node.opens]
        free = info.free + info.will_free + sum(map(self.volume.map.count, buried))
        return Space(BLOCK, own, min(own, free), self.format.name_bytes)

    # ---- names

    def create(self, path: str, mode: int = 0o644) -> None:
        """Make an empty file."""
        self._make(path, FILE, mode)

    def mkdir(self, path: str, mode: int = 0o755) -> None:
        """Make an empty directory."""
        self._make(path.rstrip("/") if path.strip("/") else path, DIRECTORY, mode)

    def _make(self, path: str, kind: int, mode: int) -> Node:
        with self._on(path):
            parent, name = self._paths.resolve_parent(path)
            self._check_changeable(parent, path)
            if path.endswith("/"):
                raise fail(errno.EISDIR, path)
            return self._tree.create(parent, name, kind, mode & _MODES, path)

    def mknod(self, path: str, mode: int) -> None:
        """Make a regular file; other kinds are not supported."""
        if mode & _KINDS not in (0, FILE):
            raise fail(errno.EPERM, path)
        self._make(path, FILE, mode)

    def symlink(self, target: str, path: str) -> None:
        """Make a symbolic link."""
        with self._on(path):
            raw = encode_name(target)
            if not raw:
                raise fail(errno.ENOENT, path)
            if len(raw) >= MOST_BYTES:
                raise fail(errno.ENAMETOOLONG, path)
            parent, name = self._paths.resolve_parent(path)
            self._check_changeable(parent, path)
            self._tree.symlink(parent, name, raw, path)

    def link(self, old: str, new: str) -> None:
        """Give a file one name more."""
        with self._on(new):
            node = self._paths.resolve(old, follow=False)
            parent, name = self._paths.resolve_parent(new)
            self._check_changeable(parent, new)
            self._tree.link(node, parent, name, new)

    def unlink(self, path: str) -> None:
        """Take a file's name away."""
        with self._on(path):
            parent, name = self._paths.resolve_parent(path)
            self._check_changeable(parent, path)
            if path.endswith("/"):
                node = self._paths.step(parent, name, path)
                raise fail(errno.EISDIR if node.is_directory else errno.ENOTDIR, path)
            self._tree.unlink(parent, name, path)

    def rmdir(self, path: str) -> None:
        """Remove an empty directory."""
        with self._on(path):
            if not path.strip("/"):
                raise fail(errno.EBUSY, path)
            parent, name = self._paths.resolve_parent(path)
            self._check_changeable(parent, path)
            self._tree.rmdir(parent, name, path)

    def rename(self, old: str, new: str) -> None:
        """Give a file another name."""
        with self._on(new):
            if not old.strip("/") or not new.strip("/"):
                raise fail(errno.EBUSY, new)
            source, target = self._paths.resolve_parent(old), self._paths.resolve_parent(new)
            self._check_changeable(source[0], old)
            self._check_changeable(target[0], new)
            if old.endswith("/") or new.endswith("/"):
                node = self._paths.step(*source, old)
                if not node.is_directory:
                    raise fail(errno.ENOTDIR, old)
            self._tree.rename(source, target, (old, new))

    def _check_changeable(self, parent: Node, path: str) -> None:
        check_access(self.volume, parent, WRITE | EXECUTE, path)

    # ---- bytes

    def read(self, path: str, offset: int, size: int) -> bytes:
        """Return up to `size` bytes."""
        with self._on(path):
            return self._read(self._resolve_file(path, READ), offset, size, path)

    def _read(self, node: Node, offset: int, size: int, path: str) -> bytes:
        if offset < 0 or size < 0:
            raise fail(errno.EINVAL, path)
        return self._files.read(node, offset, size)

    def write(self, path: str, offset: int, data: bytes) -> int:
        """Store bytes."""
        with self._on(path):
            return self._write(self._resolve_file(path, WRITE), offset, data, path)

    def _write(self, node: Node, offset: int, data: bytes, path: str) -> int:
        if offset < 0:
            raise fail(errno.EINVAL, path)
        return self._files.write(node, offset, data)

    def truncate(self, path: str, size: int) -> None:
        """Set a file's size."""
        with self._on(path):
            self._truncate(self._resolve_file(path, WRITE), size, path)

    def _truncate(self, node: Node, size: int, path: str) -> None:
        if size < 0:
            raise fail(errno.EINVAL, path)
        self._files.truncate(node, size)
        self.volume.order.commit(node.block)

    def punch(self, path: str, offset: int, size: int) -> None:
        """Make a hole."""
        with self._on(path):
            if offset < 0 or size <= 0:
                raise fail(errno.EINVAL, path)
            self._files.punch(self._resolve_file(path, WRITE), offset, size)

    def allocate(self, path: str, offset: int, size: int, keep_size: bool = False) -> None:
        """Make room on the disk."""
        with self._on(path):
            if offset < 0 or size <= 0:
                raise fail(errno.EINVAL, path)
            self._files.allocate(self._resolve_file(path, WRITE), offset, size, keep_size)

    def _resolve_file(self, path: str, wanted: int) -> Node:
        node = self._paths.resolve(path, follow=True)
        if node.is_directory:
            raise fail(errno.EISDIR, path)
        check_access(self.volume, node, wanted, path)
        return node

    # ---- handles

    def open(self, path: str) -> Handle:
        """Return a handle of a file."""
        with self._on(path):
            node = self._paths.resolve(path, follow=True)
            if node.is_directory:
                raise fail(errno.EISDIR, path)
            node.opens += 1
            self.volume.buffers.pin(node.block)
            handle = self._next
            self._next += 1
            self._handles[handle] = node
            return Handle(handle)

    def _node(self, handle: Handle) -> Node:
        node = self._handles.get(handle)
        if node is None:
            raise fail(errno.EBADF, f"handle {handle}")
        if node.block not in self.volume.buffers.table or not node.is_live:
            raise fail(errno.ESTALE, f"handle {handle}")
        return node

    def read_handle(self, handle: Handle, offset: int, size: int) -> bytes:
        """As `read`."""
        with self._on("") as operation:
            node = self._node(handle)
            check_access(self.volume, node, READ, operation.path)
            return self._read(node, offset, size, operation.path)

    def write_handle(self, handle: Handle, offset: int, data: bytes) -> int:
        """As `write`."""
        with self._on("") as operation:
            node = self._node(handle)
            check_access(self.volume, node, WRITE, operation.path)
            return self._write(node, offset, data, operation.path)

    def truncate_handle(self, handle: Handle, size: int) -> None:
        """As `truncate`."""
        with self._on("") as operation:
            node = self._node(handle)
            check_access(self.volume, node, WRITE, operation.path)
            self._truncate(node, size, operation.path)

    def stat_handle(self, handle: Handle) -> Stat:
        """As `stat`."""
        with self._on(""):
            return self._stat(self._node(handle))

    def close(self, handle: Handle) -> None:
        """Give a handle back; the last one of a file without names frees it."""
        with self._on(""):
            if handle not in self._handles:
                raise fail(errno.EBADF, f"handle {handle}")
            node = self._handles.pop(handle)
            node.opens -= 1
            self.volume.buffers.unpin(node.block)
            if node.doomed and not node.opens:
                self._tree.bury(node)

    # ---- attributes

    def chmod(self, path: str, mode: int) -> None:
        """Set the permissions of a file, or of what a symbolic link leads to."""
        with self._on(path):
            node = self._paths.resolve(path, follow=True)
            check_owner(self.volume, node, path)
            self.volume.sys.xn_call(node.place, "set_mode", (mode & _MODES,))
            self._changed(node)

    def chown(self, path: str, uid: int, gid: int) -> None:
        """Set owner and group, of a symbolic link its own."""
        with self._on(path):
            node = self._paths.resolve(path, follow=False)
            now = node.owner
            wanted = (now[0] if uid == -1 else uid, now[1] if gid == -1 else gid)
            check_owner(self.volume, node, path)
            if self.volume.user and (wanted[0] != now[0] or wanted[1] not in (now[1], self.volume.group)):
                raise fail(errno.EPERM, path)
            self.volume.sys.xn_call(node.place, "set_owner", wanted)
            self._changed(node)

    def utimes(self, path: str, atime: int, mtime: int) -> None:
        """Set the times of the last reading and writing, of a symbolic link its own."""
        with self._on(path):
            node = self._paths.resolve(path, follow=False)
            check_owner(self.volume, node, path)
            if not (0 <= atime < 1 << 32 and 0 <= mtime < 1 << 32):
                raise fail(errno.EINVAL, path)
            self.volume.sys.xn_call(node.place, "set_times", (atime, mtime, self.volume.now))
            self._changed(node)

    def _changed(self, node: Node) -> None:
        self.volume.buffers.change(node.block)
        self._tree.stamp_change(node)
        self.volume.order.commit(node.block)

    # ---- the disk

    def fsync(self, path: str) -> None:
        """Wait until a file, and all changes of names made before, are on the disk."""
        with self._on(path):
            node = self._paths.resolve(path, follow=True)
            self.volume.sync_file(node.number)

    def sync(self) -> None:
        """Wait until everything is on the disk."""
        with self._on(""):
            self.volume.sync()

    def drop_caches(self) -> None:
        """Let go of buffers that are clean."""
        with self._on(""):
            self.volume.drop(self.volume.root)

    def unmount(self) -> None:
        """Write everything, and let go of all buffers."""
        with self._on(""):
            for handle in tuple(self._handles):
                self.close(Handle(handle))
            self.volume.sync()
            self.volume.drop(None)

    # ---- after a crash

    def check(self) -> list[str]:
        """Return what is wrong with the metadata."""
        with self._on(""):
            return survey(self.volume, self.format).findings

    def repair(self) -> list[str]:
        """Set right what a crash can leave behind."""
        with self._on(""):
            done = repair(self.volume, self.format, self._tree)
            self.volume.sync()
            return done
