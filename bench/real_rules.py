"""Rule sets without a peer in the benchmark: IPv6 ClassBench sets, and real firewalls' 5-tuple parts.

In: `../shared/data/rules`. Out: for each file how many rules it has, and ns a header by the compiled table,
eight side by side. Headers are drawn at the edges of the rules and inside; every answer equals the naive one.

    python -m bench.real_rules
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.timing import Result, pin_to_one_core, print_columns, write_results
from dpfc.rules.lockstep import HeaderClassifier, pack_headers
from dpfc.rules.naive import first_match
from dpfc.rules.read import read_rules
from dpfc.rules.ruleset import LAYOUTS, Headers, RuleSet
from runtime.diagnostic import Refused

_DATA = Path(__file__).parents[2] / "shared" / "data" / "rules"
_DRAWN = 16_384
_ROUNDS = 7


def find_files() -> list[Path]:
    """Return the files: IPv6 sets, iptables-save, Cisco configurations."""
    folders = (("classbench_generated", "*ipv6*"), ("iptables", "*"), ("cisco-stanford", "*config*"))
    return [path for folder, pattern in folders for path in sorted((_DATA / folder).glob(pattern))]


def draw_headers(rules: RuleSet, count: int) -> Headers:
    """Draw headers with ports in rules chosen at random: low ends, high ends, or between."""
    chance = np.random.default_rng(len(rules))
    rows = chance.integers(0, len(rules.owners), count)
    columns = []
    for column, (_, kind) in zip(rules.columns, LAYOUTS[rules.family], strict=True):
        low, high = column.lows[rows], column.highs[rows]
        between = low + ((high - low) * chance.random(count)).astype(kind)
        columns.append(np.choose(chance.integers(0, 3, count), (low, high, between)).astype(kind))
    return Headers(rules.family, tuple(columns), np.ones(count, dtype=np.bool_))


def measure_file(path: Path) -> Result | None:
    """Measure one rule set; None for a file without rules of ours."""
    try:
        rules = read_rules(path.name, path.read_bytes())
    except Refused:
        return None
    if not len(rules):
        return None
    headers = draw_headers(rules, _DRAWN)
    expected = first_match(rules, headers) + 1
    compiled, records = HeaderClassifier(rules), pack_headers(headers)
    assert (compiled.classify(headers) == expected).all(), f"{path.name}: the answers differ"
    seconds = []
    for _ in range(_ROUNDS):
        start = time.thread_time()
        compiled.classify_records(records)
        seconds.append(time.thread_time() - start)
    note = f"{len(rules):,} rules, {rules.family}, {compiled.table_bytes / 1e6:.2f} MB"
    return Result(path.name, sorted(seconds)[_ROUNDS // 2] / _DRAWN * 1e9, "ns/header", note=note)


def _measure_all() -> Iterator[Result]:
    for path in find_files():
        result = measure_file(path)
        if result is not None:
            yield result


def main() -> None:
    """Measure, print, write `results/real_rules.json`."""
    pin_to_one_core()
    results = list(_measure_all())
    print_columns([("", "ns", ""), *((one.name, f"{one.measured:.1f}", one.note) for one in results)])
    write_results("real_rules", results)


if __name__ == "__main__":
    main()
