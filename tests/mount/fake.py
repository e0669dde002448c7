"""A file system in memory, with the interface of library file systems: for tests of what uses one."""

from __future__ import annotations

import errno
import os
import time
from dataclasses import dataclass, field

from vm.libfs.interface import DIRECTORY, FILE, SYMLINK, Handle, Space, Stat


@dataclass
class Node:
    number: int
    kind: int
    mode: int
    content: bytearray = field(default_factory=bytearray)
    names: dict[str, Node] = field(default_factory=dict)
    links: int = 1
    uid: int = 0
    gid: int = 0
    times: list[int] = field(default_factory=lambda: [0, 0, 0])


def _fail(number: int) -> OSError:
    return OSError(number, os.strerror(number))


class Fake:
    """Counts what it is asked in `calls`; `fail_with` is raised at the next call."""

    def __init__(self, longest_name: int = 255) -> None:
        self.root = Node(1, DIRECTORY, 0o755, links=2)
        self.calls: list[str] = []
        self.fail_with: BaseException | None = None
        self.handles: dict[int, Node] = {}
        self._longest = longest_name
        self._next = 2

    def _node(self, path: str, follow: bool = False, depth: int = 0) -> Node:
        node = self.root
        if depth > 8:
            raise _fail(errno.ELOOP)
        parts = [part for part in path.split("/") if part]
        for number, part in enumerate(parts):
            if node.kind != DIRECTORY:
                raise _fail(errno.ENOTDIR)
            if part not in node.names:
                raise _fail(errno.ENOENT)
            node = node.names[part]
            if node.kind == SYMLINK and (follow or number < len(parts) - 1):
                target = node.content.decode()
                base = target if target.startswith("/") else "/".join(["", *parts[:number], target])
                return self._node("/".join([base, *parts[number + 1 :]]), follow, depth + 1)
        return node

    def _parent(self, path: str) -> tuple[Node, str]:
        folder, _, name = path.rpartition("/")
        if len(os.fsencode(name)) > self._longest:
            raise _fail(errno.ENAMETOOLONG)
        node = self._node(folder, follow=True)
        if node.kind != DIRECTORY:
            raise _fail(errno.ENOTDIR)
        return node, name

    def _note(self, call: str) -> None:
        self.calls.append(call)
        if self.fail_with is not None:
            failure, self.fail_with = self.fail_with, None
            raise failure

    def _add(self, path: str, kind: int, mode: int) -> Node:
        parent, name = self._parent(path)
        if name in parent.names or not name:
            raise _fail(errno.EEXIST)
        node = Node(self._next, kind, mode)
        self._next += 1
        parent.names[name] = node
        if kind == DIRECTORY:
            node.links = 2
            parent.links += 1
        return node

    @staticmethod
    def _describe(node: Node) -> Stat:
        size = len(node.content)
        return Stat(
            node.number,
            node.kind,
            node.kind | node.mode,
            node.links,
            node.uid,
            node.gid,
            size,
            -(-size // 4096),
            *node.times,
        )

    def stat(self, path: str, follow: bool = False) -> Stat:
        self._note("stat")
        return self._describe(self._node(path, follow))

    def exists(self, path: str) -> bool:
        try:
            self._node(path)
        except OSError:
            return False
        return True

    def create(self, path: str, mode: int = 0o644) -> None:
        self._note("create")
        self._add(path, FILE, mode)

    def mkdir(self, path: str, mode: int = 0o755) -> None:
        self._note("mkdir")
        self._add(path, DIRECTORY, mode)

    def mknod(self, path: str, mode: int) -> None:
        if mode & 0xF000 != FILE:
            raise _fail(errno.EPERM)
        self._add(path, FILE, mode & 0o7777)

    def symlink(self, target: str, path: str) -> None:
        self._note("symlink")
        self._add(path, SYMLINK, 0o777).content += os.fsencode(target)

    def readlink(self, path: str) -> str:
        node = self._node(path)
        if node.kind != SYMLINK:
            raise _fail(errno.EINVAL)
        return os.fsdecode(bytes(node.content))

    def unlink(self, path: str) -> None:
        self._note("unlink")
        parent, name = self._parent(path)
        node = self._node(path)
        if node.kind == DIRECTORY:
            raise _fail(errno.EISDIR)
        del parent.names[name]
        node.links -= 1

    def rmdir(self, path: str) -> None:
        self._note("rmdir")
        parent, name = self._parent(path)
        node = self._node(path)
        if node.kind != DIRECTORY:
            raise _fail(errno.ENOTDIR)
        if node.names:
            raise _fail(errno.ENOTEMPTY)
        del parent.names[name]
        parent.links -= 1

    def link(self, old: str, new: str) -> None:
        self._note("link")
        node = self._node(old)
        parent, name = self._parent(new)
        if name in parent.names:
            raise _fail(errno.EEXIST)
        parent.names[name] = node
        node.links += 1

    def rename(self, old: str, new: str) -> None:
        self._note("rename")
        node = self._node(old)
        source, name = self._parent(old)
        target, new_name = self._parent(new)
        there = target.names.get(new_name)
        if there is node:
            return
        if there is not None:
            (self.rmdir if there.kind == DIRECTORY else self.unlink)(new)
        del source.names[name]
        target.names[new_name] = node
        if node.kind == DIRECTORY:
            source.links -= 1
            target.links += 1

    def read(self, path: str, offset: int, size: int) -> bytes:
        return self._read(self._node(path, follow=True), offset, size)

    def _read(self, node: Node, offset: int, size: int) -> bytes:
        self._note("read")
        if node.kind == DIRECTORY:
            raise _fail(errno.EISDIR)
        return bytes(node.content[offset : offset + size])

    def write(self, path: str, offset: int, data: bytes) -> int:
        return self._write(self._node(path, follow=True), offset, data)

    def _write(self, node: Node, offset: int, data: bytes) -> int:
        self._note("write")
        if offset > len(node.content):
            node.content.extend(bytes(offset - len(node.content)))
        node.content[offset : offset + len(data)] = data
        node.times[1] = node.times[2] = int(time.time())
        return len(data)

    def truncate(self, path: str, size: int) -> None:
        self._truncate(self._node(path, follow=True), size)

    def _truncate(self, node: Node, size: int) -> None:
        self._note("truncate")
        del node.content[size:]
        node.content.extend(bytes(size - len(node.content)))

    def punch(self, path: str, offset: int, size: int) -> None:
        self._note("punch")
        content = self._node(path).content
        size = max(0, min(size, len(content) - offset))
        content[offset : offset + size] = bytes(size)

    def allocate(self, path: str, offset: int, size: int, keep_size: bool = False) -> None:
        self._note("allocate")
        content = self._node(path).content
        if not keep_size:
            content.extend(bytes(max(0, offset + size - len(content))))

    def open(self, path: str) -> Handle:
        handle = Handle(len(self.calls) + 1000)
        self._note("open")
        self.handles[handle] = self._node(path, follow=True)
        return handle

    def read_handle(self, handle: Handle, offset: int, size: int) -> bytes:
        return self._read(self.handles[handle], offset, size)

    def write_handle(self, handle: Handle, offset: int, data: bytes) -> int:
        return self._write(self.handles[handle], offset, data)

    def stat_handle(self, handle: Handle) -> Stat:
        return self._describe(self.handles[handle])

    def truncate_handle(self, handle: Handle, size: int) -> None:
        self._truncate(self.handles[handle], size)

    def close(self, handle: Handle) -> None:
        self._note("close")
        del self.handles[handle]

    def chmod(self, path: str, mode: int) -> None:
        self._node(path).mode = mode

    def chown(self, path: str, uid: int, gid: int) -> None:
        node = self._node(path)
        node.uid, node.gid = node.uid if uid == -1 else uid, node.gid if gid == -1 else gid

    def utimes(self, path: str, atime: int, mtime: int) -> None:
        self._node(path).times[:2] = [atime, mtime]

    def listdir(self, path: str) -> list[tuple[str, int]]:
        node = self._node(path, follow=True)
        if node.kind != DIRECTORY:
            raise _fail(errno.ENOTDIR)
        return [(name, each.number) for name, each in node.names.items()]

    def statfs(self) -> Space:
        return Space(4096, 1000, 500, self._longest)

    def fsync(self, path: str) -> None:
        self._note("fsync")

    def sync(self) -> None:
        self._note("sync")

    def drop_caches(self) -> None:
        self._note("drop_caches")

    def unmount(self) -> None:
        self._note("unmount")

    def check(self) -> list[str]:
        return []

    def repair(self) -> list[str]:
        return []
