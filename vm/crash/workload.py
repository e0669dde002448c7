"""A workload: paths, and what is done with them. Read by `parse`, made by `generate`, printed by `write`.

In: a name, paths and operations. Out: a `Workload`.
"""

from __future__ import annotations

from dataclasses import dataclass

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


def name_path(path: str) -> str:
    """Return how operations name `path`: without its slashes."""
    return path.replace("/", "") or ROOT_NAME
