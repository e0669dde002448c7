"""Which of many filters wins: real headers, filters in several tables, and a hundred thousand rows."""

from __future__ import annotations

from itertools import combinations_with_replacement, pairwise

import numpy as np
import pytest

from dpfc.formula import Field, Start, Test
from dpfc.language.parse import parse_file
from dpfc.merge.boolean import NodeId, make_pool
from dpfc.merge.overlap import order_by_specificity
from dpfc.naive import accepts
from dpfc.resolve import Resolved, resolve_files
from dpfc.shapes import meetings
from dpfc.shapes.example import find_example
from dpfc.shapes.group import Grouped, group_filters
from dpfc.shapes.relate import Order, relate_rows
from dpfc.shapes.shadow import find_shadowed
from dpfc.shapes.shape import Rows, Shape, make_rows
from runtime.diagnostic import Refused
from runtime.source import NOWHERE, Source
from tests.shapes.test_relate import classify

ADDRESS, PORT, PROTOCOL = (Field(Start(), offset, bits) for offset, bits in ((208, 32), (288, 16), (184, 8)))


def _resolve(text: str) -> tuple[Resolved, Grouped]:
    resolved = resolve_files((parse_file(Source("many.dpf", text)),), 1)
    return resolved, group_filters(resolved.filters, every=False)


def _give_up(formula: NodeId) -> bytes | None:
    raise AssertionError("these filters need no prover")


def _relate(text: str) -> tuple[Resolved, Order]:
    resolved, grouped = _resolve(text)
    assert len(grouped.tables) > 1
    order = relate_rows(grouped.tables, grouped.others, resolved.names, resolved.spans, lambda pool: _give_up)
    return resolved, order


PORTS = "".join(f"filter p{n} {{ tcp.dport == {n} }}\n" for n in range(80, 100))
HOSTS = "".join(
    f"filter h{n} priority {n % 2 * 2} {{ ipv4.src == 10.0.0.{n}; tcp.dport == {n} }}\n"
    for n in range(80, 100)
)
FROM = "".join(f"filter s{n} priority {n % 2} {{ ipv4.src == 10.0.0.{n} }}\n" for n in range(85, 95))


def test_filters_over_ipv4_and_ipv6_with_others_that_are_no_rows() -> None:
    text = f"{PORTS}{HOSTS}filter most {{ tcp.dport != 85 }}\nfilter any priority 3 {{ ipv4.ttl == 1 }}\n"
    resolved, order = _relate(text)
    pool = make_pool(one.formula for one in resolved.filters)
    expected = order_by_specificity(resolved.filters, pool, _give_up)
    messages = [
        find_example(pool, (one.formula, other.formula), (), None)
        for one, other in combinations_with_replacement(resolved.filters, 2)
    ]
    present = [message for message in messages if message is not None]
    assert len(present) > 100
    for message in present:
        winner = next(one.id for one in expected if accepts(one.formula, message))
        assert classify(order, message) == winner


def test_overlaps_with_rows_in_several_tables_have_a_message() -> None:
    text = PORTS + FROM
    resolved, grouped = _resolve(text)
    with pytest.raises(Refused) as refused:
        _relate(text)
    assert len(refused.value.diagnostics) == 10
    assert refused.value.diagnostics[-1].notes[-1].endswith("more pairs of filters are in conflict")
    formulas = {one.name: one.formula for one in resolved.filters}
    for diagnostic in refused.value.diagnostics:
        assert diagnostic.code == "DPF072"
        lines = [note.partition("  ")[2] for note in diagnostic.notes if note[:4].isalnum() and "  " in note]
        message = bytes.fromhex("".join(lines))
        names = diagnostic.message.split("`")[1::2]
        assert all(accepts(formulas[name], message) for name in names)
    assert grouped.others == ()


def test_more_pairs_than_the_budget_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meetings, "MAX_PAIRS", 50)
    shape = Shape((), (PORT,))
    names, spans = ["", *map(str, range(60))], [NOWHERE] * 61

    def relate(rows: Rows) -> list[str]:
        with pytest.raises(Refused) as refused:
            relate_rows((rows,), (), names, spans, lambda pool: _give_up)
        return [f"{one.code} {one.notes[-1]}" for one in refused.value.diagnostics]

    nested = make_rows(
        shape, [(n,) for n in range(50)], [(200 - n,) for n in range(50)], range(1, 51), [0] * 50
    )
    (code,) = relate(nested)
    assert code.startswith("DPF074")
    rows = make_rows(
        shape, [(n,) for n in range(50)], [(200 + n,) for n in range(50)], range(1, 51), [0] * 50
    )
    assert relate(rows)[0].startswith("DPF07")


def _make_exact(columns: tuple[Field, ...], count: int, first: int, priority: int) -> Rows:
    random = np.random.default_rng(count)
    drawn = (
        np.unique(random.integers(0, 60_000, (3 * count, len(columns))), axis=0)
        if len(columns) > 1
        else (np.arange(count)[:, None])
    )
    lows = tuple(drawn[:count, place].astype(np.uint64) for place in range(len(columns)))
    ids = np.arange(first, first + count, dtype=np.uint32)
    fixed = (Test(PROTOCOL, ((6, 6),)),)
    return Rows(Shape(fixed, columns), lows, lows, ids, np.full(count, priority, dtype=np.int64))


@pytest.mark.long
def test_a_hundred_thousand_rows_of_three_shapes() -> None:
    names, spans = [str(number) for number in range(100_001)], [NOWHERE] * 100_001
    both = _make_exact((ADDRESS, PORT), 50_000, 1, 0)
    hosts = _make_exact((ADDRESS,), 20_000, 50_001, 1)
    ports = _make_exact((PORT,), 30_000, 70_001, 0)
    order = relate_rows((ports, hosts, both), (), names, spans, lambda pool: _give_up)
    assert [len(entry) for entry in order.entries if isinstance(entry, Rows)] == [50_000, 20_000, 30_000]
    with pytest.raises(Refused) as refused:
        relate_rows(
            (ports, _make_exact((ADDRESS,), 20_000, 50_001, 0)), (), names, spans, lambda pool: _give_up
        )
    assert "599,99" in refused.value.diagnostics[-1].notes[-1]


@pytest.mark.long
def test_a_hundred_thousand_nested_prefixes_are_sorted() -> None:
    spare = np.repeat(np.arange(17), 6_000)[:100_000]
    lows = (np.arange(100_000) % 6_000 << 17).astype(np.uint64)
    highs = lows + (np.uint64(1) << spare.astype(np.uint64)) - np.uint64(1)
    order = np.random.default_rng(0).permutation(100_000)
    shape = Shape((), (ADDRESS,))
    ids = np.arange(1, 100_001, dtype=np.uint32)
    rows = Rows(shape, (lows[order],), (highs[order],), ids, np.zeros(100_000, dtype=np.int64))
    names, spans = [str(number) for number in range(100_001)], [NOWHERE] * 100_001
    (entry,) = relate_rows((rows,), (), names, spans, lambda pool: _give_up).entries
    assert isinstance(entry, Rows)
    by_start = np.lexsort((np.arange(len(entry)), entry.lows[0]))
    for one, other in pairwise(by_start.tolist()):
        if entry.lows[0][one] == entry.lows[0][other]:
            assert entry.highs[0][one] < entry.highs[0][other]
    assert len(find_shadowed((entry,), names, spans).shadows) > 0
