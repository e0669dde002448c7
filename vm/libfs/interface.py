"""What both file systems offer to whoever uses them: commands, FUSE, benchmarks, the crash tester.

In: paths, `/` between names, from the root of the file system; names are text, bytes that are no UTF-8 as
surrogates. Out: what POSIX says, and `OSError` with its errno. There is no current directory, and no process:
who asks is whose capability the system calls present.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NewType, Protocol, TypeAlias

Handle = NewType("Handle", int)

Writes: TypeAlias = Literal["delayed", "synchronous"]

DIRECTORY, FILE, SYMLINK = 0x4000, 0x8000, 0xA000
"""Kinds of files, S_IFDIR, S_IFREG, S_IFLNK."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a mounted file system behaves.

    Args:
        writes: `delayed`, ordered by XN's taint and dependencies; or `synchronous`, as in the 1990s: metadata
            go to the disk before a call returns.
        grouping: place the small files of a directory side by side, and move them as one.
        temporary: of `make` only: gone after a reboot, and so without any order of XN's. With `synchronous`
            it is what a file system of the 1990s was, which no kernel watched.
        shared: other environments change the same file system: believe nothing that was seen before.
        buffers: blocks that are kept in core.
        dirty: of these, that may wait to be written.
        epoch: what the clock showed at time 0, in seconds.
    """

    writes: Writes = "delayed"
    grouping: bool = True
    temporary: bool = False
    shared: bool = False
    buffers: int = 8192
    dirty: int = 2048
    epoch: int = 0


@dataclass(frozen=True, slots=True)
class Stat:
    """A file's inode: `mode` with the kind in its upper bits, `blocks` of 4,096 bytes, times in seconds."""

    inode: int
    kind: int
    mode: int
    links: int
    uid: int
    gid: int
    size: int
    blocks: int
    atime: int
    mtime: int
    ctime: int


@dataclass(frozen=True, slots=True)
class Space:
    """Blocks of 4,096 bytes, and names; `free` counts those that wait for a write, too."""

    block_bytes: int
    blocks: int
    free: int
    name_bytes: int


class FileSystem(Protocol):
    """A mounted file system. Every call raises OSError and has then changed nothing that can be seen."""

    def stat(self, path: str, follow: bool = False) -> Stat:
        """Return the inode of `path`; `follow`: what a symbolic link leads to."""

    def exists(self, path: str) -> bool:
        """Say whether there is such a name."""

    def create(self, path: str, mode: int = 0o644) -> None:
        """Make an empty file."""

    def mkdir(self, path: str, mode: int = 0o755) -> None:
        """Make an empty directory."""

    def mknod(self, path: str, mode: int) -> None:
        """Make a file of the kind in `mode`: regular ones only (EPERM)."""

    def unlink(self, path: str) -> None:
        """Take a file's name away, and the file with its last one."""

    def rmdir(self, path: str) -> None:
        """Remove an empty directory."""

    def rename(self, old: str, new: str) -> None:
        """Give a file another name; what had that name is replaced."""

    def link(self, old: str, new: str) -> None:
        """Give a file one name more."""

    def symlink(self, target: str, path: str) -> None:
        """Make a symbolic link."""

    def readlink(self, path: str) -> str:
        """Return where a symbolic link leads."""

    def read(self, path: str, offset: int, size: int) -> bytes:
        """Return up to `size` bytes."""

    def write(self, path: str, offset: int, data: bytes) -> int:
        """Store bytes; return how many, fewer only where the disk is full."""

    def truncate(self, path: str, size: int) -> None:
        """Set a file's size; what is new reads as zeros."""

    def punch(self, path: str, offset: int, size: int) -> None:
        """Make a hole; the size of the file remains."""

    def allocate(self, path: str, offset: int, size: int, keep_size: bool = False) -> None:
        """Make room on the disk; what is new reads as zeros."""

    def open(self, path: str) -> Handle:
        """Return a handle, by which the file lives even when its last name goes."""

    def read_handle(self, handle: Handle, offset: int, size: int) -> bytes:
        """As `read`."""

    def write_handle(self, handle: Handle, offset: int, data: bytes) -> int:
        """As `write`."""

    def truncate_handle(self, handle: Handle, size: int) -> None:
        """As `truncate`."""

    def stat_handle(self, handle: Handle) -> Stat:
        """As `stat`."""

    def close(self, handle: Handle) -> None:
        """Give a handle back."""

    def chmod(self, path: str, mode: int) -> None:
        """Set the permissions of a file, or of what a symbolic link leads to: links have all of them."""

    def chown(self, path: str, uid: int, gid: int) -> None:
        """Set owner and group, of a symbolic link its own; -1 leaves one as it is."""

    def utimes(self, path: str, atime: int, mtime: int) -> None:
        """Set the times of the last reading and writing, of a symbolic link its own."""

    def listdir(self, path: str) -> list[tuple[str, int]]:
        """Return names and inode numbers, without `.` and `..`."""

    def statfs(self) -> Space:
        """Return how much room there is."""

    def fsync(self, path: str) -> None:
        """Wait until the file is on the disk, and every change of names made before."""

    def sync(self) -> None:
        """Wait until everything is on the disk."""

    def drop_caches(self) -> None:
        """Let go of buffers that are clean: what follows reads the disk."""

    def unmount(self) -> None:
        """Write everything, and let go of all buffers; the object is of no more use."""

    def check(self) -> list[str]:
        """Return what is wrong with the metadata; changes nothing."""

    def repair(self) -> list[str]:
        """After a crash: set link counts right, free what has no name; return what was done."""
