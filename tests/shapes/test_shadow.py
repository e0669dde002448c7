"""Rules that never win: against every message of a tiny domain, and what is said of them."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from dpfc.formula import Field, Formula, Start, Test
from dpfc.naive import accepts
from dpfc.shapes.shadow import Shadows, find_shadowed
from dpfc.shapes.shape import Rows, Shape, make_rows
from runtime.source import NOWHERE

FIELDS = (Field(Start(), 0, 3), Field(Start(), 3, 3), Field(Start(), 6, 2))
MESSAGES = [bytes([number]) for number in range(256)]
Interval = tuple[int, int]


def _interval(bits: int) -> st.SearchStrategy[Interval]:
    top = (1 << bits) - 1
    pairs = st.tuples(st.integers(0, top), st.integers(0, top))
    return st.one_of(st.just((0, top)), pairs.map(lambda pair: (min(pair), max(pair))))


SHAPES = (
    Shape((), FIELDS),
    Shape((), FIELDS[:2]),
    Shape((Test(FIELDS[1], ((2, 5),)),), (FIELDS[0], FIELDS[2])),
    Shape((Test(FIELDS[0], ((0, 1), (4, 6))),), (FIELDS[1],)),
)


@st.composite
def tables(draw: st.DrawFn) -> tuple[Rows, ...]:
    """Draw rows of several shapes; some filters have several rows."""
    rules = draw(st.lists(st.sampled_from(range(len(SHAPES))), min_size=1, max_size=14))
    result = []
    for number, shape in enumerate(SHAPES):
        ids = [place + 1 for place, chosen in enumerate(rules) if chosen == number]
        ids += draw(st.lists(st.integers(1, len(rules)), max_size=2))
        boxes = [[draw(_interval(column.bits)) for column in shape.columns] for _ in ids]
        lows = [tuple(low for low, _ in box) for box in boxes]
        highs = [tuple(high for _, high in box) for box in boxes]
        if ids:
            result.append(make_rows(shape, lows, highs, ids, [0] * len(ids)))
    return tuple(result)


def formulas(tables: tuple[Rows, ...]) -> dict[int, list[Formula]]:
    result: dict[int, list[Formula]] = {}
    for table in tables:
        for row, number in enumerate(table.ids.tolist()):
            lows = tuple(int(column[row]) for column in table.lows)
            highs = tuple(int(column[row]) for column in table.highs)
            result.setdefault(number, []).append(table.shape.formula(lows, highs))
    return dict(sorted(result.items()))


def _find(tables: tuple[Rows, ...], count: int = 64) -> Shadows:
    return find_shadowed(tables, ["", *(f"rule {n}" for n in range(1, count))], [NOWHERE] * count)


@settings(deadline=None, max_examples=200)
@given(tables())
def test_exactly_the_rules_that_win_no_message_are_found(tables: tuple[Rows, ...]) -> None:
    accepted = {
        number: {message for message in MESSAGES if any(accepts(one, message) for one in rows)}
        for number, rows in formulas(tables).items()
    }
    losers, taken = set(), set[bytes]()
    for number, messages in accepted.items():
        if messages <= taken:
            losers.add(number)
        taken |= messages
    found = _find(tables)
    assert not found.undecided
    assert {shadow.loser for shadow in found.shadows} == losers
    for shadow in found.shadows:
        winners = set().union(*(accepted[winner] for winner in shadow.winners))
        assert accepted[shadow.loser] <= winners
        assert max(shadow.winners) < shadow.loser
        if shadow.equal:
            assert accepted[shadow.loser] == winners
    for warning in found.warnings:
        assert warning.code in {"DPF075", "DPF076"}
        assert any("takes this message" in note for note in warning.notes)


def test_a_rule_inside_another_a_duplicate_and_a_rule_that_two_cover() -> None:
    shape = Shape((), FIELDS)
    boxes = [((0, 5), (2, 2), (0, 3)), ((1, 2), (2, 2), (1, 1)), ((0, 5), (2, 2), (0, 3))]
    boxes += [((0, 7), (0, 1), (0, 3)), ((0, 7), (0, 2), (0, 3)), ((3, 4), (1, 2), (0, 3))]
    lows, highs = ([tuple(ends[side] for ends in box) for box in boxes] for side in (0, 1))
    found = _find((make_rows(shape, lows, highs, range(1, 7), [0] * 6),))
    assert [(one.loser, one.winners, one.equal) for one in found.shadows] == [
        (2, (1,), False),
        (3, (1,), True),
        (6, (5,), False),
    ]
    contained, duplicate, _ = found.warnings
    assert contained.message == "`rule 2` never wins: `rule 1` comes first and accepts all that it accepts"
    assert contained.notes[0] == "`rule 1` takes this message of 60 bytes:"
    assert contained.notes[1] == "0000  29" + 15 * " 00"
    assert duplicate.message.endswith("comes first and accepts exactly the same messages")


def test_many_findings_are_counted() -> None:
    rows = make_rows(Shape((), FIELDS[:1]), [(3,)] * 50, [(3,)] * 50, range(1, 51), [0] * 50)
    found = _find((rows,))
    assert len(found.shadows) == 49
    assert len(found.warnings) == 10
    assert found.warnings[-1].notes[-1] == "39 more filters never win"


def test_a_row_for_every_port_still_wants_a_port() -> None:
    """Rule 1 takes every third byte, but a message of one byte has none: rule 2 gets it."""
    first = make_rows(Shape((), (Field(Start(), 16, 8),)), [(0,)], [(255,)], [1], [0])
    second = make_rows(Shape((), (Field(Start(), 0, 8),)), [(7,)], [(7,)], [2], [0])
    third = make_rows(Shape((), (Field(Start(), 24, 8),)), [(7,)], [(7,)], [3], [0])
    assert [shadow.loser for shadow in _find((first, second, third)).shadows] == [3]


def test_fixed_tests_with_too_many_intervals_are_said_to_be_undecided() -> None:
    values = tuple((number, number) for number in range(0, 200, 2))
    shape = Shape((Test(Field(Start(), 0, 8), values),), (Field(Start(), 8, 8),))
    found = _find((make_rows(shape, [(1,), (1,)], [(1,), (1,)], [1, 2], [0, 0]),))
    assert found.undecided == (1, 2)
    assert [warning.code for warning in found.warnings] == ["DPF077"]


def test_rules_for_all_ports_are_not_covered_where_there_are_no_ports() -> None:
    """Rules 1 and 2 take every A between them, rule 3 takes messages without A and B too; 4 wants a B."""
    boxes = [((0, 3), (0, 7)), ((4, 7), (0, 7)), ((0, 7), (0, 7)), ((0, 7), (2, 2))]
    lows, highs = ([tuple(ends[side] for ends in box) for box in boxes] for side in (0, 1))
    rows = make_rows(Shape((), FIELDS[:2]), lows, highs, range(1, 5), [0] * 4)
    found = find_shadowed((rows,), ["", "a", "b", "c", "d"], [NOWHERE] * 5, optional=FIELDS[:2])
    assert [one.loser for one in found.shadows] == [4]
    assert [one.loser for one in _find((rows,)).shadows] == [3, 4]


def test_no_rules() -> None:
    assert _find(()) == Shadows((), (), ())


def test_all_messages_of_the_tiny_domain_are_there() -> None:
    values = {tuple(accepts(Test(f, ((n, n),)), m) for f in FIELDS for n in range(8)) for m in MESSAGES}
    assert len(values) == len(list(product(range(8), range(8), range(4))))
