"""A file system in memory: dictionaries of names, and files. The truth with which the real ones are compared.

In: operations by path. Out: the tree as it is, and its `History`. A call that a POSIX system refuses raises
OSError and changes nothing. Symbolic links are never followed: workloads that would need it do not run.
"""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass, field

from vm.crash.history import ROOT, FileId, History, Kind


@dataclass(slots=True)
class Node:
    """A file as it is now. Directories have `entries`, files `data`, links `target`."""

    kind: Kind
    mode: int
    links: int = 0
    data: bytearray = field(default_factory=bytearray)
    entries: dict[str, FileId] = field(default_factory=dict)
    target: str = ""
    opens: int = 0


class Model:
    """The tree. Paths are relative to the root, which is the path "".

    Attributes:
        nodes: by number, also those without a name that are still open.
        history: of all objects.
    """

    def __init__(self) -> None:
        self.history = History()
        self.nodes: dict[FileId, Node] = {}
        self._next = 0
        root = self._make_node(Kind.DIRECTORY, 0o755)
        self._set_links(root, 1)

    # ---- Looking

    def find(self, path: str) -> FileId:
        """Return the file that `path` means.

        Raises:
            OSError: ENOENT, ENOTDIR.
        """
        file = ROOT
        for name in path.split("/") if path else ():
            node = self.nodes[file]
            if node.kind is not Kind.DIRECTORY:
                raise _refuse(errno.ENOTDIR, path)
            if name not in node.entries:
                raise _refuse(errno.ENOENT, path)
            file = node.entries[name]
        return file

    def exists(self, path: str) -> bool:
        """True if the path means something."""
        try:
            self.find(path)
        except OSError:
            return False
        return True

    def kind(self, path: str) -> Kind | None:
        """Return what is at `path`, None: nothing."""
        return self.nodes[self.find(path)].kind if self.exists(path) else None

    def names(self, file: FileId) -> list[str]:
        """Return all paths of `file`, sorted."""
        if file == ROOT:
            return [""]
        found = [
            f"{parent}/{name}" if parent else name
            for directory, node in self.nodes.items()
            for name, each in node.entries.items()
            if each == file
            for parent in self.names(directory)
        ]
        return sorted(found)

    # ---- Names

    def create(self, path: str, mode: int) -> FileId:
        """Make an empty file."""
        directory, name = self._find_room(path)
        return self._add(directory, name, Kind.FILE, mode)

    def make_directory(self, path: str, mode: int) -> FileId:
        """Make an empty directory."""
        directory, name = self._find_room(path)
        return self._add(directory, name, Kind.DIRECTORY, mode)

    def symlink(self, target: str, path: str) -> FileId:
        """Make a symbolic link."""
        directory, name = self._find_room(path)
        return self._add(directory, name, Kind.SYMLINK, 0o777, target)

    def link(self, old: str, new: str) -> None:
        """Give a file one more name."""
        file = self.find(old)
        directory, name = self._find_room(new)
        if self.nodes[file].kind is Kind.DIRECTORY:
            raise _refuse(errno.EPERM, old)
        self._set_links(file, self.nodes[file].links + 1)
        self._set_entry(directory, name, file)

    def unlink(self, path: str) -> None:
        """Take a name away from a file."""
        directory, name, file = self._find_entry(path)
        if self.nodes[file].kind is Kind.DIRECTORY:
            raise _refuse(errno.EISDIR, path)
        self._set_entry(directory, name, None)
        self._drop(file)

    def remove_directory(self, path: str) -> None:
        """Remove an empty directory."""
        directory, name, file = self._find_entry(path)
        if self.nodes[file].kind is not Kind.DIRECTORY:
            raise _refuse(errno.ENOTDIR, path)
        if self.nodes[file].entries:
            raise _refuse(errno.ENOTEMPTY, path)
        self._set_entry(directory, name, None)
        self._drop(file)

    def rename(self, old: str, new: str) -> None:
        """Move a name, replacing what is at the new one."""
        directory, name, file = self._find_entry(old)
        into, into_name = self._find_parent(new)
        replaced = self.nodes[into].entries.get(into_name)
        self._check_rename(old, new, file, replaced)
        if replaced == file:
            return
        self._set_entry(into, into_name, file)
        self._set_entry(directory, name, None)
        if replaced is not None:
            self._drop(replaced)

    def _check_rename(self, old: str, new: str, file: FileId, replaced: FileId | None) -> None:
        if new == old or f"{new}/".startswith(f"{old}/"):
            raise _refuse(errno.EINVAL, new)
        if replaced is None:
            return
        moved_kind, node = self.nodes[file].kind, self.nodes[replaced]
        if node.kind is Kind.DIRECTORY and moved_kind is not Kind.DIRECTORY:
            raise _refuse(errno.EISDIR, new)
        if node.kind is not Kind.DIRECTORY and moved_kind is Kind.DIRECTORY:
            raise _refuse(errno.ENOTDIR, new)
        if node.entries:
            raise _refuse(errno.ENOTEMPTY, new)

    # ---- Contents

    def write(self, file: FileId, offset: int, data: bytes) -> None:
        """Put bytes into a file."""
        contents = self.nodes[file].data
        self._lengthen(file, offset + len(data), offset)
        contents[offset : offset + len(data)] = data
        self.history.note_contents(file, contents, offset, len(data))

    def lengthen(self, file: FileId, size: int) -> None:
        """Make a file at least `size` bytes long: zeros."""
        self._lengthen(file, size, size)

    def truncate(self, file: FileId, size: int) -> None:
        """Make a file `size` bytes long."""
        contents = self.nodes[file].data
        before = len(contents)
        if size >= before:
            self._lengthen(file, size, size)
            return
        del contents[size:]
        self.history.note_contents(file, contents, size, before - size)
        self.history.note_size(file, size, size)

    def clear(self, file: FileId, offset: int, length: int) -> None:
        """Turn bytes into zeros; the size stays."""
        contents = self.nodes[file].data
        end = min(len(contents), offset + length)
        if end > offset:
            contents[offset:end] = bytes(end - offset)
            self.history.note_contents(file, contents, offset, end - offset)

    def set_mode(self, file: FileId, mode: int) -> None:
        """Change the mode."""
        self.nodes[file].mode = mode
        self.history.note_mode(file, mode)

    # ---- Open files

    def open(self, file: FileId) -> None:
        """Keep a file alive without a name."""
        self.nodes[file].opens += 1

    def close(self, file: FileId) -> None:
        """The opposite of `open`."""
        self.nodes[file].opens -= 1
        self._forget_unused(file)

    # ---- Inside

    def _lengthen(self, file: FileId, size: int, low: int) -> None:
        """Make a file longer, if it is shorter; `low` < `size`: piece by piece."""
        contents = self.nodes[file].data
        before = len(contents)
        if size > before:
            contents.extend(bytes(size - before))
            self.history.note_size(file, before if low < size else size, size)

    def _add(self, directory: FileId, name: str, kind: Kind, mode: int, target: str = "") -> FileId:
        file = self._make_node(kind, mode, target)
        self._set_links(file, 1)
        self._set_entry(directory, name, file)
        return file

    def _make_node(self, kind: Kind, mode: int, target: str = "") -> FileId:
        file = FileId(self._next)
        self._next += 1
        self.nodes[file] = Node(kind, mode, target=target)
        self.history.note_birth(file, kind, mode, target)
        return file

    def _set_entry(self, directory: FileId, name: str, file: FileId | None) -> None:
        entries = self.nodes[directory].entries
        if file is None:
            del entries[name]
        else:
            entries[name] = file
        self.history.note_entry(directory, name, file)

    def _set_links(self, file: FileId, links: int) -> None:
        self.nodes[file].links = links
        self.history.note_links(file, links)

    def _drop(self, file: FileId) -> None:
        self._set_links(file, self.nodes[file].links - 1)
        self._forget_unused(file)

    def _forget_unused(self, file: FileId) -> None:
        node = self.nodes[file]
        if node.links == 0 and node.opens == 0:
            del self.nodes[file]

    def _find_parent(self, path: str) -> tuple[FileId, str]:
        if not path:
            raise _refuse(errno.EBUSY, path)
        parent, _, name = path.rpartition("/")
        directory = self.find(parent)
        if self.nodes[directory].kind is not Kind.DIRECTORY:
            raise _refuse(errno.ENOTDIR, path)
        return directory, name

    def _find_room(self, path: str) -> tuple[FileId, str]:
        directory, name = self._find_parent(path)
        if name in self.nodes[directory].entries:
            raise _refuse(errno.EEXIST, path)
        return directory, name

    def _find_entry(self, path: str) -> tuple[FileId, str, FileId]:
        directory, name = self._find_parent(path)
        if name not in self.nodes[directory].entries:
            raise _refuse(errno.ENOENT, path)
        return directory, name, self.nodes[directory].entries[name]


def _refuse(number: int, path: str) -> OSError:
    return OSError(number, os.strerror(number), path)
