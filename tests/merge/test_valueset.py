"""Sets of numbers as intervals say the same as sets of numbers, and large ones are cut quickly."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from dpfc import formula as f
from dpfc.merge.boolean import make_pool
from dpfc.merge.path import find_path
from dpfc.valueset import intersection, normalize, union
from tests.merge.formulas import START

sets = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=5).map(normalize)


def _members(values: f.ValueSet) -> set[int]:
    return {number for low, high in values for number in range(low, high + 1)}


@given(sets, sets)
def test_intersection_and_union_are_those_of_the_members(left: f.ValueSet, right: f.ValueSet) -> None:
    assert _members(intersection(left, right)) == _members(left) & _members(right)
    assert _members(union(left, right)) == _members(left) | _members(right)
    assert intersection(left, right) == normalize(intersection(left, right))


def test_a_large_set_is_not_walked_for_each_of_its_members() -> None:
    many = f.Test(f.Field(START, 0, 16), tuple((2 * number, 2 * number) for number in range(4000)))
    pool = make_pool([many])
    start = time.process_time()
    assert find_path(pool, pool.add(many)) is not None
    assert time.process_time() - start < 2  # a tenth of a second; walking the set each time takes ten
