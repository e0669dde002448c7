"""dpfc's own side of `make bench-scale`, `bench-ablation` and `bench-rules` measures what it says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench import ablation, build, insertion, rulesets
from bench.ablation import EVERYTHING, list_versions, measure_set
from bench.ablation_sets import MIXED, FilterSet, make_mixed_set
from bench.caches import Cache, describe_place
from bench.calls import compile_scale
from bench.contest import Cell, check_answers
from bench.paper_shapes import make_port_filters
from bench.peers.acl_rules import AclReport, AclRules, find_acl_rules, write_rows
from bench.peers.contender import Ready, make_frames
from bench.rulesets import RuleBench, compare_set, draw_headers, write_frames
from bench.scale import judge_cells
from bench.scale_dpfc import BATCH, SINGLY, build_scale, count_table_bytes, find_dpfc, load_scale
from bench.scale_peers import QUOTED
from bench.scale_workload import WORKLOADS, Scale, make_ports, make_sessions
from bench.timing import Timing
from dpfc.language.parse import parse_file
from dpfc.optimizations import ALL, NAMES
from dpfc.resolve import resolve_files
from dpfc.rules.naive import first_match
from dpfc.rules.read import read_rules
from runtime.source import Source

RULES = b"""\
@10.0.0.0/8\t0.0.0.0/0\t0 : 65535\t80 : 80\t0x06/0xFF
@10.1.0.0/16\t192.168.0.0/16\t1024 : 65535\t0 : 1023\t0x11/0xFF
@10.1.2.3/32\t192.168.7.0/24\t0 : 65535\t53 : 53\t0x11/0xFF
@0.0.0.0/0\t192.168.0.0/16\t0 : 65535\t0 : 65535\t0x00/0x00
"""


@pytest.mark.parametrize("contender", [BATCH, SINGLY])
@pytest.mark.parametrize("workload, size", [("W1", 1), ("W1", 300), ("W2", 300)])
def test_dpfc_answers_right(contender: str, workload: str, size: int) -> None:
    _check(contender, WORKLOADS[workload](size))


@pytest.mark.parametrize("contender", [BATCH, SINGLY])
def test_dpfc_looks_at_every_header(contender: str) -> None:
    scale = make_sessions(10)
    buffer, lengths, expected = bytearray(scale.packets.buffer), scale.packets.lengths[:], scale.expected[:]
    for index, offset in enumerate(scale.packets.offsets):
        if index % 3 == 0:
            buffer[offset + 23] ^= 1
        if index % 3 == 1:
            lengths[index] = 37
        if index % 3 < 2:
            expected[index] = 0
    packets = replace(scale.packets, buffer=bytes(buffer), lengths=lengths)
    assert any(expected)
    _check(contender, replace(scale, packets=packets, expected=expected))


def _check(contender: str, scale: Scale) -> None:
    prepared = find_dpfc()[contender](scale, make_frames(scale.packets, "fresh"))
    if isinstance(prepared, str):
        pytest.skip(prepared)
    assert isinstance(prepared, Ready)
    prepared.run()
    check_answers(contender, prepared, scale)


def test_table_bytes_are_those_in_use() -> None:
    assert count_table_bytes(load_scale(make_ports(300))) == 4 << 16
    small, large = (count_table_bytes(load_scale(make_sessions(size))) for size in (100, 1_000))
    slots = 2048  # of 16 bytes, at most half full, and a displacement of two bytes for four of them
    assert large == 16 * slots + 2 * slots // 4
    assert small < large / 4


def test_the_nearest_cache_that_holds_a_table_is_named() -> None:
    caches = (Cache(1, 32 << 10), Cache(2, 1 << 20))
    assert describe_place(1 << 10, caches) == "1.0 KB, fits L1"
    assert describe_place((32 << 10) + 1, caches).endswith("fits L2")
    assert describe_place(2 << 20, caches).endswith("in memory")
    assert describe_place(512, ()) == "0.5 KB"


def test_goals_are_ratios_and_quoted_figures() -> None:
    def cell(contender: str, size: int, *rounds: float) -> Cell:
        return Cell(contender, "W1", "fresh", size, rounds[0], "", Timing(rounds))

    cells = [
        cell(BATCH, 10, 12.0, 12.0, 12.0),
        cell("C by hand, batch", 10, 10.0, 10.0, 10.0),
        cell(BATCH, 100_000, 19.0, 19.0, 19.0),
        cell("C by hand, batch", 100_000, 10.0, 10.0, 10.0),
        Cell(QUOTED, "W1", "fresh", 10, 19.0, "quoted"),
    ]
    judged = {result.name: (result.measured, result.goal, result.met) for result in judge_cells(cells)}
    assert judged == {
        "ratio to C by hand: W1, N = 10, fresh": (1.2, 1.15, False),
        "ratio to C by hand: W1, N = 100000, fresh": (1.9, 2.0, True),
        "original DPF engine, as quoted: W1, N = 10, fresh": (12.0, 19.0, True),
    }


def test_insertion_measures_every_call_and_leaves_nothing_behind() -> None:
    sessions = make_sessions(50)
    rows = insertion.draw_sessions(40, set(sessions.rows))
    assert len(set(rows) - set(sessions.rows)) == 40
    classifier = compile_scale(sessions)
    results = [*insertion.measure_single(classifier, rows), *insertion.measure_bulk(classifier, rows)]
    assert len(results) == 6
    assert all(result.measured > 0 and result.goal for result in results)
    frame = sessions.packets.buffer[:64]
    assert classifier.classify(frame) == ((sessions.expected[0],) if sessions.expected[0] else ())


def test_building_says_how_long_each_phase_took(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scale = make_sessions(20)
    filters, rows = tmp_path / "conn.dpf", tmp_path / "rows.csv"
    filters.write_text(scale.dpf)
    rows.write_text(scale.csv_text())
    build.main([str(filters), scale.template, str(rows)])
    printed = capsys.readouterr().out
    assert '"filters": 20' in printed
    assert '"check"' in printed
    assert build.read_peak() == 0 or build.read_peak() > 1 << 20


def test_ablation_has_a_version_without_each() -> None:
    versions = list_versions()
    assert len(versions) == len(NAMES) + 2
    assert versions[EVERYTHING] == ALL
    assert all(not getattr(versions[f"no {name}"], name) for name in NAMES)


def test_versions_of_an_ablation_answer_alike(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scale = make_port_filters(3, "fixed")
    filters = FilterSet("ports", scale.dpf, "", "", scale.packets)
    versions = {
        name: one for name, one in list_versions().items() if name in (EVERYTHING, "no merge", "no tables")
    }
    cells = {"ports": measure_set(filters, versions, tmp_path)}
    assert all(cell.code_bytes and cell.nanoseconds and cell.ratio for cell in cells["ports"].values())
    assert cells["ports"][EVERYTHING].ratio == 1.0
    ablation.print_tables(cells)
    assert "no merge" in capsys.readouterr().out
    assert len(ablation.list_results(cells)) == 9


def test_the_mixed_set_has_all_its_filters() -> None:
    file = parse_file(Source("mixed.dpf", make_mixed_set().dpf))
    assert len(resolve_files((file,), 1).filters) == MIXED


def test_filters_are_numbered_as_the_frames_expect() -> None:
    (table,) = build_scale(make_sessions(40)).tables
    assert sorted(table.rows.ids.tolist()) == list(range(1, 41))


def _make_rule_bench() -> RuleBench:
    rules = read_rules("tiny", RULES)
    headers = draw_headers(rules, 640)
    expected = (first_match(rules, headers) + 1).astype(np.uint32)
    return RuleBench("tiny", rules, headers, write_frames(headers), expected, expected)


def test_rule_sets_are_built_and_checked(capsys: pytest.CaptureFixture[str]) -> None:
    one = _make_rule_bench()
    assert len(set(one.expected.tolist())) > 2
    found = compare_set(one, "it is not there")
    assert min(found.nanoseconds, found.abreast, found.memory, found.seconds) > 0
    rulesets.print_comparisons([found])
    assert "librte_acl: absent: it is not there" in capsys.readouterr().out
    assert [result.goal for result in rulesets.list_results(found)] == [None] * 5


def test_a_wrong_rule_stops_the_comparison() -> None:
    one = _make_rule_bench()
    with pytest.raises(AssertionError, match="packet 0"):
        compare_set(replace(one, expected=one.expected + np.uint32(1)), "it is not there")


def test_rows_for_librte_acl_are_prefixes() -> None:
    rows = write_rows(read_rules("tiny", RULES))
    assert rows[:, 1].tolist() == [8, 16, 32, 0]
    assert rows[:, 3].tolist() == [0, 16, 24, 16]
    assert rows[:, 8:].tolist() == [[6, 255], [17, 255], [17, 255], [0, 0]]


def test_librte_acl_answers_right() -> None:
    acl = find_acl_rules()
    if not isinstance(acl, AclRules):
        pytest.skip(acl)
    one = _make_rule_bench()
    report = acl.measure(one.rules, one.frames)
    assert isinstance(report, AclReport)
    assert report.answers.tolist() == one.expected.tolist()
