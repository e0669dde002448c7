"""Reports: what they compare, and what they say where a goal is missed."""

from __future__ import annotations

import json

from vm.machine.costs import CYCLES_PER_SECOND
from vm.workload.meter import Usage
from vm.workload.report import Report
from vm.workload.rig import BOTH, NEITHER, Configuration, Step, Writes
from vm.workload.run import Run, compare_steps, describe_limits, list_pairs
from vm.workload.tables import format_columns

FAST = Usage(
    elapsed=CYCLES_PER_SECOND,
    waiting=CYCLES_PER_SECOND // 2,
    requests=10,
    reads=10,
    sectors_read=1280,
    transfer=CYCLES_PER_SECOND // 2,
)
SLOW = Usage(
    elapsed=6 * CYCLES_PER_SECOND,
    waiting=5 * CYCLES_PER_SECOND,
    requests=100,
    reads=100,
    sectors_read=800,
    seek=3 * CYCLES_PER_SECOND,
    rotation=2 * CYCLES_PER_SECOND,
    hits=7,
)


def make_runs(workload: str, ours: Usage, theirs: Usage, writes: Writes = "delayed") -> tuple[Run, ...]:
    return tuple(
        Run(workload, 1000, Configuration(each.kind, each.grouping, writes), (Step("read", 1000, usage),))
        for each, usage in ((BOTH, ours), (NEITHER, theirs))
    )


def test_usage_adds_and_subtracts_every_field() -> None:
    assert FAST + SLOW - FAST == SLOW
    assert (FAST + SLOW).seconds == 7
    assert FAST.computing == CYCLES_PER_SECOND // 2


def test_a_comparison_counts_time_and_requests() -> None:
    found = compare_steps(Step("read", 1000, FAST), Step("read", 1000, SLOW))
    assert (found.faster, found.fewer) == (6.0, 10.0)


def test_limits_name_the_largest_part_first() -> None:
    line = describe_limits(Step("read", 1000, SLOW))
    assert line == (
        "6.00 ms a file: seek 50%, rotation 33%, computing 17%; "
        "100 requests of 4 KB (7 answered by the drive's buffer)"
    )


def test_goals_that_are_met_need_no_excuse() -> None:
    text = Report("drive", make_runs("small files", FAST, SLOW)).text()
    assert "NOT MET" not in text
    assert "what limits" not in text
    assert "C-FFS, grouping, delayed / FFS, no grouping, delayed" in text


def test_goals_that_are_missed_are_explained() -> None:
    text = Report("drive", make_runs("small files", SLOW, FAST)).text()
    assert "NOT MET" in text
    assert "what limits them:" in text
    assert "seek 50%" in text


def test_the_install_workload_names_its_best_step() -> None:
    text = Report("drive", make_runs("install, cold", FAST, SLOW)).text()
    assert "best step: read, 6.00 times as fast (goal, up to 4: met)" in text


def test_delayed_and_synchronous_are_compared_across() -> None:
    runs = [*make_runs("small files", FAST, SLOW), *make_runs("small files", FAST, SLOW, "synchronous")]
    assert len(list_pairs(runs)) == 3
    assert list_pairs(runs[:1]) == []


def test_json_has_every_number() -> None:
    document = json.loads(Report("drive", make_runs("small files", FAST, SLOW)).json())
    assert document["drive"] == "drive"
    assert document["runs"][1]["steps"][0]["usage"]["seek"] == SLOW.seek
    (comparison,) = document["comparisons"]
    assert comparison["steps"][0] == {"name": "read", "faster": 6.0, "fewer": 10.0}
    assert comparison["steps"][1]["name"] == "total"


def test_columns_put_numbers_to_the_right() -> None:
    assert list(format_columns([("a", "1"), ("bb", "22")])) == ["  a    1", "  bb  22"]
