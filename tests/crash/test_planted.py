"""Each planted bug is found by a workload that finds nothing in the kernel and libraries as they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from vm.crash.configuration import read_configuration
from vm.crash.parse import decode_workload, parse_workload
from vm.crash.planted.bug import Bug
from vm.crash.planted.kernel import KERNEL_BUGS
from vm.crash.planted.library import LIBRARY_BUGS
from vm.crash.remember import RememberingLibrary
from vm.crash.report import render_report
from vm.crash.run import run_crash_tests
from vm.crash.workload import MAKE, Workload, make_storm

FOLDER = Path(__file__).parent / "planted"

STORM = "storm-spread-delayed"
CFFS, CFFS_SYNC = "cffs-grouped-delayed", "cffs-grouped-sync"
FFS, FFS_SYNC = "ffs-spread-delayed", "ffs-spread-sync"

EVIDENCE: dict[str, tuple[str, str, set[str]]] = {
    # bug: workload, machine, rules of which one is broken first
    "taint-unchecked": ("create", f"{CFFS}-through-ordered", {"metadata written"}),
    "taint-stops-at-parent": ("storm-0-200", f"{STORM}-through-ordered", {"data written"}),
    "data-untainted": ("storm-0-80", f"{STORM}-through-walked", {"data written"}),
    "dependency-ignored": ("rename", f"{CFFS}-through-ordered", {"file lost"}),
    "dependency-dropped": ("rename", f"{FFS}-through-ordered", {"file lost"}),
    "early-reuse": ("unlink", f"{CFFS}-cached-walked", {"data written"}),
    "reuse-when-submitted": ("unlink", f"{FFS}-through-ordered", {"data written"}),
    "flush-forgotten": ("create", f"{FFS}-cached-walked", {"metadata written"}),
    "cache-believed": ("unlink", f"{FFS}-cached-walked", {"data written"}),
    "bytes-taken-late": ("storm-0-80", f"{STORM}-through-walked", {"dependency", "metadata written"}),
    "root-before-block": ("make", f"{CFFS}-cached-ordered", {"metadata written", "owned is not free"}),
    "types-before-form": ("make", f"{FFS}-through-walked", {"trusted", "nothing lost"}),
    "map-after-pointer": ("create", f"{CFFS}-through-ordered", {"owned is not free"}),
    "clean-flag-stays": ("create", f"{CFFS}-cached-walked", {"owned is not free"}),
    "clean-before-map": ("create", f"{FFS}-through-walked", {"owned is not free"}),
    "map-not-rebuilt": ("create", f"{FFS}-cached-walked", {"owned is not free"}),
    "recovery-skips-depth": ("create", f"{CFFS}-cached-walked", {"owned is not free"}),
    "recovery-skips-partition": ("create", f"{FFS}-cached-walked", {"owned is not free"}),
    "recovery-skips-root": ("create", f"{FFS}-cached-walked", {"owned is not free"}),
    "name-before-inode": ("link", f"{FFS}-cached-walked", {"order"}),
    "inode-freed-before-name": ("unlink", f"{FFS}-cached-walked", {"contents", "order"}),
    "link-before-target": ("symlink", f"{FFS_SYNC}-through-walked", {"target"}),
    "name-twice": ("again", f"{CFFS}-cached-walked", {"order"}),
    "name-before-way": ("again", f"{FFS}-cached-walked", {"order"}),
    "replaced-unmarked": ("replace", f"{CFFS}-through-walked", {"name lost"}),
    "rename-removes-first": ("rename", f"{CFFS}-through-walked", {"file lost"}),
    "fsync-forgets-inode": ("create", f"{CFFS_SYNC}-cached-walked", {"size"}),
    "fsync-forgets-names": ("create", f"{FFS}-cached-walked", {"name lost"}),
    "fsync-forgets-data": ("overwrite", f"{CFFS}-through-walked", {"contents"}),
    "fsync-forgets-indirect": ("indirect", f"{FFS}-through-walked", {"contents", "size"}),
    "sync-without-flush": ("create", f"{FFS}-cached-walked", {"name lost", "nothing lost"}),
    "repair-forgets-counts": ("link", f"{CFFS}-cached-walked", {"check"}),
    "repair-forgets-orphans": ("create", f"{FFS}-cached-walked", {"check"}),
    "repair-stays-in-core": ("unlink", f"{FFS}-cached-walked", {"life"}),
    "repair-does-nothing": ("link", f"{FFS}-through-walked", {"check"}),
}


def _read(name: str) -> Workload:
    if name.startswith("storm-"):
        _, seed, moves = name.split("-")
        return make_storm(int(seed), int(moves))
    return (
        MAKE
        if name == MAKE.name
        else parse_workload(decode_workload(name, (FOLDER / f"{name}.ace").read_bytes()))
    )


def test_every_bug_has_evidence() -> None:
    names = [bug.name for bug in (*KERNEL_BUGS, *LIBRARY_BUGS)]
    assert len(names) == len(set(names)) >= 20
    assert set(names) == set(EVIDENCE)


@pytest.mark.parametrize("bug", (*KERNEL_BUGS, *LIBRARY_BUGS), ids=lambda bug: bug.name)
def test_planted_bugs_are_found(bug: Bug, library: RememberingLibrary) -> None:
    name, machine, rules = EVIDENCE[bug.name]
    report = run_crash_tests(
        [_read(name)], [read_configuration(machine)], library=library, bug=bug, fail_fast=True
    )
    assert report.violations, f"`{bug.name}` was not found: {bug.says}"
    assert report.violations[0].breach.rule in rules, render_report(report)


@pytest.mark.parametrize("name, machine", sorted({(name, machine) for name, machine, _ in EVIDENCE.values()}))
def test_without_the_bug_there_is_nothing(name: str, machine: str, library: RememberingLibrary) -> None:
    report = run_crash_tests([_read(name)], [read_configuration(machine)], library=library)
    assert not report.violations, render_report(report)
