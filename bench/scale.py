"""`make bench-scale`: which of N filters accepts a packet, how fast, and what it costs to change the filters.

In one run, over the same packets: dpfc beside its peers for N = 1 to 100,000, in both orders of the frames;
the shapes of the DPF paper; what a call costs; insertion, deletion, building and checking. Answers are
compared with the right ones before anything is timed. Everything is printed and written to
`bench/results/scale.json`; goals are those of the issue.

    python -m bench.scale               all of it
    python -m bench.scale classify      without insertion and building
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence

from bench import calls, insertion
from bench.caches import describe_caches, list_caches
from bench.contest import Cell, compare_cells, measure, measure_scale
from bench.paper_shapes import DEPTHS, PORT_COUNTS, make_depth_filter, make_port_filters
from bench.peers.contender import Peer
from bench.scale_dpfc import BATCH, SINGLY, find_dpfc
from bench.scale_peers import ORDERS, QUOTED, find_peers, list_results, print_cells, quote_cells
from bench.scale_workload import SIZES, Scale
from bench.timing import (
    Result,
    describe_machine,
    pin_to_one_core,
    print_columns,
    print_results,
    write_results,
)

C_BATCH, C_SINGLY, ACL = "C by hand, batch", "C by hand, one by one", "librte_acl, burst 64"
_RATIO_GOAL = 1.15  # to C by hand, up to 10,000 filters
_FAR_RATIO_GOAL = 2.0  # beyond
_NEAR = 10_000
_QUOTED_PORTS = 15.0  # the least of what is quoted for W2


def measure_workloads() -> tuple[Result, ...]:
    """Measure W1 and W2 beside the peers; print tables and ratios; return figures and goals."""
    contenders = {**find_dpfc(), **find_peers()}
    results: list[Result] = []
    for order in ORDERS:
        cells = (*measure(contenders, order), *quote_cells(order))
        print_cells(cells)
        print_ratios(cells)
        results += list_results(cells)
        results += judge_cells(cells)
    print(f"\ntables of dpfc and of C by hand; data caches: {describe_caches(list_caches())}")
    print_columns(_list_sizes(cells))
    return tuple(results)


def print_ratios(cells: Sequence[Cell]) -> None:
    """Print what dpfc takes for each nanosecond of the others."""
    for ours, theirs in ((BATCH, C_BATCH), (SINGLY, C_SINGLY), (BATCH, SINGLY)):
        ratios = compare_cells(cells, ours, theirs)
        for workload in dict.fromkeys(workload for workload, _ in ratios):
            row = [f"{ratios[workload, size]:.2f}" for size in SIZES if (workload, size) in ratios]
            print(f"  {workload}  {ours} / {theirs}:  {'  '.join(row)}")


def judge_cells(cells: Sequence[Cell]) -> Iterator[Result]:
    """Yield the goals: the ratio to C by hand, and to the figures of the original engine."""
    for (workload, size), ratio in compare_cells(cells, BATCH, C_BATCH).items():
        goal = _RATIO_GOAL if size <= _NEAR else _FAR_RATIO_GOAL
        order = next(cell.order for cell in cells)
        yield Result(f"ratio to C by hand: {workload}, N = {size}, {order}", ratio, "", goal)
    found = {(cell.contender, cell.workload, cell.filters): cell for cell in cells}
    for (contender, workload, size), cell in found.items():
        if contender != BATCH or cell.nanoseconds is None:
            continue
        quoted = found.get((QUOTED, workload, size))
        least = _QUOTED_PORTS if workload == "W2" else None if quoted is None else quoted.nanoseconds
        if least is not None:
            name = f"original DPF engine, as quoted: {workload}, N = {size}, {cell.order}"
            yield Result(name, cell.nanoseconds, "ns/packet", least)


def measure_paper_shapes() -> tuple[Result, ...]:
    """Measure the filters of the DPF paper, every pass in another order."""
    contenders = find_dpfc()
    ports = {
        f"{header} IP header": [
            _measure(contenders, make_port_filters(count, header), count) for count in PORT_COUNTS
        ]
        for header in ("fixed", "variable")
    }
    depths = [_measure(contenders, make_depth_filter(levels), levels) for levels in DEPTHS]
    print("\nthe DPF paper's filters, ns per packet; its tables 2 and 3, and figure 3")
    for title, counts, rows in (
        ("ports =", PORT_COUNTS, ports),
        ("levels of two atoms =", DEPTHS, {"one filter": depths}),
    ):
        lines = [
            (f"{kind}, {name}", *(_show(column, name) for column in columns))
            for kind, columns in rows.items()
            for name in contenders
        ]
        print_columns([(title, *map(str, counts)), *lines])
    return list_results(cell for column in (*ports.values(), depths) for cells in column for cell in cells)


def _measure(contenders: dict[str, Peer], scale: Scale, size: int) -> tuple[Cell, ...]:
    return measure_scale(contenders, scale, size, "fresh")


def _show(cells: Iterable[Cell], contender: str) -> str:
    cell = next(cell for cell in cells if cell.contender == contender)
    return "absent" if cell.nanoseconds is None else f"{cell.nanoseconds:.1f}"


def _list_sizes(cells: Sequence[Cell]) -> list[tuple[str, ...]]:
    """Return for each workload and N what the contenders say of their tables."""
    found = {(cell.contender, cell.workload, cell.filters): cell.note.partition("; ")[2] for cell in cells}
    rows: list[tuple[str, ...]] = [("", BATCH, C_BATCH)]
    for contender, workload, size in found:
        if contender == BATCH:
            sizes = (found[contender, workload, size], found.get((C_BATCH, workload, size), ""))
            rows.append((f"{workload}, N = {size:,}", *sizes))
    return rows


def main(arguments: Sequence[str]) -> None:
    """Run all, or only what classifies; print, and keep the numbers."""
    pin_to_one_core()
    print(", ".join(f"{name}: {value}" for name, value in describe_machine().items()))
    results = [*measure_workloads(), *measure_paper_shapes()]
    whole = arguments != ["classify"]
    overhead = calls.measure()
    print_results("what a call of the Python interface costs, 1,000 filters", overhead)
    results += overhead
    if whole:
        changes = insertion.measure()
        print_results("changing, building and checking", changes)
        results += changes
    goals = [result for result in results if result.goal is not None]
    missed = [result for result in goals if result.met is False]
    print_results(f"goals: {len(goals) - len(missed)} of {len(goals)} met; those that are not", missed)
    write_results("scale" if whole else "scale_classify", results)


if __name__ == "__main__":
    main(sys.argv[1:])
