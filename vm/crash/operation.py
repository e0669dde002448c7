"""What a workload does to a file system: one value for each operation.

In: nothing. Out: the operations of ACE (the workload generator of CrashMonkey, OSDI 2018), as frozen values,
and `VERBS`, the table from which they are read and written:

    mkdir A 0777                                 MakeDirectory("A")
    open Afoo O_RDWR|O_CREAT 0777                Open("A/foo", create=True, truncate=False)
    falloc foo FALLOC_FL_KEEP_SIZE 30768 5000    Allocate("foo", zero=False, punch=False, keep_size=True, ...)
    fsync ACbar                                  Fsync("A/C/bar")

Paths are relative to the file system's root, which is the path "". Modes of files are read and forgotten: ACE
gives all files 0777. Extended attributes do not exist in our file systems; `fsetxattr` and `removexattr` are
run as changes of the mode, which are the same thing to a crash: a few bytes of the inode.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

WriteHow: TypeAlias = Literal["write", "dwrite", "mmapwrite"]


@dataclass(frozen=True, slots=True)
class MakeDirectory:
    """mkdir(2)."""

    path: str


@dataclass(frozen=True, slots=True)
class RemoveDirectory:
    """rmdir(2)."""

    path: str


@dataclass(frozen=True, slots=True)
class Open:
    """open(2) of a file; `creat` is an open that creates and truncates."""

    path: str
    create: bool
    truncate: bool


@dataclass(frozen=True, slots=True)
class OpenDirectory:
    """open(2) with O_DIRECTORY, so that there is something to fsync."""

    path: str


@dataclass(frozen=True, slots=True)
class Close:
    """close(2) of what the last `open` of this path has opened."""

    path: str


@dataclass(frozen=True, slots=True)
class Link:
    """link(2): one more name."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Symlink:
    """symlink(2): `path` becomes a link that says `target`."""

    target: str
    path: str


@dataclass(frozen=True, slots=True)
class Unlink:
    """unlink(2)."""

    path: str


@dataclass(frozen=True, slots=True)
class Remove:
    """remove(3): unlink(2) of a file, rmdir(2) of a directory."""

    path: str


@dataclass(frozen=True, slots=True)
class Rename:
    """rename(2): what `new` meant is replaced."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Write:
    """Of the three ways, `dwrite` (O_DIRECT, O_SYNC) and `mmapwrite` (msync) return when it is durable."""

    path: str
    offset: int
    length: int
    how: WriteHow


@dataclass(frozen=True, slots=True)
class Truncate:
    """truncate(2): shorter, or longer with zeros."""

    path: str
    size: int


@dataclass(frozen=True, slots=True)
class Allocate:
    """fallocate(2).

    Args:
        zero: FALLOC_FL_ZERO_RANGE: the bytes become zeros.
        punch: FALLOC_FL_PUNCH_HOLE: the same, and their blocks are given back.
        keep_size: FALLOC_FL_KEEP_SIZE: the file does not become longer.
    """

    path: str
    zero: bool
    punch: bool
    keep_size: bool
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class SetAttribute:
    """fsetxattr(2)."""

    path: str


@dataclass(frozen=True, slots=True)
class RemoveAttribute:
    """removexattr(2)."""

    path: str


@dataclass(frozen=True, slots=True)
class Fsync:
    """fsync(2), or fdatasync(2), of a file or a directory."""

    path: str
    data_only: bool


@dataclass(frozen=True, slots=True)
class Sync:
    """sync(2): everything."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """ACE's mark behind a point of persistence: what was promised must hold from here on."""

    number: int


@dataclass(frozen=True, slots=True)
class Nothing:
    """ACE's `none`."""


Operation: TypeAlias = (
    MakeDirectory
    | RemoveDirectory
    | Open
    | OpenDirectory
    | Close
    | Link
    | Symlink
    | Unlink
    | Remove
    | Rename
    | Write
    | Truncate
    | Allocate
    | SetAttribute
    | RemoveAttribute
    | Fsync
    | Sync
    | Checkpoint
    | Nothing
)

Operand: TypeAlias = Literal["path", "number", "mode", "open flags", "falloc flags"]

VERBS: dict[str, tuple[Operand, ...]] = {
    "mkdir": ("path", "mode"),
    "rmdir": ("path",),
    "open": ("path", "open flags", "mode"),
    "creat": ("path", "mode"),
    "opendir": ("path", "mode"),
    "close": ("path",),
    "link": ("path", "path"),
    "symlink": ("path", "path"),
    "unlink": ("path",),
    "remove": ("path",),
    "rename": ("path", "path"),
    "write": ("path", "number", "number"),
    "dwrite": ("path", "number", "number"),
    "mmapwrite": ("path", "number", "number"),
    "truncate": ("path", "number"),
    "falloc": ("path", "falloc flags", "number", "number"),
    "fsetxattr": ("path",),
    "removexattr": ("path",),
    "fsync": ("path",),
    "fdatasync": ("path",),
    "sync": (),
    "checkpoint": ("number",),
    "none": (),
}
"""What stands behind each verb."""

OPEN_FLAGS = (
    "O_RDONLY",
    "O_WRONLY",
    "O_RDWR",
    "O_CREAT",
    "O_TRUNC",
    "O_APPEND",
    "O_EXCL",
    "O_DIRECTORY",
    "O_SYNC",
    "O_DIRECT",
)
ALLOCATE_FLAGS = ("0", "FALLOC_FL_KEEP_SIZE", "FALLOC_FL_PUNCH_HOLE", "FALLOC_FL_ZERO_RANGE")
