"""The parts of a walk against plain definitions: zeros, spans, chains, stretches, columns of arguments."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from runtime.template.engine import load_template
from tests.image.walked import shipped
from udfc.image.chain import Chains, Continuation, Head
from udfc.image.column import make_column_function
from udfc.image.source import make_image
from udfc.image.span import join_spans
from udfc.image.sweep import find_owners, find_stretches
from udfc.image.table import DATA, NONE, Extents
from udfc.image.zero import find_zeros

_NUMBERS = st.integers(0, 40)
_PAIRS = st.lists(st.tuples(_NUMBERS, st.integers(0, 9)), max_size=12)


def _column(numbers: list[int]) -> np.ndarray:
    return np.array(numbers, dtype=np.int64)


@given(st.binary(min_size=64, max_size=64), st.lists(st.tuples(_NUMBERS, st.sampled_from((1, 3, 8, 16)))))
def test_zeros(noise: bytes, pieces: list[tuple[int, int]]) -> None:
    content = bytes(byte if byte > 200 else 0 for byte in noise)
    places, lengths = _column([place for place, _ in pieces]), _column([length for _, length in pieces])
    expected = [not any(content[place : place + length]) for place, length in pieces]
    assert find_zeros(make_image(content), places, lengths).tolist() == expected


def test_zeros_of_a_table() -> None:
    content = bytearray(256 * 100)
    content[256 * 7 + 255] = 1
    content[256 * 99] = 1
    places = np.arange(100, dtype=np.int64) * 256
    zeros = find_zeros(make_image(content), places, np.full(100, 256, dtype=np.int64))
    assert np.flatnonzero(~zeros).tolist() == [7, 99]


@given(_PAIRS)
def test_spans(pairs: list[tuple[int, int]]) -> None:
    spans = join_spans(_column([low for low, _ in pairs]), _column([low + count for low, count in pairs]))
    covered = {number for low, count in pairs for number in range(low, low + count)}
    assert {n for a, b in zip(spans.start.tolist(), spans.end.tolist()) for n in range(a, b)} == covered
    assert all(a < b for a, b in zip(spans.start.tolist(), spans.end.tolist()))
    assert all(b < a for b, a in zip(spans.end.tolist()[:-1], spans.start.tolist()[1:]))
    assert spans.mask(1, 30).tolist() == [number in covered for number in range(30)]
    whole = [all(3 * block + k in covered for k in range(3)) for block in range(10)]
    assert spans.mask(3, 10).tolist() == whole


@given(_PAIRS, _PAIRS)
def test_stretches(owned: list[tuple[int, int]], marked: list[tuple[int, int]]) -> None:
    owned = [(low, count + 1) for low, count in owned]
    numbers = _column(list(range(len(owned))))
    none = np.full(len(owned), NONE, dtype=np.int64)
    place, length = _column([low for low, _ in owned]), _column([count for _, count in owned])
    extents = Extents(numbers, place, length, np.full(len(owned), DATA), none, none)
    covered = join_spans(place, place + length)
    start = _column([low for low, _ in marked])
    marks = join_spans(start, start + _column([count for _, count in marked]))
    stretches = find_stretches(extents, numbers, covered, marks, 1)
    owners = find_owners(extents, numbers, stretches.start, stretches.end)
    in_marks = {number for low, count in marked for number in range(low, low + count)}
    seen = set()
    for row, (low, high) in enumerate(zip(stretches.start.tolist(), stretches.end.tolist())):
        for number in range(low, high):
            seen.add(number)
            here = [k for k, (a, count) in enumerate(owned) if a <= number < a + count]
            assert stretches.owners[row] == len(here)
            assert bool(stretches.covered[row]) == bool(here)
            assert bool(stretches.marked[row]) == (number in in_marks)
            assert owners[row] == tuple(here[:8])
    assert seen >= in_marks | {number for low, count in owned for number in range(low, low + count)}


@given(st.dictionaries(_NUMBERS, _NUMBERS, max_size=20), st.sets(_NUMBERS, max_size=5), st.randoms())
def test_chains_do_not_depend_on_the_order(next_of: dict[int, int], starts: set[int], rng: object) -> None:
    expected: dict[int, set[int]] = {}
    for start in sorted(starts):
        place, seen = start, set()
        while place in next_of and place not in seen:
            seen.add(place)
            place = next_of[place]
            expected.setdefault(place, set()).add(start)
    steps = [("head", start, start) for start in starts] + [("next", a, b) for a, b in next_of.items()]
    assert hasattr(rng, "shuffle")
    rng.shuffle(steps)
    chains, found = Chains(), {}
    for what, before, place in steps:
        if what == "head":
            pairs = list(chains.add_heads([(before, Head(before, DATA, ()))]))
        else:
            pairs = list(chains.add_continuations([(before, Continuation(before, place, 1, 0))]))
        for continuation, head in pairs:
            assert continuation.row not in found
            found[continuation.row] = head.row
    reached = {before for before, place in next_of.items() if before in starts or before in expected}
    assert set(found) == reached
    assert {each.row for each in chains.list_lost()} == set(next_of) - reached
    assert all(head in starts for head in found.values())


@given(st.data())
def test_columns_answer_as_the_engine_does(data: st.DataObject) -> None:
    templates = shipped(data.draw(st.sampled_from(("fat", "ext", "xv6", "ufs", "minix", "cffs"))))
    template = templates[data.draw(st.sampled_from(sorted(templates)))]
    for role in ("unit", "identity"):
        function = getattr(template, role)
        ask = None if function is None else make_column_function(function)
        if ask is None:
            continue
        rows = [[data.draw(_allowed(p.allowed)) for p in template.parameters] or [0] for _ in range(4)]
        length = template.maximum if template.constant else min(512, template.maximum)
        answers = ask(np.array(rows, dtype=np.uint64), np.full(4, length, dtype=np.uint64)).tolist()
        loaded = load_template(template, "interpreter")
        for row, answer in zip(rows, answers):
            arguments = row[: len(template.parameters)]
            expected = loaded.unit(bytes(length), arguments) if role == "unit" else loaded.identity(arguments)
            assert answer == expected


def _allowed(ranges: tuple[tuple[int, int], ...]) -> st.SearchStrategy[int]:
    return st.one_of([st.integers(low, high) for low, high in ranges])


def test_most_units_and_all_identities_are_columns() -> None:
    asked = {name: make_column_function(each.unit) for name, each in shipped("ext").items()}
    assert asked["ext_inode"] is not None
    assert asked["ext_super"] is None  # it depends on the superblock's bytes
    identity = shipped("ext")["ext_inode"].identity
    assert identity is not None
    assert make_column_function(identity) is not None
