"""A directory of small files named by key: what the verdict cache and the object cache are kept in.

In: a directory, a key (the hexadecimal digest of everything that the data depends on), bytes. Out: the
bytes, or None. A store is only ever a way to save time: every failure to read is a miss, every failure to
write is silence, and nobody believes what it reads from one without checking it. A directory that another
user could write to is not used at all.

An entry is a file `key` with the length of the data as eight bytes, the SHA-256 of the data, and the data: a
truncated or damaged file is a miss.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import tempfile
from pathlib import Path

MAX_ENTRY_BYTES = 64 << 20
_HEADER_BYTES = 8 + 32


def read_entry(directory: Path, key: str) -> bytes | None:
    """Return what was last written under `key`; None: absent, damaged, or `directory` is not safe to use."""
    if not _is_safe(directory):
        return None
    try:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open(_entry_path(directory, key), flags)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_ENTRY_BYTES + _HEADER_BYTES:
                return None
            content = file.read(MAX_ENTRY_BYTES + _HEADER_BYTES)
    except OSError:
        return None
    data = content[_HEADER_BYTES:]
    return data if content[:_HEADER_BYTES] == _make_header(data) else None


def write_entry(directory: Path, key: str, data: bytes) -> None:
    """Keep `data` under `key`, replacing what was there in one step, or do nothing where that fails."""
    if len(data) > MAX_ENTRY_BYTES:
        return
    with contextlib.suppress(OSError):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not _is_safe(directory):
            return
        descriptor, temporary = tempfile.mkstemp(prefix=".new-", dir=directory)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(_make_header(data) + data)
            Path(temporary).replace(_entry_path(directory, key))
        except OSError:
            Path(temporary).unlink(missing_ok=True)


def _entry_path(directory: Path, key: str) -> Path:
    assert key, "a key is a hexadecimal digest"
    assert all(c in "0123456789abcdef" for c in key), "a key is a hexadecimal digest"
    return directory / key


def _is_safe(directory: Path) -> bool:
    """Say whether `directory` is a real directory of this user that nobody else may write to."""
    try:
        status = directory.lstat()
    except OSError:
        return False
    mine = status.st_uid == os.getuid()
    return stat.S_ISDIR(status.st_mode) and mine and not status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _make_header(data: bytes) -> bytes:
    return len(data).to_bytes(8, "little") + hashlib.sha256(data).digest()
