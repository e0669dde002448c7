"""Files in words: a line of `ls -l`, names that any disk may contain, values for JSON.

In: attributes. Out: text.

    -rw-r--r--   1     0     0        123 2026-01-31 12:00:00 name -> target
"""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta

from vm.libfs.interface import DIRECTORY, FILE, SYMLINK, Stat

_KINDS = {FILE: "file", DIRECTORY: "directory", SYMLINK: "symbolic link"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def show_name(name: str) -> str:
    """Return a name without control characters, which a terminal would obey, and without broken ones."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in name)


def show_kind(found: Stat) -> str:
    """Return what it is."""
    return _KINDS.get(found.kind, "of unknown kind")


def show_mode(found: Stat) -> str:
    """Return `-rw-r--r--`."""
    return stat.filemode(found.mode)


def show_time(seconds: int) -> str:
    """Return date and time in UTC."""
    return (_EPOCH + timedelta(seconds=seconds)).strftime("%Y-%m-%d %H:%M:%S")


def show_line(found: Stat, name: str, target: str | None) -> str:
    """Return a line of `ls -l`."""
    line = (
        f"{show_mode(found)} {found.links:>3} {found.uid:>5} {found.gid:>5} {found.size:>10} "
        f"{show_time(found.mtime)} {show_name(name)}"
    )
    return line if target is None else f"{line} -> {show_name(target)}"


def describe_file(found: Stat, path: str, target: str | None) -> dict[str, object]:
    """Return a file as programs want it; times are seconds since 1970."""
    described: dict[str, object] = {
        "path": path,
        "kind": show_kind(found),
        "inode": found.inode,
        "mode": stat.S_IMODE(found.mode),
        "links": found.links,
        "uid": found.uid,
        "gid": found.gid,
        "size": found.size,
        "blocks": found.blocks,
        "atime": found.atime,
        "mtime": found.mtime,
        "ctime": found.ctime,
    }
    return described if target is None else described | {"target": target}
