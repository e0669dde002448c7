"""How long it takes to find out how a hundred thousand filters relate.

In: rows made here, and the ClassBench sets of `../shared/data/rules` where they are. Timed is the analysis,
from rows in memory to findings with witnesses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np

from bench.timing import Result, pin_to_one_core, print_results, time_rounds, write_results
from dpfc.formula import Arithmetic, Field, Number, Shift, Start, Test
from dpfc.merge.boolean import NodeId
from dpfc.rules.read import read_rules
from dpfc.shapes.relate import Order, relate_rows
from dpfc.shapes.shadow import Shadows, find_shadowed
from dpfc.shapes.shape import Rows, Shape
from runtime.diagnostic import Refused
from runtime.source import NOWHERE

_RULES = Path(__file__).parents[2] / "shared" / "data" / "rules"
_START = Start()
_IP = Shift(_START, Arithmetic("*", Field(_START, 116, 4), Number(4)))
_SRC, _DST, _PROTOCOL = Field(_START, 208, 32), Field(_START, 240, 32), Field(_START, 184, 8)
_SPORT, _DPORT = Field(_IP, 112, 16), Field(_IP, 128, 16)
_IPV4 = Test(Field(_START, 96, 16), ((0x0800, 0x0800),))
_TCP = (_IPV4, Test(_PROTOCOL, ((6, 6),)))
_ROUNDS = 3
_MOST = 200_001
_NAMES = [f"filter {number}" for number in range(_MOST)]
_SPANS = [NOWHERE] * _MOST


def measure() -> tuple[Result, ...]:
    """Time each analysis; report medians, and what was found."""
    return (*_measure_specific(), *_measure_first())


def _measure_specific() -> Iterator[Result]:
    hosts, ports = _make_rows((_SRC,), 50_000, 1), _make_rows((_DPORT,), 50_000, 50_001)
    programs = {
        "100,000 rows of one shape": (_make_rows((_SRC, _DST, _SPORT, _DPORT), 100_000, 1),),
        "100,000 rows of three shapes": (
            _make_rows((_SRC, _DST, _SPORT, _DPORT), 60_000, 1),
            _make_rows((_SRC, _DPORT), 30_000, 60_001),
            _make_rows((_DPORT,), 10_000, 90_001),
        ),
        "100,000 nested prefixes": (_make_prefixes(100_000),),
        "50,000 hosts, 50,000 ports": (hosts, ports),
    }
    for name, tables in programs.items():
        action = partial(_relate, tables)
        yield _report(f"specific: {name}", action, action(), 2.0)


def _measure_first() -> Iterator[Result]:
    paths = sorted((*_RULES.glob("classbench/*k*"), *_RULES.glob("classbench_generated/*k.gz")))
    for path in paths:
        if any(word in path.name for word in ("trace", "1k", "ipv6")):
            continue
        rows = read_rows(path)
        found = _find(rows)
        count = len(found.shadows)
        note = f"{len(rows):,} rows: {count} never win, {len(found.undecided)} undecided"
        goal = 60.0 if len(rows) > 20_000 else 5.0
        yield _report(f"first: {path.name.removesuffix('.gz')}", partial(_find, rows), note, goal)


def read_rows(path: Path) -> Rows:
    """Return the IPv4 rules of a file as rows, numbered from 1."""
    rules = read_rules(path.name, path.read_bytes())
    places = {column.name: column for column in rules.columns}
    fields = {"protocol": _PROTOCOL, "src": _SRC, "dst": _DST, "sport": _SPORT, "dport": _DPORT}
    return Rows(
        Shape((_IPV4,), tuple(fields.values())),
        tuple(places[name].lows.astype(np.uint64) for name in fields),
        tuple(places[name].highs.astype(np.uint64) for name in fields),
        rules.owners + np.uint32(1),
        np.zeros(len(rules.owners), dtype=np.int64),
    )


def _report(name: str, action: Callable[[], object], note: str, goal: float) -> Result:
    timing = time_rounds({name: action}, _ROUNDS)[name]
    return Result(name, timing.median, "s", goal, note=f"{note}; {timing.spread(1, 's')}")


def _relate(tables: tuple[Rows, ...]) -> str:
    """Return what was found out, in a few words."""
    try:
        order: Order = relate_rows(tables, (), _NAMES, _SPANS, lambda pool: _give_up)
    except Refused as refused:
        last = refused.diagnostics[-1]
        return f"{last.code}, {last.notes[-1]}"
    sizes = ", ".join(f"{len(entry):,}" for entry in order.entries if isinstance(entry, Rows))
    return f"in order: {sizes}"


def _find(rows: Rows) -> Shadows:
    return find_shadowed((rows,), _NAMES, _SPANS, optional=(_SPORT, _DPORT))


def _give_up(formula: NodeId) -> bytes | None:
    """Find no message: the filters here need no prover."""
    return None


def _make_rows(columns: tuple[Field, ...], count: int, first: int) -> Rows:
    """Return different rows of few addresses and many ports."""
    random = np.random.default_rng(count)
    tops = np.array([65536 if column.bits == 16 else 20_000 for column in columns], dtype=np.int64)
    drawn = np.unique(random.integers(0, tops, (8 * count, len(columns))), axis=0)
    if len(columns) == 1:  # only so many ports
        drawn = np.arange(count)[:, None]
    chosen = random.permutation(len(drawn))[:count]
    lows = tuple(drawn[chosen, place].astype(np.uint64) for place in range(len(columns)))
    numbers = np.arange(first, first + count, dtype=np.uint32)
    return Rows(Shape(_TCP, columns), lows, lows, numbers, np.zeros(count, dtype=np.int64))


def _make_prefixes(count: int) -> Rows:
    """Return different prefixes of 8 to 32 bits, many inside others, as a routing table has them."""
    random = np.random.default_rng(count)
    spare = 32 - random.choice([8, 12, 16, 20, 22, 24, 28, 32], 2 * count)
    address = random.integers(0, 1 << 26, 2 * count) >> spare << spare
    ends = np.unique(np.stack((address, address + (1 << spare) - 1)), axis=1)
    chosen = random.permutation(ends.shape[1])[:count]
    lows, highs = (end[chosen].astype(np.uint64) for end in ends)
    numbers = np.arange(1, len(lows) + 1, dtype=np.uint32)
    return Rows(Shape(_TCP[:1], (_DST,)), (lows,), (highs,), numbers, np.zeros(len(lows), dtype=np.int64))


def main() -> None:
    pin_to_one_core()
    results = measure()
    print_results("how filters relate", results)
    write_results("overlap", results)


if __name__ == "__main__":
    main()
