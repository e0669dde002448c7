"""Keys: what is loaded from a message is what was packed from its row."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dpfc import formula as f
from dpfc.merge.need import order_key
from dpfc.naive import find_value
from dpfc.shapes.keys import KeyWord, pack_key

WHOLE = [
    f.Field(f.Start(), 8 * place, bits, little)
    for place in range(20)
    for bits, little in ((32, True), (8, False))
]
PARTS = [f.Field(f.Start(), offset, bits) for offset in range(0, 160, 4) for bits in (4, 13, 64)]


def _load(word: KeyWord, message: bytes) -> int:
    number = 0
    for load in word.loads:
        value = find_value(load, message)
        assert value is not None
        number = number << load.bits | value
    return number


@settings(max_examples=200)
@given(
    st.lists(st.sampled_from(WHOLE + PARTS), min_size=1, max_size=6, unique=True),
    st.binary(min_size=40, max_size=40),
)
def test_the_loads_of_a_message_are_the_key_of_its_row(columns: list[f.Field], message: bytes) -> None:
    columns.sort(key=order_key)
    words = pack_key(columns)
    values = [find_value(column, message) for column in columns]
    row = [value for value in values if value is not None]
    assert [word.pack(row) for word in words] == [_load(word, message) for word in words]
    arrays = [np.array([value], dtype=np.uint64) for value in row]
    assert [int(word.pack_columns(arrays)[0]) for word in words] == [word.pack(row) for word in words]
    assert all(0 < word.bits <= 64 for word in words)
    assert sorted(place for word in words for place, _ in word.columns) == list(range(len(columns)))


def test_columns_that_abut_are_one_load() -> None:
    address = f.Field(f.Start(), 208, 32)
    other = f.Field(f.Start(), 240, 32)
    ports = (f.Field(f.Start(), 272, 16), f.Field(f.Start(), 288, 16))
    first, second = pack_key((address, other, *ports))
    assert first.loads == (f.Field(f.Start(), 208, 64),)
    assert second.loads == (f.Field(f.Start(), 272, 32),)
