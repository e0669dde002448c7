"""First match by arrays is first match by a loop over rules, on any rules and headers."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dpfc.rules.extract import FiveTuple
from dpfc.rules.headers import make_headers
from dpfc.rules.naive import first_match
from dpfc.rules.read import read_rules
from dpfc.rules.ruleset import LAYOUTS, PORTS, Column, Family, Headers, RuleSet
from dpfc.rules.text import read_text
from dpfc.rules.trace import read_trace
from tests.captures import SHARED


def loop(rules: RuleSet, headers: Headers, index: int) -> int:
    """Return the first rule that matches one header, by the definition."""
    for row, owner in enumerate(rules.owners.tolist()):
        for column, values in zip(rules.columns, headers.columns):
            low, high = int(column.lows[row]), int(column.highs[row])
            if column.name in PORTS and not headers.has_ports[index]:
                matches = (low, high) == (0, 0xFFFF)
            else:
                matches = low <= int(values[index]) <= high
            if not matches:
                break
        else:
            return int(owner)
    return -1


@st.composite
def cases(draw: st.DrawFn) -> tuple[RuleSet, Headers]:
    family = cast("Family", draw(st.sampled_from(["ipv4", "ipv6"])))
    pools = []
    for _, kind in LAYOUTS[family]:
        top = (1 << 8 * kind.itemsize) - 1
        few = st.one_of(st.sampled_from([0, 1, 2, top - 1, top]), st.integers(0, top))
        pools.append(draw(st.lists(few, min_size=1, max_size=5)))
    rows = draw(
        st.lists(st.tuples(*(st.tuples(*[st.sampled_from(pool)] * 2) for pool in pools)), max_size=12)
    )
    full = draw(st.lists(st.booleans(), min_size=len(rows) * len(pools), max_size=len(rows) * len(pools)))
    columns = []
    for place, (name, kind) in enumerate(LAYOUTS[family]):
        ends = [sorted(row[place]) for row in rows]
        top = (1 << 8 * kind.itemsize) - 1
        ends = [[0, top] if full[place * len(rows) + r] else pair for r, pair in enumerate(ends)]
        lows = np.array([low for low, _ in ends], dtype=kind)
        columns.append(Column(name, lows, np.array([high for _, high in ends], dtype=kind)))
    steps = draw(st.lists(st.integers(0, 1), min_size=len(rows), max_size=len(rows)))
    owners = np.cumsum(np.array(steps, dtype=np.uint32), dtype=np.uint32)
    count = int(owners[-1]) + 1 if len(rows) else 0
    rules = RuleSet(
        family, tuple(columns), owners, ("",) * count, np.ones(count, dtype=np.uint32), ("",) * count
    )
    size = draw(st.integers(0, 12))
    values = [draw(st.lists(st.sampled_from(pool), min_size=size, max_size=size)) for pool in pools]
    ports = draw(st.lists(st.booleans(), min_size=size, max_size=size))
    arrays = tuple(np.array(v, dtype=kind) for v, (_, kind) in zip(values, LAYOUTS[family]))
    return rules, Headers(family, arrays, np.array(ports, dtype=np.bool_))


@settings(max_examples=200)
@given(cases())
def test_arrays_are_the_loop(case: tuple[RuleSet, Headers]) -> None:
    rules, headers = case
    assert first_match(rules, headers).tolist() == [loop(rules, headers, i) for i in range(len(headers))]


@pytest.mark.skipif(not SHARED.exists(), reason="the shared rule sets are not beside the checkout")
@pytest.mark.parametrize("name", ["acl1_1k_jia", "fw1_10k.gz", "ipc1_10k.gz"])
def test_real_sets_on_their_traces(name: str) -> None:
    folder = SHARED / "rules" / "classbench"
    rules = read_rules(name, (folder / name).read_bytes())
    trace = folder / f"{name.removesuffix('.gz')}_trace.gz"
    headers = read_trace(read_text(trace.name, trace.read_bytes()))
    answers = first_match(rules, headers)
    assert len(np.unique(answers)) > 100
    for index in range(0, len(headers), max(1, len(headers) // 25)):
        assert answers[index] == _block(rules, headers, index)


def _block(rules: RuleSet, headers: Headers, index: int) -> int:
    """Return the first rule that matches one header: all rows at once, no sorting."""
    holds = np.ones(len(rules.owners), dtype=np.bool_)
    for column, values in zip(rules.columns, headers.columns):
        holds &= (column.lows <= values[index]) & (values[index] <= column.highs)
    found = np.flatnonzero(holds)
    return int(rules.owners[found[0]]) if len(found) else -1


def test_other_family_and_nothing() -> None:
    rules = read_rules("x", b"@0.0.0.0/0 0.0.0.0/0 0 : 65535 0 : 65535 0x00/0x00\n")
    six = [FiveTuple("ipv6", 1, 2, None, 6)]
    assert first_match(rules, make_headers(six, "ipv6")).tolist() == [-1]
    assert first_match(rules, make_headers([], "ipv4")).tolist() == []


def test_ports_that_are_not_there() -> None:
    text = (
        b"@0.0.0.0/0 0.0.0.0/0 0 : 65534 0 : 65535 0x00/0x00\n@0.0.0.0/0 0.0.0.0/0 0 : 65535 0 : 65535 0/0\n"
    )
    rules = read_rules("x", text)
    tuples = [FiveTuple("ipv4", 1, 2, None, 1), FiveTuple("ipv4", 1, 2, (5, 6), 6)]
    assert first_match(rules, make_headers(tuples, "ipv4")).tolist() == [1, 0]
