"""Life goes on after a crash: use the file system that was repaired, and see that nobody else is hurt.

In: a file system, the tree that it shows, and how to mount it again. Out: sentences that say what went wrong.
What is made here takes blocks and inodes that recovery calls free; if they are not, somebody's contents or
pointers change. What a repair has noted in core only is gone when the disk is mounted again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from vm.crash.found import Found
from vm.crash.history import FileId, Kind
from vm.crash.marks import fill_bytes
from vm.crash.read import read_tree
from vm.libfs.interface import FileSystem

_NAME = "/life goes on"
_NOBODY = FileId(0xFFF)
_BYTES = 53_000
"""More than the direct pointers of an inode reach."""


def live_on(files: FileSystem, tree: Found, mount: Callable[[], FileSystem]) -> Iterator[str]:
    """Make a directory with two files, remove it again, mount again; `tree` is what must be left.

    Raises:
        OSError: something cannot be done.
    """
    yield from _use(files)
    yield from _compare(files, tree, "in the end")
    files.unmount()
    yield from _compare(mount(), tree, "mounted again")


def _use(files: FileSystem) -> Iterator[str]:
    files.mkdir(_NAME)
    for number in (1, 2):
        path = f"{_NAME}/{number}"
        data = fill_bytes(_NOBODY, number, 0, _BYTES // number)
        files.create(path)
        files.write(path, 0, data)
        files.sync()
        if files.read(path, 0, _BYTES) != data:
            yield f"the new file {number} does not hold what was written"
    yield from (f"with new files, {finding}" for finding in files.check())
    files.rename(f"{_NAME}/1", f"{_NAME}/3")
    files.unlink(f"{_NAME}/3")
    files.unlink(f"{_NAME}/2")
    files.rmdir(_NAME)
    files.sync()


def _compare(files: FileSystem, tree: Found, when: str) -> Iterator[str]:
    yield from (f"{when}, {finding}" for finding in files.check())
    if _forget_directory_sizes(read_tree(files)) != _forget_directory_sizes(tree):
        yield f"{when}, other files than the new ones have changed"


def _forget_directory_sizes(found: Found) -> Found:
    """Return a tree without the sizes of directories, which a name that has come and gone may change."""
    below = {name: _forget_directory_sizes(each) for name, each in found.entries.items()}
    return replace(found, entries=below, size=0 if found.kind is Kind.DIRECTORY else found.size)
