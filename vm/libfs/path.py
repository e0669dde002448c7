"""Paths: from text to inodes, through directories and symbolic links.

In: a path, `/` between names, from the root. Out: a node, or a directory and a name in it.
"""

from __future__ import annotations

import errno

from vm.libfs.access import EXECUTE, check_access
from vm.libfs.directory import look_up, open_directory
from vm.libfs.errors import fail
from vm.libfs.files import Files
from vm.libfs.format import Format
from vm.libfs.inode import Node
from vm.libfs.volume import Volume

MOST_LINKS = 40
"""Symbolic links on one way."""

MOST_BYTES = 4096
"""Of a path."""


def encode_name(name: str) -> bytes:
    """Return a name's bytes; surrogates stand for bytes that are no UTF-8."""
    return name.encode("utf-8", "surrogateescape")


def decode_name(name: bytes) -> str:
    """Return a name as text."""
    return name.decode("utf-8", "surrogateescape")


class Paths:
    """The ways through a volume.

    Args:
        volume: that is walked.
        format_: of the volume.
        files: reads symbolic links.
    """

    def __init__(self, volume: Volume, format_: Format, files: Files) -> None:
        self._volume = volume
        self._format = format_
        self._files = files

    def resolve(self, path: str, follow: bool) -> Node:
        """Return what a path leads to; `follow`: also through a symbolic link at its end.

        Raises:
            OSError: ENOENT, ENOTDIR, ELOOP, ENAMETOOLONG, EACCES.
        """
        names = self._split(path)
        must = path.endswith("/") and bool(names)
        node = self._walk(self._format.find(self._format.root), names, follow or must, path)
        if must and not node.is_directory:
            raise fail(errno.ENOTDIR, path)
        return node

    def resolve_parent(self, path: str) -> tuple[Node, bytes]:
        """Return the directory in which the last name of a path is, and that name.

        Raises:
            OSError: as `resolve`; EINVAL where the last name is `.` or `..`; EEXIST for the root.
        """
        names = self._split(path)
        if not names:
            raise fail(errno.EEXIST, path)
        if names[-1] in (b".", b".."):
            raise fail(errno.EINVAL, path)
        node = self._walk(self._format.find(self._format.root), names[:-1], True, path)
        if not node.is_directory:
            raise fail(errno.ENOTDIR, path)
        if len(names[-1]) > self._format.name_bytes:
            raise fail(errno.ENAMETOOLONG, path)
        check_access(self._volume, node, EXECUTE, path)
        return node, names[-1]

    def _split(self, path: str) -> list[bytes]:
        raw = encode_name(path)
        if not raw:
            raise fail(errno.ENOENT, path)
        if len(raw) > MOST_BYTES:
            raise fail(errno.ENAMETOOLONG, path)
        if b"\0" in raw:
            raise fail(errno.EINVAL, path)
        return [name for name in raw.split(b"/") if name]

    def _walk(self, node: Node, names: list[bytes], follow: bool, path: str) -> Node:
        left = names[::-1]
        links = 0
        while left:
            name = left.pop()
            if not node.is_directory:
                raise fail(errno.ENOTDIR, path)
            check_access(self._volume, node, EXECUTE, path)
            if name == b".":
                continue
            if name == b"..":
                node = self._format.find(node.parent)
                continue
            found = self.step(node, name, path)
            if found.is_symlink and (left or follow):
                links += 1
                if links > MOST_LINKS:
                    raise fail(errno.ELOOP, path)
                target = self._files.read(found, 0, found.length)
                left += [each for each in target.split(b"/") if each][::-1]
                if target.startswith(b"/"):
                    node = self._format.find(self._format.root)
                continue
            node = found
        return node

    def step(self, node: Node, name: bytes, path: str) -> Node:
        """Return what a name in a directory means.

        Raises:
            OSError: ENOENT, ENAMETOOLONG.
        """
        if len(name) > self._format.name_bytes:
            raise fail(errno.ENAMETOOLONG, path)
        found = look_up(self._volume, self._format, open_directory(self._volume, self._format, node), name)
        if found is None:
            raise fail(errno.ENOENT, path)
        return self._format.find(found[0])
