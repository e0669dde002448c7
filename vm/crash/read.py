"""Read the whole tree of a file system through the library that was mounted.

In: a library's file system. Out: `Found` values.
"""

from __future__ import annotations

import stat

from vm.crash.found import Found
from vm.crash.history import Kind
from vm.libfs.interface import FileSystem


def read_tree(files: FileSystem) -> Found:
    """Return the root directory, and all that is below it.

    Raises:
        OSError: something cannot be read.
    """
    return _read(files, "/", {})


def _read(files: FileSystem, path: str, known: dict[int, Found]) -> Found:
    """Return what is at `path`; `known` are the files that were read under another name."""
    status = files.stat(path)
    if status.inode in known:
        return known[status.inode]
    kind, mode = _KINDS.get(stat.S_IFMT(status.mode), Kind.FILE), stat.S_IMODE(status.mode)
    data, target = b"", ""
    entries: dict[str, Found] = {}
    match kind:
        case Kind.DIRECTORY:
            start = path.rstrip("/")
            known[status.inode] = Found(
                status.inode, kind, mode, status.links, status.size
            )  # a loop ends here
            entries = {name: _read(files, f"{start}/{name}", known) for name, _ in files.listdir(path)}
        case Kind.FILE:
            data = files.read(path, 0, status.size)
        case Kind.SYMLINK:
            target = files.readlink(path)
    found = Found(status.inode, kind, mode, status.links, status.size, data, target, entries)
    known[status.inode] = found
    return found


_KINDS = {stat.S_IFDIR: Kind.DIRECTORY, stat.S_IFLNK: Kind.SYMLINK}
