"""Multisets of what is owned: laws, against block by block counting."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from runtime.template.multiset import apply_changes, count_owned
from runtime.template.nodes import GIVES, TAKES, TOUCHES, Kind

_KINDS = (Kind("own", "data", 0), Kind("own", "inode", 1), Kind("part", "data", 0))

_TUPLES = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 4), st.integers(0, 3), st.integers(0, 1)), max_size=8
)


def _count_slowly(tuples: list[tuple[int, ...]]) -> Counter[tuple[int, ...]]:
    found: Counter[tuple[int, ...]] = Counter()
    for start, count, kind, argument in tuples:
        if kind == 0:
            found.update((0, start + number) for number in range(count))
        else:
            found[(kind, start, count, argument)] += 1
    return found


@given(_TUPLES, _TUPLES)
def test_equal_exactly_when_the_same_blocks_are_owned(
    first: list[tuple[int, ...]], second: list[tuple[int, ...]]
) -> None:
    same = count_owned(first, _KINDS) == count_owned(second, _KINDS)
    assert same == (_count_slowly(first) == _count_slowly(second))


@given(_TUPLES, _TUPLES, _TUPLES)
def test_changes_add_and_subtract(
    before: list[tuple[int, ...]], gives: list[tuple[int, ...]], rest: list[tuple[int, ...]]
) -> None:
    changes = [(GIVES, *each) for each in gives] + [(TAKES, *each) for each in rest] + [(TOUCHES, 1, 0, 0, 0)]
    assert apply_changes([*before, *rest], changes, _KINDS) == count_owned([*before, *gives], _KINDS)


def test_block_numbers_start_again_at_zero() -> None:
    top = 1 << 64
    wrapped = count_owned([(top - 1, 2, 0)], _KINDS)
    assert wrapped == count_owned([(top - 1, 1, 0), (0, 1, 0)], _KINDS)
    halves = [(0, 1 << 63, 0), (1 << 63, 1 << 63, 0)]
    assert count_owned(halves, _KINDS) != count_owned([], _KINDS)
