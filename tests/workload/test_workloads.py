"""Each workload at a small size on both file systems: it ends, costs always the same, and does no damage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from vm.workload import programs
from vm.workload.bench_fs import BenchOptions, list_configurations, run_bench
from vm.workload.install import STEPS, run_install
from vm.workload.large_file import run_large_file
from vm.workload.rig import BOTH, NEITHER, Configuration, Rig, Step, make_rig
from vm.workload.small_files import run_small_files
from vm.workload.source_tree import generate_tree
from vm.xn.types import TypeLibrary

DISK_BYTES = 64 << 20
TREE = generate_tree(files=12)
WORKLOADS: dict[str, Callable[[Rig], tuple[Step, ...]]] = {
    "small files": lambda rig: run_small_files(rig, 120),
    "install, cold": lambda rig: run_install(rig, TREE),
    "install, warm": lambda rig: run_install(rig, TREE, cold=False),
    "large file": lambda rig: run_large_file(rig, 3 << 20),
}
CORNERS = [
    Configuration(each.kind, each.grouping, writes)
    for each in (BOTH, NEITHER)
    for writes in ("delayed", "synchronous", "temporary")
]


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> TypeLibrary:
    return TypeLibrary(tmp_path_factory.getbasetemp().parent / "store" / "xok")


@pytest.mark.parametrize("workload", WORKLOADS)
@pytest.mark.parametrize("configuration", CORNERS, ids=lambda each: f"{each.kind}-{each.writes}")
def test_a_workload_leaves_a_clean_file_system(
    workload: str, configuration: Configuration, library: TypeLibrary
) -> None:
    rig = make_rig(configuration, library, DISK_BYTES)
    steps = WORKLOADS[workload](rig)
    assert rig.files.check() == []
    for step in steps:
        assert step.usage.elapsed >= step.usage.waiting
        assert step.usage.requests == step.usage.reads + step.usage.writes
        assert step.usage.requests > 0 or "warm" in workload, "nothing is in core when a step begins"
        assert step.usage.elapsed >= step.usage.busy - step.usage.computing


@pytest.mark.parametrize("kind", (BOTH, NEITHER), ids=lambda each: each.kind)
def test_virtual_time_is_the_same_each_time(kind: Configuration, library: TypeLibrary) -> None:
    first, second = (run_small_files(make_rig(kind, library, DISK_BYTES), 100) for _ in range(2))
    assert first == second


@pytest.mark.parametrize("kind", (BOTH, NEITHER), ids=lambda each: each.kind)
def test_programs_do_what_they_say(kind: Configuration, library: TypeLibrary) -> None:
    rig = make_rig(kind, library, DISK_BYTES)
    assert tuple(step.name for step in run_install(rig, TREE)) == STEPS
    files = rig.files
    assert sorted(name for name, _ in files.listdir("/w")) == [
        "archive.tar",
        "archive.tar.gz",
        "copy.tar",
        "packed.tar",
        "packed.tar.gz",
    ]
    programs.uncompress(rig, "/w/packed.tar.gz", "/w/again.tar")
    programs.unpack(rig, "/w/again.tar", "/w/again")
    for path, data in TREE.files:
        assert files.read(f"/w/again/{path}", 0, len(data) + 1) == data


@pytest.mark.parametrize("kind", (BOTH, NEITHER), ids=lambda each: each.kind)
def test_diff_finds_what_differs(kind: Configuration, library: TypeLibrary) -> None:
    rig = make_rig(kind, library, DISK_BYTES)
    for top in ("/a", "/b"):
        rig.files.mkdir(top)
        programs.write_file(rig.files, f"{top}/same", b"same")
    programs.write_file(rig.files, "/a/only here", b"")
    rig.files.mkdir("/b/only there")
    programs.write_file(rig.files, "/a/other", bytes(70_000))
    programs.write_file(rig.files, "/b/other", bytes(69_999) + b"1")
    programs.write_file(rig.files, "/a/longer", b"12")
    programs.write_file(rig.files, "/b/longer", b"1")
    assert programs.compare_trees(rig, "/a", "/b") == ["longer", "only here", "only there", "other"]


def test_the_bench_runs_what_it_is_told(library: TypeLibrary, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"text")
    told: list[str] = []
    options = BenchOptions(files=(20,), quick=True, tree=tmp_path, disk_bytes=DISK_BYTES)
    report = run_bench(options, library, told.append)
    assert told == [
        "small files, 20: C-FFS, grouping, delayed",
        "small files, 20: FFS, no grouping, delayed",
        "install, cold: C-FFS, grouping, delayed",
        "install, cold: FFS, no grouping, delayed",
    ]
    assert "small files: 20 of 1 KB" in report.text()
    assert "install, cold: eleven programs over a tree of 1 files" in report.text()


def test_all_configurations_are_the_two_by_two_three_times() -> None:
    found = list(list_configurations(quick=False))
    assert len(set(found)) == 12


@pytest.mark.parametrize(("kind", "writes"), ((BOTH, 1), (NEITHER, 2)), ids=("cffs", "ffs"))
def test_synchronous_metadata_cost_what_they_did(
    kind: Configuration, writes: int, library: TypeLibrary
) -> None:
    """In 1996: inode and name of a new file, in one sector or in two blocks; data went out later."""
    count = 100
    rig = make_rig(Configuration(kind.kind, kind.grouping, "synchronous"), library, DISK_BYTES)
    create, *_, delete = run_small_files(rig, count)
    data = count if kind is NEITHER else count // 10
    assert writes * count <= create.usage.writes <= writes * count + data + 10
    assert writes * count <= delete.usage.writes <= writes * count + 10
