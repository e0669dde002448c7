"""Findings of earlier runs, kept with all that they depend on: files read, and files that were not there.

In: the name of a file. Out: its finding, without the parser being loaded, or None.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from runtime.command.files import digest_toolchain, read_bytes
from runtime.command.findings import Finding, read_finding, write_finding
from runtime.store import read_entry, write_entry
from udfc.language.find import find_file


@dataclass(frozen=True, slots=True)
class Sources:
    """What a finding depends on.

    Args:
        read: paths and contents.
        absent: paths at which a file would have been read instead.
    """

    read: tuple[tuple[str, bytes], ...] = ()
    absent: tuple[str, ...] = ()


def recall_finding(cache: Path | None, name: str) -> Finding | None:
    """Return what was found of the file `name`, if nothing has changed since.

    Raises:
        OSError: the file cannot be read.
    """
    if cache is None or name == "-":
        return None
    known = read_entry(cache, _make_key(name))
    if known is None:
        return None
    kept = json.loads(known)
    same = all(_digest_file(path) == digest for path, digest in kept["read"])
    if not same or any(Path(path).exists() for path in kept["absent"]):
        return None
    return read_finding(kept["finding"].encode())


def keep_finding(cache: Path | None, name: str, finding: Finding, sources: Sources) -> None:
    """Keep an acceptance."""
    if cache is None or name == "-":
        return
    kept = {
        "finding": write_finding(finding).decode(),
        "read": [(path, hashlib.sha256(content).hexdigest()) for path, content in sources.read],
        "absent": sources.absent,
    }
    write_entry(cache, _make_key(name), json.dumps(kept).encode())


def _make_key(name: str) -> str:
    parts: Iterable[object] = ("udfc check", digest_toolchain(), name, read_bytes(find_file(name)))
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _digest_file(path: str) -> str:
    try:
        return hashlib.sha256(read_bytes(path)).hexdigest()
    except OSError:
        return ""
