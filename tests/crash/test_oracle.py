"""The oracle accepts what a perfect file system may show, and names everything else."""

from __future__ import annotations

from itertools import islice

import pytest

from runtime.source import Source
from tests.crash.ace import read_all
from tests.crash.trees import edit, judge, judge_model, run_model, show_model
from vm.crash.found import Found
from vm.crash.generate import PATHS, generate_sequences, sample_sequences
from vm.crash.history import Kind
from vm.crash.marks import FREED, NEVER_WRITTEN, describe_bytes, fill_bytes, find_contents, find_poison
from vm.crash.parse import parse_workload
from vm.crash.workload import Workload

TREE = "# define\n" + "\n".join(PATHS) + "\n# run\n"


def _read(*lines: str) -> Workload:
    return parse_workload(Source("w", TREE + "\n".join(lines)))


def _tree(workload: Workload, last: int | None = None) -> Found:
    return show_model(run_model(workload, last).model)


WORKLOADS = [*read_all()[::4], *islice(generate_sequences(2), 0, None, 200), *sample_sequences(3, 25, 5)]


def test_whole_operations_in_order_are_always_allowed() -> None:
    """A file system that commits everything, operation by operation, never breaks a promise."""
    judged = 0
    for workload in WORKLOADS:
        model = run_model(workload).model
        points = [0, *(point.time for point in model.history.points)]
        trees = [_tree(workload, last) for last in range(len(workload.run) + 1)]
        for started in range(len(workload.run) + 1):
            for completed in {started, max(0, started - 1)}:
                first = max(time for time in points if time <= completed)
                for last in range(first, started + 1):
                    assert judge_model(model, trees[last], completed, started) == [], (workload.name, last)
                    judged += 1
    assert judged > 1_000


def test_older_trees_than_the_last_sync_are_not() -> None:
    """If the tree at a sync was never like this again, an older one breaks a promise."""
    refused = 0
    for workload in WORKLOADS:
        model = run_model(workload).model
        for sync in (point.time for point in model.history.points if point.files is None):
            trees = [_tree(workload, last) for last in range(len(workload.run) + 1)]
            for last in range(sync):
                if trees[last] not in trees[sync:]:
                    assert judge_model(model, trees[last], len(workload.run)), (workload.name, last)
                    refused += 1
    assert refused > 50


SETUP = ("open foo O_RDWR|O_CREAT 0777", "write foo 0 5000", "mkdir A 0777", "sync")

CASES: dict[str, tuple[tuple[str, ...], dict[str, dict[str, object]], str]] = {
    "nothing changed": ((), {}, ""),
    "a name is gone": ((), {"": {"entries": {"foo": None}}}, "name lost"),
    "a directory is gone": ((), {"": {"entries": {"A": None}}}, "name lost"),
    "a name from nowhere": ((), {"A": {"entries": {"x": Found(7, Kind.FILE, 0, 1, 0)}}}, "name invented"),
    "another file": ((), {"foo": {"number": 7}}, "name astray"),
    "another kind": ((), {"foo": {"kind": Kind.SYMLINK}}, "name astray"),
    "shorter": ((), {"foo": {"size": 4096, "data": fill_bytes(1, 2, 0, 4096)}}, "size"),
    "not all read": ((), {"foo": {"data": fill_bytes(1, 2, 0, 4096)}}, "size"),
    "links": ((), {"foo": {"links": 2}}, "links"),
    "mode": ((), {"foo": {"mode": 0o600}}, "mode"),
    "zeros": ((), {"foo": {"data": bytes(5000)}}, "contents"),
    "another file's bytes": ((), {"foo": {"data": fill_bytes(2, 2, 0, 5000)}}, "contents"),
    "bytes of another place": ((), {"foo": {"data": fill_bytes(1, 2, 512, 5000)}}, "contents"),
    "half a sector": (
        ("write foo 0 5000",),
        {"foo": {"data": fill_bytes(1, 5, 0, 256) + fill_bytes(1, 2, 256, 4744)}},
        "contents",
    ),
    "one new sector": (
        ("write foo 0 5000",),
        {
            "foo": {
                "data": fill_bytes(1, 2, 0, 512) + fill_bytes(1, 5, 512, 512) + fill_bytes(1, 2, 1024, 3976)
            }
        },
        "",
    ),
    "fsync, and an old sector": (
        ("write foo 0 5000", "fsync foo"),
        {"foo": {"data": fill_bytes(1, 2, 0, 512) + fill_bytes(1, 5, 512, 4488)}},
        "contents",
    ),
    "half an append": (
        ("write foo 5000 5000",),
        {"foo": {"size": 8192, "data": fill_bytes(1, 2, 0, 5000) + bytes(3192)}},
        "",
    ),
    "longer than any append": (
        ("write foo 5000 5000",),
        {"foo": {"size": 10001, "data": fill_bytes(1, 2, 0, 5000) + bytes(5001)}},
        "size",
    ),
    "cut, not synced": (
        ("truncate foo 2500",),
        {"foo": {"size": 2500, "data": fill_bytes(1, 2, 0, 2500)}},
        "",
    ),
    "cut halfway": (
        ("truncate foo 2500",),
        {"foo": {"size": 4096, "data": fill_bytes(1, 2, 0, 4096)}},
        "size",
    ),
    "a hole, not synced": (
        ("falloc foo FALLOC_FL_PUNCH_HOLE|FALLOC_FL_KEEP_SIZE 0 512",),
        {"foo": {"data": bytes(512) + fill_bytes(1, 2, 512, 4488)}},
        "",
    ),
    "created, not synced": (("open bar O_RDWR|O_CREAT 0777",), {}, ""),
    "created, fsynced": (("open bar O_RDWR|O_CREAT 0777", "fsync bar"), {}, "name lost"),
    "created, its directory fsynced": (("open Abar O_RDWR|O_CREAT 0777", "fsync A"), {}, "name lost"),
    "created, another file fsynced": (("open Abar O_RDWR|O_CREAT 0777", "fsync foo"), {}, "name lost"),
    "unlinked, not synced": (("unlink foo",), {"": {"entries": {"foo": None}}}, ""),
    "unlinked, directory fsynced": (("unlink foo", "fsync test"), {}, "name invented"),
    "renamed, old": (("rename foo Afoo",), {}, ""),
    "renamed, neither": (("rename foo Afoo",), {"": {"entries": {"foo": None}}}, "file lost"),
    "written, another file fsynced": (
        ("write foo 0 5000", "open bar O_RDWR|O_CREAT 0777", "fsync test"),
        {"": {"entries": {"bar": Found(103, Kind.FILE, 0o777, 1, 0)}}},
        "",
    ),
    "renamed, fsynced, old": (("rename foo Afoo", "fsync Afoo"), {}, "name lost"),
    "attribute set": (("fsetxattr foo",), {"foo": {"mode": 0o700}}, ""),
}


