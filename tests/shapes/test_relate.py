"""Which of many filters wins: against the pairwise order on small sets, every message looked at."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dpfc import formula as f
from dpfc.merge.boolean import NodeId, Pool, make_pool
from dpfc.merge.overlap import FindMessage, find_never_matching, order_by_specificity
from dpfc.merge.witness import holds
from dpfc.naive import accepts
from dpfc.shapes.frame import read_row
from dpfc.shapes.relate import Order, relate_rows
from dpfc.shapes.shape import Rows, Shape, make_rows
from runtime.diagnostic import Diagnostic, Refused
from runtime.source import NOWHERE

A, B, C, CUT = (f.Field(f.Start(), offset, bits) for offset, bits in ((0, 3), (3, 3), (6, 2), (2, 3)))
MESSAGES = [b"", *(bytes([number]) for number in range(256))]
COUNT = 40
NAMES = ["", *(f"f{number}" for number in range(1, COUNT))]
SPANS = [NOWHERE] * COUNT

SHAPES = (
    Shape((), (A, B, C)),
    Shape((), (A, B)),
    Shape((), (A,)),
    Shape((), (C,)),
    Shape((f.Test(B, ((2, 5),)),), (A, C)),
    Shape((f.Test(A, ((0, 1), (4, 6))),), (B,)),
    Shape((f.Test(C, ((1, 1),)),), ()),
    Shape((), (CUT,)),
)


def search(pool: Pool) -> FindMessage:
    def find(formula: NodeId) -> bytes | None:
        return next((message for message in MESSAGES if holds(pool, formula, message)), None)

    return find


def _interval(bits: int, exact: bool) -> st.SearchStrategy[f.Interval]:
    top = (1 << bits) - 1
    single = st.integers(0, top).map(lambda number: (number, number))
    pairs = st.tuples(st.integers(0, top), st.integers(0, top))
    return single if exact else st.one_of(single, pairs.map(lambda pair: (min(pair), max(pair))))


@st.composite
def plain_tests(draw: st.DrawFn) -> f.Formula:
    subject = draw(st.sampled_from((A, B, C)))
    return f.Test(subject, (draw(_interval(subject.bits, False)),))


hard_formulas = st.one_of(
    st.builds(f.Not, plain_tests()),
    st.builds(lambda one, two: f.And((one, f.Not(two))), plain_tests(), plain_tests()),
    st.builds(lambda n: f.Test(f.Arithmetic("&", A, f.Number(5)), ((n, n),)), st.sampled_from((0, 4, 5))),
)
easy_formulas = st.one_of(
    plain_tests(),
    st.builds(lambda one, two: f.And((one, two)), plain_tests(), plain_tests()),
    st.builds(lambda one, two: f.Or((one, two)), plain_tests(), plain_tests()),
)


@st.composite
def programs(draw: st.DrawFn) -> tuple[tuple[Rows, ...], tuple[f.Filter, ...]]:
    """Draw rows and filters; sometimes a filter has rows of two shapes."""
    exact = draw(st.booleans())
    spread = draw(st.sampled_from((1, 3, 40)))
    count = draw(st.integers(1, 6))
    priorities = {number: draw(st.integers(0, spread)) for number in range(1, COUNT)}
    rows: dict[int, list[tuple[int, list[f.Interval]]]] = {}
    for number in range(1, count + 1):
        for _ in range(draw(st.sampled_from((1, 1, 1, 2)))):
            chosen = draw(st.integers(0, len(SHAPES) - 1))
            box = [draw(_interval(column.bits, exact)) for column in SHAPES[chosen].columns]
            rows.setdefault(chosen, []).append((number, box))
    tables = tuple(
        make_rows(
            SHAPES[chosen],
            [tuple(low for low, _ in box) for _, box in members],
            [tuple(high for _, high in box) for _, box in members],
            [number for number, _ in members],
            [priorities[number] for number, _ in members],
        )
        for chosen, members in sorted(rows.items())
    )
    formulas = draw(st.lists(st.one_of(easy_formulas, hard_formulas), max_size=2))
    others = tuple(
        f.Filter(f.FilterId(number), NAMES[number], formula, priorities[number])
        for number, formula in enumerate(formulas, count + 1)
    )
    return tables, others


def as_filters(tables: Sequence[Rows], others: Sequence[f.Filter]) -> list[f.Filter]:
    """Return all filters, written out."""
    parts: dict[int, list[f.Formula]] = {}
    ranks: dict[int, int] = {}
    for table in tables:
        for row, number in enumerate(table.ids.tolist()):
            parts.setdefault(number, []).append(read_row(table, row).formula)
            ranks[number] = int(table.priorities[row])
    written = [
        f.Filter(f.FilterId(number), NAMES[number], f.Or(tuple(formulas)), ranks[number])
        for number, formulas in sorted(parts.items())
    ]
    return [*written, *others]


def classify(order: Order, message: bytes) -> int:
    for entry in order.entries:
        match entry:
            case Rows():
                for row, number in enumerate(entry.ids.tolist()):
                    if accepts(read_row(entry, row).formula, message):
                        return int(number)
            case f.Filter():
                if accepts(entry.formula, message):
                    return entry.id
    return 0


def _find_order(filters: list[f.Filter]) -> tuple[tuple[f.Filter, ...] | Refused, tuple[Diagnostic, ...]]:
    pool = make_pool(one.formula for one in filters)
    warnings = find_never_matching(filters, pool, search(pool))
    try:
        return order_by_specificity(filters, pool, search(pool)), warnings
    except Refused as refused:
        return refused, warnings


@settings(deadline=None, max_examples=200)
@given(programs())
def test_the_order_is_the_pairwise_one(program: tuple[tuple[Rows, ...], tuple[f.Filter, ...]]) -> None:
    filters = as_filters(*program)
    expected, warnings = _find_order(filters)
    try:
        order = relate_rows(*program, NAMES, SPANS, search)
    except Refused as refused:
        assert isinstance(expected, Refused)
        found = refused.diagnostics
        assert len(found) == min(10, len(expected.diagnostics))
        known = {(one.code, one.message) for one in expected.diagnostics if one.code != "DPF073"}
        assert {(one.code, one.message) for one in found if one.code != "DPF073"} <= known
        assert {one.code == "DPF073" for one in found} == {not known}
        return
    assert {(one.code, one.message) for one in order.warnings} == {
        (one.code, one.message) for one in warnings
    }
    if isinstance(expected, Refused):  # a circle of filters no three of whose rows meet
        assert expected.diagnostics[0].code == "DPF073"
        return
    for message in MESSAGES:
        winner = next((one.id for one in expected if accepts(one.formula, message)), 0)
        assert classify(order, message) == winner


def _exact(shape: Shape, rows: list[tuple[int, ...]], first_id: int, priorities: list[int]) -> Rows:
    return make_rows(shape, rows, rows, range(first_id, first_id + len(rows)), priorities)


def _relate(*tables: Rows) -> Order:
    return relate_rows(tables, (), NAMES, SPANS, search)


def test_a_table_with_more_columns_comes_first() -> None:
    wide = _exact(Shape((), (A,)), [(1,), (2,)], 1, [5, 5])
    narrow = _exact(Shape((), (A, B)), [(1, 1), (3, 1)], 3, [0, 0])
    assert [entry.shape.columns for entry in _relate(wide, narrow).entries if isinstance(entry, Rows)] == [
        (A, B),
        (A,),
    ]


def test_nested_rows_are_sorted_inside_first() -> None:
    rows = make_rows(Shape((), (A,)), [(0,), (2,), (2,)], [(7,), (5,), (2,)], [1, 2, 3], [0, 0, 0])
    (entry,) = _relate(rows).entries
    assert isinstance(entry, Rows)
    assert entry.ids.tolist() == [3, 2, 1]


def test_a_table_is_parted_by_priority_only_where_it_must_be() -> None:
    hosts = _exact(Shape((), (A,)), [(1,), (2,)], 1, [2, 0])
    ports = _exact(Shape((), (B,)), [(1,), (2,)], 3, [1, 1])
    entries = [entry for entry in _relate(hosts, ports).entries if isinstance(entry, Rows)]
    assert [entry.ids.tolist() for entry in entries] == [[1], [3, 4], [2]]


def test_an_overlap_has_a_message() -> None:
    hosts, ports = _exact(Shape((), (A,)), [(1,)], 1, [0]), _exact(Shape((), (B,)), [(3,)], 2, [0])
    with pytest.raises(Refused) as refused:
        _relate(hosts, ports)
    (diagnostic,) = refused.value.diagnostics
    assert (diagnostic.code, diagnostic.message) == (
        "DPF072",
        "`f1` and `f2` overlap and neither contains the other",
    )
    assert diagnostic.notes[1].startswith("0000  2c")


def test_many_conflicts_are_counted() -> None:
    ids = list(range(1, 21))
    rows = make_rows(Shape((), (A,)), [(3,)] * 20, [(3,)] * 20, ids, [0] * 20)
    with pytest.raises(Refused) as refused:
        _relate(rows)
    assert len(refused.value.diagnostics) == 10
    assert (
        refused.value.diagnostics[-1].notes[-1]
        == f"{20 * 19 // 2 - 10} more pairs of filters are in conflict"
    )


def test_a_circle_is_refused() -> None:
    inner = _exact(Shape((), (A, B)), [(1, 2)], 1, [1])
    outer = _exact(Shape((), (B,)), [(2,)], 2, [9])
    other = _exact(Shape((), (C,)), [(1,)], 3, [5])
    with pytest.raises(Refused) as refused:
        _relate(inner, outer, other)
    (diagnostic,) = refused.value.diagnostics
    assert diagnostic.code == "DPF073"
    assert "`f1`, `f2`, `f3`" in diagnostic.message


def test_fields_that_share_bits_are_put_to_the_prover() -> None:
    """Bits 0 to 2 are 010 and bits 2 to 4 are 0 and anything: the first is inside the second's bit 2 == 0."""
    first = _exact(Shape((), (A,)), [(2,)], 1, [0])
    second = make_rows(Shape((), (CUT,)), [(0,)], [(3,)], [2], [0])
    (one, two) = _relate(second, first).entries
    assert isinstance(one, Rows)
    assert isinstance(two, Rows)
    assert (one.ids.tolist(), two.ids.tolist()) == ([1], [2])


def test_too_many_fields_that_share_bits_are_refused() -> None:
    first = _exact(Shape((), (f.Field(f.Start(), 0, 16),)), [(n << 8,) for n in range(200)], 1, [0] * 200)
    second = _exact(Shape((), (f.Field(f.Start(), 4, 16),)), [(n << 4,) for n in range(200)], 201, [1] * 200)
    names = [f"f{number}" for number in range(500)]
    with pytest.raises(Refused) as refused:
        relate_rows((first, second), (), names, [NOWHERE] * 500, lambda pool: lambda formula: None)
    assert {one.code for one in refused.value.diagnostics} == {"DPF074"}


def test_a_table_that_contradicts_itself_never_matches() -> None:
    shape = Shape((f.Test(A, ((0, 0),)), f.Test(CUT, ((7, 7),))), (C,))
    order = _relate(_exact(shape, [(1,)], 1, [0]), _exact(Shape((), (C,)), [(1,)], 2, [0]))
    assert [(one.code, one.severity) for one in order.warnings] == [("DPF070", "warning")]
    assert len(order.entries) == 2


def test_nothing() -> None:
    assert _relate() == Order((), ())
