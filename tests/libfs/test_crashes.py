"""Crashes that once broke something, or nearly: small workloads, crashed at every write, sectors mixed.

The crash tester (`vm.crash`) generates its own; these are of the kind that it does not: names so long that a
directory has several sectors and blocks, inodes far from their names.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from runtime.source import Source
from vm.crash.configuration import read_configuration
from vm.crash.parse import parse_workload
from vm.crash.remember import RememberingLibrary
from vm.crash.run import run_crash_tests

WORKLOADS = sorted(path for path in (Path(__file__).parent / "crashes").iterdir())
CONFIGURATIONS = [
    "cffs-grouped-delayed-cached-walked",
    "ffs-spread-delayed-through-walked",
    "cffs-grouped-sync-through-walked",
]


@pytest.fixture(scope="module")
def library(store: Path) -> RememberingLibrary:
    return RememberingLibrary(store)


@pytest.mark.parametrize("path", WORKLOADS, ids=lambda path: path.name)
def test_nothing_is_broken(library: RememberingLibrary, path: Path) -> None:
    workload = parse_workload(Source(path.name, path.read_text()))
    configurations = [read_configuration(name) for name in CONFIGURATIONS]
    report = run_crash_tests([workload], configurations, library=library, mixtures=6)
    assert report.total.booted > 20
    assert [str(each.breach) for each in report.violations] == []
