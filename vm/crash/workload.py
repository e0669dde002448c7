"""A workload: paths, and what is done with them. Read by `parse`, made by `generate`, printed by `write`.

In: a name, paths and operations. Out: a `Workload`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from runtime.diagnostic import Diagnostic, Refused
from runtime.source import Source, Span
from vm.crash.operation import Operation

ROOT_NAME = "test"
"""What ACE calls the root of the file system."""


@dataclass(frozen=True, slots=True)
class Workload:
    """Operations on a small tree.

    Args:
        name: for reports: the file's name, or the sequence that was generated.
        paths: all that may be named, without "" (the root).
        setup: done, and synced, before the first crash.
        run: done while the machine may crash.
    """

    name: str
    paths: tuple[str, ...]
    setup: tuple[Operation, ...]
    run: tuple[Operation, ...]


MAKE = Workload("make", (), (), ())
"""Formats are crashed, too: this one makes the file system itself, on a disk that was only formatted."""


def make_storm(seed: int, moves: int) -> Workload:
    """Return a workload without operations whose name says all: see `vm.crash.storm`."""
    return Workload(f"storm-{seed}-{moves}", (), (), ())


def read_storm(workload: Workload) -> tuple[int, int]:
    """Return seed and moves of a storm.

    Raises:
        Refused: ACE008 the name does not say.
    """
    match = re.fullmatch(r"storm-([0-9]{1,9})-([0-9]{1,5})", workload.name)
    if match is None:
        place = Span(Source(workload.name, ""), 0, 0)
        raise Refused(
            Diagnostic("ACE008", f"`{workload.name}` is no storm", place, ("for instance storm-7-300",))
        )
    return int(match[1]), int(match[2])


def name_path(path: str) -> str:
    """Return how operations name `path`: without its slashes."""
    return path.replace("/", "") or ROOT_NAME
