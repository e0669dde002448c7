"""Sets of numbers as intervals say the same as sets of numbers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dpfc import formula as f
from dpfc.valueset import intersection, normalize, union

sets = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=5).map(normalize)


def _members(values: f.ValueSet) -> set[int]:
    return {number for low, high in values for number in range(low, high + 1)}


@given(sets, sets)
def test_intersection_and_union_are_those_of_the_members(left: f.ValueSet, right: f.ValueSet) -> None:
    assert _members(intersection(left, right)) == _members(left) & _members(right)
    assert _members(union(left, right)) == _members(left) | _members(right)
    assert intersection(left, right) == normalize(intersection(left, right))


def test_one_interval_finds_its_place_in_a_large_set() -> None:
    many = tuple((3 * number, 3 * number + 1) for number in range(4000))
    for low, high in ((0, 0), (2, 2), (5, 7), (11_998, 20_000), (20_000, 30_000)):
        expected = tuple((max(a, low), min(b, high)) for a, b in many if a <= high and b >= low)
        assert intersection(many, ((low, high),)) == intersection(((low, high),), many) == expected
