"""What a file system does, in a few lines: a tree of dictionaries.

In: the calls of `vm.libfs.interface.FileSystem`. Out: the same answers, and OSError with the same errno.
Inode numbers, times and blocks are nobody's business here.
"""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass, field

NAME_BYTES = {"cffs": 120, "ffs": 255}


@dataclass(eq=False)
class Inode:
    kind: str  # "file", "directory", "link"
    content: bytearray = field(default_factory=bytearray)
    names: dict[str, Inode] = field(default_factory=dict)
    target: str = ""
    links: int = 1
    parent: Inode | None = None
    mode: int = 0


def fail(number: int) -> OSError:
    return OSError(number, os.strerror(number))


class Model:
    """A file system that is only what POSIX says."""

    def __init__(self, name_bytes: int) -> None:
        self.root = Inode("directory", links=2, mode=0o755)
        self.root.parent = self.root
        self.name_bytes = name_bytes
        self.handles: dict[int, Inode] = {}

    # ---- ways

    def walk(self, path: str, follow: bool) -> Inode:
        names = [name for name in path.split("/") if name]
        return self._walk(self.root, names, follow, [0])

    def _walk(self, node: Inode, names: list[str], follow: bool, links: list[int]) -> Inode:
        for place, name in enumerate(names):
            if node.kind != "directory":
                raise fail(errno.ENOTDIR)
            if name == "..":
                assert node.parent is not None
                node = node.parent
                continue
            if len(os.fsencode(name)) > self.name_bytes:
                raise fail(errno.ENAMETOOLONG)
            if name not in node.names:
                raise fail(errno.ENOENT)
            found = node.names[name]
            if found.kind == "link" and (follow or place < len(names) - 1):
                links[0] += 1
                if links[0] > 40:
                    raise fail(errno.ELOOP)
                start = self.root if found.target.startswith("/") else node
                inner = [each for each in found.target.split("/") if each]
                return self._walk(start, inner + names[place + 1 :], follow, links)
            node = found
        return node

    def place(self, path: str) -> tuple[Inode, str]:
        names = [name for name in path.split("/") if name]
        if not names:
            raise fail(errno.EEXIST)
        parent = self._walk(self.root, names[:-1], True, [0])
        if parent.kind != "directory":
            raise fail(errno.ENOTDIR)
        if len(os.fsencode(names[-1])) > self.name_bytes:
            raise fail(errno.ENAMETOOLONG)
        return parent, names[-1]

    def file(self, path: str) -> Inode:
        node = self.walk(path, True)
        if node.kind == "directory":
            raise fail(errno.EISDIR)
        return node

    # ---- names

    def _add(self, path: str, node: Inode) -> None:
        parent, name = self.place(path)
        if name in parent.names:
            raise fail(errno.EEXIST)
        parent.names[name] = node
        if node.kind == "directory":
            node.parent = parent
            parent.links += 1

    def create(self, path: str, mode: int = 0o644) -> None:
        self._add(path, Inode("file", mode=mode))

    def mkdir(self, path: str, mode: int = 0o755) -> None:
        self._add(path, Inode("directory", links=2, mode=mode))

    def symlink(self, target: str, path: str) -> None:
        self._add(path, Inode("link", target=target, mode=0o777))

    def readlink(self, path: str) -> str:
        node = self.walk(path, False)
        if node.kind != "link":
            raise fail(errno.EINVAL)
        return node.target

    def link(self, old: str, new: str) -> None:
        node = self.walk(old, False)
        self.place(new)
        if node.kind == "directory":
            raise fail(errno.EPERM)
        self._add(new, node)
        node.links += 1

    def unlink(self, path: str) -> None:
        parent, name = self.place(path)
        if name not in parent.names:
            raise fail(errno.ENOENT)
        if parent.names[name].kind == "directory":
            raise fail(errno.EISDIR)
        parent.names.pop(name).links -= 1

    def rmdir(self, path: str) -> None:
        parent, name = self.place(path)
        if name not in parent.names:
            raise fail(errno.ENOENT)
        node = parent.names[name]
        if node.kind != "directory":
            raise fail(errno.ENOTDIR)
        if node.names:
            raise fail(errno.ENOTEMPTY)
        del parent.names[name]
        parent.links -= 1

    def rename(self, old: str, new: str) -> None:
        source, name = self.place(old)
        target, to = self.place(new)
        if name not in source.names:
            raise fail(errno.ENOENT)
        node = source.names[name]
        if node.kind == "directory":
            above: Inode | None = target
            while above is not None and above is not self.root:
                if above is node:
                    raise fail(errno.EINVAL)
                above = above.parent
        there = target.names.get(to)
        if there is node:
            return
        if there is not None:
            if there.kind == "directory":
                if node.kind != "directory":
                    raise fail(errno.EISDIR)
                if there.names:
                    raise fail(errno.ENOTEMPTY)
                target.links -= 1
            elif node.kind == "directory":
                raise fail(errno.ENOTDIR)
            there.links -= 1
        del source.names[name]
        target.names[to] = node
        if node.kind == "directory":
            source.links -= 1
            target.links += 1
            node.parent = target

    # ---- bytes

    def read(self, path: str, offset: int, size: int) -> bytes:
        return bytes(self.file(path).content[offset : offset + size])

    def write(self, path: str, offset: int, data: bytes) -> int:
        return self.store(self.file(path), offset, data)

    def store(self, node: Inode, offset: int, data: bytes) -> int:
        if data:
            node.content += bytes(max(0, offset - len(node.content)))
            node.content[offset : offset + len(data)] = data
        return len(data)

    def truncate(self, path: str, size: int) -> None:
        node = self.file(path)
        node.content = node.content[:size] + bytes(max(0, size - len(node.content)))

    def punch(self, path: str, offset: int, size: int) -> None:
        node = self.file(path)
        end = min(offset + size, len(node.content))
        if offset < end:
            node.content[offset:end] = bytes(end - offset)

    def allocate(self, path: str, offset: int, size: int, keep_size: bool = False) -> None:
        node = self.file(path)
        if not keep_size:
            node.content += bytes(max(0, offset + size - len(node.content)))

    # ---- handles, attributes

    def open(self, path: str) -> int:
        node = self.file(path)
        handle = len(self.handles)
        self.handles[handle] = node
        return handle

    def chmod(self, path: str, mode: int) -> None:
        self.walk(path, True).mode = mode

    def listdir(self, path: str) -> list[str]:
        node = self.walk(path, True)
        if node.kind != "directory":
            raise fail(errno.ENOTDIR)
        return sorted(node.names)

    def stat(self, path: str) -> tuple[str, int, int, int]:
        node = self.walk(path, False)
        size = {"file": len(node.content), "link": len(os.fsencode(node.target)), "directory": 0}[node.kind]
        return node.kind, node.mode, node.links, size

    def tree(self) -> dict[str, object]:
        """Return all paths, and what they hold."""
        found: dict[str, object] = {}

        def visit(node: Inode, path: str) -> None:
            for name, each in node.names.items():
                here = f"{path}/{name}"
                if each.kind == "directory":
                    found[here] = None
                    visit(each, here)
                else:
                    found[here] = each.target if each.kind == "link" else bytes(each.content)

        visit(self.root, "")
        return found
