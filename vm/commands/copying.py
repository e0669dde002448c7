"""Copy files and directories, wherever they are.

In: a place in some files, a place in some others. Out: a copy with permissions, owners, times, symbolic and
hard links, and with holes where the original has zeros. What cannot be copied is reported and left out; what
cannot be written ends it.
"""

from __future__ import annotations

import errno
import posixpath
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from stat import S_IMODE

from vm.commands.files import Files
from vm.commands.walk import walk_tree
from vm.libfs.interface import DIRECTORY, FILE, SYMLINK, Stat
from vm.mount.times import keep_seconds

_CHUNK = 1 << 20
_LARGEST = 1 << 43
"""Bytes of a file: no file system here can hold more, whatever a damaged inode says."""

_HOLE = 4096
_ZEROS = bytes(_HOLE)


@dataclass(frozen=True, slots=True)
class Side:
    """Where files come from, or go to.

    Args:
        files: all that there are.
        name: how a path is called in messages.
    """

    files: Files
    name: Callable[[str], str]


@dataclass(slots=True)
class Copying:
    """One copy, perhaps of many files; state of one call of the command.

    Args:
        source: where from.
        target: where to.
        told: called with each path when it is done.
        left_out: inodes of the source that are not copied: the images themselves.
    """

    source: Side
    target: Side
    told: Callable[[str], None]
    left_out: frozenset[int]
    problems: list[str] = field(default_factory=list)
    _names: dict[int, str] = field(default_factory=dict)

    def copy(self, path: str, to: str, follow: bool) -> None:
        """Copy what is at `path`, with all below it.

        Args:
            path: in the source.
            to: in the target; a file there is overwritten, a directory is filled up.
            follow: if `path` is a symbolic link, what it points to is meant.

        Raises:
            OSError: something cannot be written.
        """
        directories: list[tuple[str, Stat]] = []
        for here, found in walk_tree(self.source.files, path, follow, self._report):
            below = here[len(path) :].lstrip("/")
            there = posixpath.join(to, below) if below else to
            if found.inode in self.left_out:
                self._report(here, OSError("this is an image that is being used: left out"))
                continue
            if found.kind == FILE and found.size > _LARGEST:
                self._report(here, OSError(f"it says that it has {found.size:,} bytes: left out"))
                continue
            with _naming(self.target, there):
                if found.kind == DIRECTORY:
                    self._make_directory(there, found)
                    directories.append((there, found))
                elif found.kind == SYMLINK:
                    self._copy_link(here, there)
                else:
                    self._copy_file(here, there, found)
            self.told(here)
        for there, found in reversed(directories):  # what is made in a directory changes its time
            with _naming(self.target, there):
                self._set_attributes(there, found)

    def _make_directory(self, to: str, found: Stat) -> None:
        target = self.target.files
        there = _stat(target, to)
        if there is None:
            target.mkdir(to, S_IMODE(found.mode) | 0o700)
        elif there.kind != DIRECTORY:
            raise OSError(errno.ENOTDIR, "there is a file, not a directory")

    def _copy_link(self, path: str, to: str) -> None:
        target = self.target.files
        if _stat(target, to) is not None:
            target.unlink(to)
        target.symlink(self.source.files.readlink(path), to)

    def _copy_file(self, path: str, to: str, found: Stat) -> None:
        target = self.target.files
        if found.links > 1 and found.inode in self._names:
            if _stat(target, to) is not None:
                target.unlink(to)
            target.link(self._names[found.inode], to)
            return
        there = _stat(target, to)
        if there is None:
            target.create(to, S_IMODE(found.mode) | 0o600)
        elif there.kind == DIRECTORY:
            raise OSError(errno.EISDIR, "there is a directory, not a file")
        else:
            target.truncate(to, 0)
        if self._copy_content(path, to, found):
            self._set_attributes(to, found)
            self._names[found.inode] = to

    def _copy_content(self, path: str, to: str, found: Stat) -> bool:
        """Return False if the original cannot be read."""
        target = self.target.files
        offset = 0
        while True:
            try:
                data = self.source.files.read(path, offset, _CHUNK)
            except OSError as error:
                self._report(path, error)
                return False
            if not data:
                break
            _write_around_holes(target, to, offset, data)
            offset += len(data)
        target.truncate(to, offset)
        return True

    def _set_attributes(self, to: str, found: Stat) -> None:
        target = self.target.files
        target.chown(to, found.uid, found.gid)
        target.chmod(to, S_IMODE(found.mode))
        target.utimes(to, keep_seconds(found.atime), keep_seconds(found.mtime))

    def _report(self, path: str, error: OSError) -> None:
        self.problems.append(f"{self.source.name(path)}: {error.strerror or error}")


@contextmanager
def _naming(side: Side, path: str) -> Iterator[None]:
    """Have errors say what they are about as the user would say it."""
    try:
        yield
    except OSError as error:
        error.filename = side.name(path)
        raise


def _stat(files: Files, path: str) -> Stat | None:
    try:
        return files.stat(path)
    except FileNotFoundError:
        return None


def _write_around_holes(target: Files, to: str, offset: int, data: bytes) -> None:
    """Write what is not zeros."""
    start = 0
    while start < len(data):
        if data.startswith(_ZEROS, start):
            start += _HOLE
            continue
        end = data.find(_ZEROS, start)
        if end < 0:
            end = len(data)
        else:
            end += -end % _HOLE
            end = min(end, len(data))
        target.write(to, offset + start, data[start:end])
        start = end
