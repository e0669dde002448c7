"""Proofs that were done before: acceptances on disk, by a digest of everything that they depend on.

In: a directory, a function, a policy. Out: the statistics of an earlier acceptance, or None. Refusals are
not kept: they are computed again, with their counterexample. Who can write to the directory can forge
acceptances, so `runtime.store` uses only directories that nobody but this user may write to.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, fields
from pathlib import Path

from runtime import limits
from runtime.check.judgement import Statistics
from runtime.ir.nodes import Function
from runtime.ir.printer import print_function
from runtime.policy import Policy
from runtime.store import read_entry, write_entry

VERSION = 3
"""To be raised with every change to the checker or to the meaning of the IR."""


def make_key(function: Function, policy: Policy) -> str:
    """Return the digest of all that a verdict depends on."""
    bounds = (
        limits.Z3_SEED,
        limits.Z3_RLIMIT,
        limits.Z3_TOTAL_RLIMIT,
        limits.MAX_QUERIES,
        limits.MAX_UNROLLED,
    )
    text = f"check {VERSION} {bounds!r}\n{policy!r}\n{print_function(function)}"
    return hashlib.sha256(text.encode()).hexdigest()


def recall_acceptance(directory: Path, key: str) -> Statistics | None:
    """Return the statistics of an acceptance kept under `key`; None: there is none that can be read."""
    data = read_entry(directory, key)
    if data is None:
        return None
    try:
        numbers = json.loads(data)
    except (ValueError, RecursionError):
        return None
    names = {field.name for field in fields(Statistics)}
    if not isinstance(numbers, dict) or set(numbers) != names:
        return None
    if not all(type(number) is int and number >= 0 for number in numbers.values()):
        return None
    return Statistics(**numbers)


def keep_acceptance(directory: Path, key: str, statistics: Statistics) -> None:
    """Keep an acceptance under `key`."""
    write_entry(directory, key, json.dumps(asdict(statistics), sort_keys=True).encode())