@pytest.mark.parametrize("lines, changes, rule", CASES.values(), ids=CASES)
def test_each_rule(lines: tuple[str, ...], changes: dict[str, dict[str, object]], rule: str) -> None:
    workload = _read(*SETUP, *lines)
    tree = _tree(workload, len(SETUP))
    for path, change in changes.items():
        tree = edit(tree, path, **change)
    rules = [breach.rule for breach in judge(workload, tree, len(workload.run))]
    assert rules[:1] == ([rule] if rule else []), rules


def test_a_rename_may_be_seen_half_done_but_a_directory_has_one_name() -> None:
    file = _read(*SETUP, "rename foo Afoo")
    foo = _tree(file, len(SETUP)).entries["foo"]
    for links, rules in ((2, []), (1, ["links"])):
        one = edit(foo, "", links=links)
        both = edit(edit(_tree(file, len(SETUP)), "A", entries={"foo": one}), "", entries={"foo": one})
        assert [breach.rule for breach in judge(file, both, len(file.run))] == rules
    directory = _read(*SETUP, "rename A B")
    tree = _tree(directory, len(SETUP))
    twice = edit(tree, "", entries={"B": tree.entries["A"]})
    assert [breach.rule for breach in judge(directory, twice, len(directory.run))] == ["two parents"]


def test_an_operation_under_way_may_have_happened_but_is_not_promised() -> None:
    workload = _read(*SETUP, "unlink foo", "sync")
    old, new = _tree(workload, len(SETUP)), _tree(workload, len(SETUP) + 1)
    assert judge(workload, old, len(SETUP), len(SETUP) + 1) == []
    assert judge(workload, new, len(SETUP), len(SETUP) + 1) == []
    assert [breach.rule for breach in judge(workload, new, len(SETUP))] == ["name lost", "file lost"]
    assert [breach.rule for breach in judge(workload, old, len(SETUP) + 2)] == ["name invented"]


def test_replacing_a_file_never_leaves_the_name_empty() -> None:
    workload = _read("open foo O_RDWR|O_CREAT 0777", "open bar O_RDWR|O_CREAT 0777", "sync", "rename foo bar")
    tree = edit(_tree(workload, 3), "", entries={"bar": None})
    assert [breach.rule for breach in judge(workload, tree, 4)] == ["name lost"]


def test_bytes_tell_where_they_come_from() -> None:
    data = fill_bytes(3, 17, 0, 100_000)
    assert data[77:5077] == fill_bytes(3, 17, 77, 5000)
    assert len({data[at : at + 16] for at in range(0, len(data), 16)}) == 6250
    assert describe_bytes(data[512:1024]) == "byte 512 of file 3 as operation 17 wrote it"
    assert describe_bytes(bytes(512)) == "zeros"
    assert describe_bytes(b"\1" * 512).startswith("unknown bytes 01 01")
    assert "before anything" in describe_bytes(NEVER_WRITTEN[5:] + NEVER_WRITTEN[:5])
    assert "free for everybody" in describe_bytes(FREED * 32)
    assert find_poison(bytes(512) + NEVER_WRITTEN * 32) == "was never written"
    assert find_poison(FREED * 32) == "was free for everybody"
    assert find_poison(data) is None
    assert find_contents(bytes(40) + data[:512]) == "byte 0 of file 3 as operation 17 wrote it"
    assert find_contents(bytes(512)) is None
