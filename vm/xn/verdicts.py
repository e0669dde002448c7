"""Sets of types that were proved before: one entry for a whole set, so that a boot reads one file.

In: a directory, the digest of a set's download form. Out: which methods are tested, or None. The key covers
the toolchain's own files, so a changed prover proves again. `runtime.store` uses only directories that nobody
but this user may write to. Refusals are not kept.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from runtime.command.files import digest_toolchain
from runtime.store import read_entry, write_entry


def make_key(digest: bytes) -> str:
    """Return the key of a set whose download form has the SHA-256 `digest`."""
    return hashlib.sha256(f"set {digest_toolchain()} {digest.hex()}".encode()).hexdigest()


def recall_tested(directory: Path, key: str) -> frozenset[tuple[str, str]] | None:
    """Return the (template, method) that are tested, of a set that was proved; None: it was not."""
    data = read_entry(directory, key)
    if data is None:
        return None
    try:
        rows = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(rows, list) or not all(map(_is_row, rows)):
        return None
    return frozenset((row[0], row[1]) for row in rows)


def _is_row(row: object) -> bool:
    return isinstance(row, list) and len(row) == 2 and all(type(each) is str for each in row)


def keep_tested(directory: Path, key: str, tested: frozenset[tuple[str, str]]) -> None:
    """Keep that a set was proved, but for the methods of `tested`."""
    write_entry(directory, key, json.dumps(sorted(tested)).encode())
