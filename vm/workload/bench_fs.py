"""The engine of `xok bench fs`: which workloads run on which configurations, in which order.

In: `BenchOptions`. Out: a `Report`. Each run has a machine of its own, in memory, so that none sees another's
disk; virtual times are the same everywhere and every time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from vm.workload.install import run_install
from vm.workload.report import Report
from vm.workload.rig import (
    BOTH,
    DISK_BYTES,
    NEITHER,
    Configuration,
    FileSystemKind,
    Writes,
    drive_without_read_ahead,
    make_rig,
)
from vm.workload.run import Run
from vm.workload.small_files import NO_READ_AHEAD, SMALL_FILES, run_small_files
from vm.workload.source_tree import SourceTree, generate_tree, read_tree
from vm.xn.types import TypeLibrary

DRIVE = "Seagate Barracuda ST32171W"

_KINDS: tuple[FileSystemKind, ...] = ("cffs", "ffs")
_WRITES: tuple[Writes, ...] = ("delayed", "synchronous", "temporary")


@dataclass(frozen=True, slots=True)
class BenchOptions:
    """What to run.

    Args:
        files: sizes of the small-file workload.
        small, install: which workloads.
        quick: C-FFS with both techniques against FFS with neither, delayed writes; else all of the 2 x 2,
            and all orders of writes.
        tree: what to install; None: a tree that is generated.
        disk_bytes: how large the disks are.
    """

    files: tuple[int, ...] = (1000,)
    small: bool = True
    install: bool = True
    quick: bool = False
    tree: Path | None = None
    disk_bytes: int = DISK_BYTES


def run_bench(options: BenchOptions, library: TypeLibrary, progress: Callable[[str], None]) -> Report:
    """Run what `options` asks for.

    Args:
        options: what to run.
        library: types that were proved already.
        progress: is told of each run.

    Raises:
        OSError: `options.tree` cannot be read.
    """
    tree = generate_tree() if options.tree is None else read_tree(options.tree)
    runs = []
    for size in options.files if options.small else ():
        for configuration in list_configurations(options.quick):
            progress(f"{SMALL_FILES}, {size:,}: {configuration.name}, {configuration.writes}")
            rig = make_rig(configuration, library, options.disk_bytes)
            runs.append(Run(SMALL_FILES, size, configuration, run_small_files(rig, size)))
        if not options.quick:
            runs += list(_run_without_read_ahead(size, options, library, progress))
    if options.install:
        runs += list(_install(options, tree, library, progress))
    return Report(DRIVE, tuple(runs))


def list_configurations(quick: bool) -> Iterator[Configuration]:
    """Yield the 2 x 2 of embedding and grouping for each order of writes; quick: the corners."""
    if quick:
        yield from (BOTH, NEITHER)
        return
    for writes in _WRITES:
        for kind in _KINDS:
            for grouping in (True, False):
                yield Configuration(kind, grouping, writes)


def _run_without_read_ahead(
    size: int, options: BenchOptions, library: TypeLibrary, progress: Callable[[str], None]
) -> Iterator[Run]:
    """Yield the small-file workload on a drive that reads nothing but what it is asked for: the corners."""
    for corner in (BOTH, NEITHER):
        progress(f"{NO_READ_AHEAD}, {size:,}: {corner.name}")
        rig = make_rig(corner, library, options.disk_bytes, drive_without_read_ahead())
        yield Run(NO_READ_AHEAD, size, corner, run_small_files(rig, size))


def _install(
    options: BenchOptions, tree: SourceTree, library: TypeLibrary, progress: Callable[[str], None]
) -> Iterator[Run]:
    """Yield the runs of the install workload: only the corners, cold and warm."""
    for cold in (True,) if options.quick else (True, False):
        workload = "install, cold" if cold else "install, warm"
        for writes in _WRITES[:1] if options.quick else _WRITES:
            for corner in (BOTH, NEITHER):
                configuration = Configuration(corner.kind, corner.grouping, writes)
                progress(f"{workload}: {configuration.name}, {writes}")
                rig = make_rig(configuration, library, options.disk_bytes)
                yield Run(workload, len(tree.files), configuration, run_install(rig, tree, cold))
