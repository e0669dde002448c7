"""Seek curves: measured points are met, what lies between is between, and damaged files are refused."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.diagnostic import Refused
from runtime.source import Source
from tests.machine.drives import SHIPPED, find_measured
from vm.machine.seek_curve import parse_points, tabulate_formula, tabulate_points

MILLISECOND = 200_000


def test_the_points_are_met_and_the_rest_is_interpolated() -> None:
    table = tabulate_points(((1, 1.0), (3, 2.0), (7, 4.0)), 10)
    assert [time / MILLISECOND for time in table] == [0, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4, 4]


def test_the_first_point_may_be_far() -> None:
    assert [time / MILLISECOND for time in tabulate_points(((3, 2.0),), 5)] == [0, 2, 2, 2, 2]
    assert [time / MILLISECOND for time in tabulate_points(((3, 2.0), (9, 3.0)), 3)] == [0, 2, 2]
    assert tabulate_points(((1, 1.0),), 1) == (0,)


@given(st.dictionaries(st.integers(1, 60), st.floats(0, 100), min_size=1), st.integers(1, 70))
def test_every_distance_is_between_its_neighbours(points: dict[int, float], cylinders: int) -> None:
    table = tabulate_points(tuple(sorted(points.items())), cylinders)
    assert len(table) == cylinders
    for distance, time in enumerate(table):
        if distance in points:
            assert time == round(points[distance] * MILLISECOND)
        elif distance:
            assert min(points.values()) - 1e-5 <= time / MILLISECOND <= max(points.values()) + 1e-5


def test_the_shipped_curve_is_the_measured_one() -> None:
    points = parse_points(Source("seek", (SHIPPED / "barracuda.seek").read_text()))
    table = find_measured("barracuda").mechanics.seek
    assert len(points) == 87
    assert all(table[distance] == round(time * MILLISECOND) for distance, time in points)
    assert len(table) == 5172
    assert table[5171] == table[4986]


def test_the_formula_of_hp() -> None:
    table = tabulate_formula((300, 3.81, 0.33, 7.75, 0.0059, -1), [0.5] * 10, 2051)
    assert table[0] == 0
    assert table[1] == table[10] == MILLISECOND // 2
    assert table[11] == round((3.81 + 0.33 * math.sqrt(11)) * MILLISECOND)
    assert table[299] == round((3.81 + 0.33 * math.sqrt(299)) * MILLISECOND)
    assert table[300] == round((7.75 + 0.0059 * 300) * MILLISECOND)
    assert tabulate_formula((300, 3.81, 0.33, 7.75, 0.0059, 2.5), (), 5)[1] == 2.5 * MILLISECOND


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected `Seek distances"),
        ("1, 2.0\n", "expected `Seek distances"),
        ("Seek distances measured: 2\n1, 2.0\n", "says that it has 2 distances, and has 1"),
        ("Seek distances measured: 0\n", "has 0"),
        ("Seek distances measured: 1\n1 2.0\n", "expected `distance, milliseconds`"),
        ("Seek distances measured: 1\n1, nan\n", "expected `distance, milliseconds`"),
        ("Seek distances measured: 1\n1.5, 2\n", "expected `distance, milliseconds`"),
        ("Seek distances measured: 1\n0, 2\n", "the distance is 0"),
        ("Seek distances measured: 2\n2, 2\n2, 3\n", "the distance is 2, and must be 3"),
        ("Seek distances measured: 1\n1, -2\n", "the time is -2"),
        ("Seek distances measured: 1\n1, 1e9\n", "the time is 1e+09"),
        ("Seek distances measured: 1\n9999999999, 1\n", "the distance is 1e+10"),
    ],
)
def test_a_damaged_curve_is_refused(text: str, message: str) -> None:
    with pytest.raises(Refused) as refusal:
        parse_points(Source("bad.seek", text))
    diagnostic = refusal.value.diagnostics[0]
    assert diagnostic.code == "DSK008"
    assert message in diagnostic.message
    assert diagnostic.render().startswith("bad.seek")
