"""Boxes: whatever the rules, interpreter, machine code, judge and brute force agree on which one wins."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from runtime.codegen.emit import emit_code
from runtime.ir.builder import Builder
from runtime.ir.interpret import PreparedFunction, prepare_function
from runtime.ir.nodes import Function, Region, Type, Value
from runtime.ir.verify import verify_function
from runtime.load.native import NativeFunction, load_native
from runtime.opt.optimize import optimize_function
from runtime.tables import boxes_build, boxes_classes
from runtime.tables.boxes import GRAPHS, GROUPS, SCANNED, Boxes, build_boxes, confirm_boxes
from runtime.tables.boxes_write import write_boxes, write_many_boxes
from runtime.tables.memory import TableMemory
from runtime.validate.judge import validate_code

FIVE = (Type.U32, Type.U32, Type.U16, Type.U16, Type.U8)
SHAPES: dict[str, tuple[Type, ...]] = {
    "five": FIVE,
    "six": (Type.U64, Type.U64, Type.U64, Type.U64, Type.U16, Type.U16, Type.U8),
    "wide": (Type.U32, Type.U64),
    "narrow": (Type.U8, Type.U16),
    "one": (Type.U32,),
    "byte": (Type.U8,),
}
DEFAULT = 77

Key = tuple[int, ...]
Box = tuple[Key, Key]


def _brute(rules: Sequence[Box], key: Key) -> int:
    for number, (low, high) in enumerate(rules):
        if all(a <= part <= b for a, part, b in zip(low, key, high, strict=True)):
            return 1000 + number
    return DEFAULT


def _columns(keys: tuple[Type, ...], numbers: Sequence[Key]) -> list[NDArray[np.unsignedinteger]]:
    kinds = {8: np.uint8, 16: np.uint16, 32: np.uint32, 64: np.uint64}
    return [np.array([row[at] for row in numbers], kinds[type_.bits]) for at, type_ in enumerate(keys)]


def _build(keys: tuple[Type, ...], rules: Sequence[Box]) -> bytes:
    """Build the table, and let the judge see it."""
    boxes = Boxes(keys, DEFAULT)
    lows, highs = _columns(keys, [low for low, _ in rules]), _columns(keys, [high for _, high in rules])
    answers = np.arange(1000, 1000 + len(rules), dtype=np.uint32)
    data = build_boxes(boxes, lows, highs, answers)
    confirm_boxes(boxes, lows, highs, answers, data)
    return data


def _number(data: bytes, offset: int) -> int:
    return int.from_bytes(data[offset : offset + 4], "little")


def _range(source: random.Random, type_: Type) -> tuple[int, int]:
    """A whole column, a prefix, one number, or any range; near each other, so that they nest and overlap."""
    kind = source.randrange(5)
    if kind == 0:
        return 0, type_.maximum
    high_part = source.choice((0, 0, 1, 3)) << (type_.bits - 3)
    number = min(type_.maximum, high_part + source.choice((0, 1, 2, 3, 8, 9, type_.maximum >> 3)))
    if kind == 1:
        size = 1 << source.randrange(type_.bits)
        return number & ~(size - 1), number | (size - 1)
    if kind == 2:
        other = source.randint(0, type_.maximum)
        return min(number, other), max(number, other)
    return number, number


def _draw_rules(source: random.Random, keys: tuple[Type, ...], count: int) -> list[Box]:
    ranges = [[_range(source, type_) for type_ in keys] for _ in range(count)]
    return [(tuple(low for low, _ in row), tuple(high for _, high in row)) for row in ranges]


def _draw_keys(source: random.Random, keys: tuple[Type, ...], rules: Sequence[Box], count: int) -> list[Key]:
    """Corners of boxes, one off them, and anything."""
    drawn: list[Key] = []
    for _ in range(count):
        key: list[int] = []
        box = source.choice(rules) if rules else None
        for at, type_ in enumerate(keys):
            if source.randrange(8) == 0 or box is None:
                key.append(source.randint(0, type_.maximum))
                continue
            number = source.choice((box[0][at], box[1][at])) + source.choice((0, 0, 0, 0, 1, -1))
            key.append(min(max(number, 0), type_.maximum))
        drawn.append(tuple(key))
    return drawn


def _pack(keys: tuple[Type, ...], rows: Sequence[Key]) -> bytes:
    return b"".join(
        part.to_bytes(type_.bytes, "little") for row in rows for part, type_ in zip(row, keys, strict=True)
    )


def _make_function(keys: tuple[Type, ...], base: int, together: int) -> Function:
    """Look up `together` keys, which are packed in a region of their own."""
    boxes = Boxes(keys, DEFAULT)
    stride = sum(type_.bytes for type_ in keys)
    regions = (
        Region("keys", "read", together * stride, constant=True),
        Region("tables", "read", base + boxes.bytes, constant=True),
    )
    builder = Builder("look", regions, (), (Type.U32,) * together)
    rows: list[list[Value]] = []
    offset = 0
    for _ in range(together):
        rows.append([])
        for type_ in keys:
            place = builder.constant(Type.U64, offset)
            rows[-1].append(builder.load(type_, "keys", place, "be" if type_ is Type.U8 else "le"))
            offset += type_.bytes
    if together == 1:
        builder.return_(write_boxes(builder, boxes, "tables", base, rows[0]))
    else:
        builder.return_(*write_many_boxes(builder, boxes, "tables", base, rows))
    function = builder.finish()
    verify_function(function)
    return function


@cache
def _interpreter(keys: tuple[Type, ...], base: int) -> tuple[PreparedFunction, TableMemory]:
    return prepare_function(_make_function(keys, base, 1)), TableMemory(base + Boxes(keys).bytes)


@cache
def _native(keys: tuple[Type, ...], together: int) -> tuple[NativeFunction, TableMemory]:
    """Code that the validator has accepted, and the memory that it reads."""
    function = optimize_function(_make_function(keys, 0, together))
    machine_code = emit_code(function, "call")
    validate_code(machine_code.code, function, machine_code.entry, machine_code.form)
    memory = TableMemory(Boxes(keys).bytes)
    return load_native(function, machine_code, memory), memory


def _interpret(keys: tuple[Type, ...], data: bytes, key: Key, base: int = 0) -> int:
    prepared, memory = _interpreter(keys, base)
    memory.view[base : base + len(data)] = data
    return prepared.run({"keys": _pack(keys, [key]), "tables": memory.view}).results[0]


def _call(keys: tuple[Type, ...], data: bytes, rows: Sequence[Key]) -> list[int]:
    """Ask native code about each key."""
    native, memory = _native(keys, 1)
    memory.view[: len(data)] = data
    return [native.call({"keys": _pack(keys, [row])}).results[0] for row in rows]


@pytest.mark.parametrize("shape", SHAPES)
@given(seed=st.integers(0, 1 << 32))
@settings(deadline=None, max_examples=25)
def test_first_box_wins(shape: str, seed: int) -> None:
    keys, source = SHAPES[shape], random.Random(seed)
    rules = _draw_rules(source, keys, source.choice((0, 1, 2, 5, 30, 120)))
    data = _build(keys, rules)
    asked = _draw_keys(source, keys, rules, 40)
    wanted = [_brute(rules, key) for key in asked]
    assert _call(keys, data, asked) == wanted
    base = source.choice((0, 64))
    assert [_interpret(keys, data, key, base) for key in asked[:5]] == wanted[:5]


@given(seed=st.integers(0, 1 << 32))
@settings(deadline=None, max_examples=15)
def test_several_keys_side_by_side(seed: int) -> None:
    source = random.Random(seed)
    rules = _draw_rules(source, FIVE, 60)
    data = _build(FIVE, rules)
    native, memory = _native(FIVE, 3)
    memory.view[: len(data)] = data
    for _ in range(20):
        keys = _draw_keys(source, FIVE, rules, 3)
        found = native.call({"keys": _pack(FIVE, keys)}).results
        assert found == tuple(_brute(rules, key) for key in keys)


def test_code_does_not_depend_on_the_rules() -> None:
    """Empty memory is a table without boxes, whose default is 0."""
    assert _call(FIVE, bytes(1 << 20), [(1, 2, 3, 4, 5)]) == [0]


@pytest.mark.parametrize("count", [0, 1, 300])
def test_boxes_that_have_every_key(count: int) -> None:
    top = tuple(type_.maximum for type_ in FIVE)
    data = _build(FIVE, [((0,) * 5, top)] * count)
    assert _interpret(FIVE, data, (1, 2, 3, 4, 5)) == (1000 if count else DEFAULT)
    assert len(data) < 400_000


def _cross(count: int, demands: int) -> list[Box]:
    """Stripes in every wide column: cut together, they would make count ** 2 cells."""
    top = FIVE[0].maximum
    rules: list[Box] = []
    for number in range(count):
        place, port = number * 977 * 4099 & top, number % demands
        rules.append(((place, 0, 0, port, 6), (place, top, 65535, port + 999, 6)))
        rules.append(((0, place, port, 0, 6), (top, place, port + 999, 65535, 6)))
    return rules


@pytest.mark.parametrize("demands", [3, 1500])
def test_crossing_stripes_stay_small(demands: int) -> None:
    rules = _cross(1500, demands)
    data = _build(FIVE, rules)
    assert len(data) < 64 << 20
    source = random.Random(1)
    keys = _draw_keys(source, FIVE, rules, 60)
    assert _call(FIVE, data, keys) == [_brute(rules, key) for key in keys]


def test_what_multiplies_is_scanned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ranges that overlap everywhere fit no graph of bounded size."""
    monkeypatch.setattr(boxes_build, "_ROWS_PER_BOX", 4)
    monkeypatch.setattr(boxes_build, "_MIN_ROWS", 64)
    source = random.Random(2)
    rules: list[Box] = []
    for _ in range(200):
        low = [source.randrange(1 << 31) for _ in range(2)]
        rules.append(((*low, 0, 0, 0), (*(end + (1 << 30) for end in low), 65535, 65535, 255)))
    data = _build(FIVE, rules)
    assert _number(data, SCANNED) > 100
    for key in _draw_keys(source, FIVE, rules, 30):
        assert _interpret(FIVE, data, key) == _brute(rules, key)


def test_rare_demands_are_scanned(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boxes_classes, "_KNOWN", (8, 4, 1))
    source = random.Random(3)
    rules = [
        ((number, 0, 0, port, 6), (number, 9, 65535, port, 6))
        for number, port in enumerate([80] * 5 + [443] * 4 + list(range(100, 120)))
    ]
    data = _build(FIVE, rules)
    assert 0 < _number(data, SCANNED) < len(rules)
    for key in [*(low for low, _ in rules), *_draw_keys(source, FIVE, rules, 20)]:
        assert _interpret(FIVE, data, key) == _brute(rules, key)


def test_many_demands_take_two_bytes_each() -> None:
    """More than 255 boxes matter at one end."""
    rules = [
        ((0, 0, port, 0, 0), (FIVE[0].maximum, FIVE[1].maximum, port, 65535, 255)) for port in range(400)
    ]
    data = _build(FIVE, rules)
    for port in (0, 254, 255, 256, 399, 400):
        key = (9, 9, port, 9, 9)
        assert _interpret(FIVE, data, key) == _brute(rules, key)


def test_narrow_sets_take_one_graph_and_stripes_several() -> None:
    exact = [((number << 20, number << 18, 0, number, 6),) * 2 for number in range(300)]
    assert _number(_build(FIVE, exact), GROUPS) == 1
    assert _number(_build(FIVE, _cross(600, 5)), GROUPS) == 2


def test_same_rules_give_same_bytes() -> None:
    rules = _draw_rules(random.Random(4), FIVE, 100)
    assert _build(FIVE, rules) == _build(FIVE, rules)


def test_damage_is_caught() -> None:
    """No byte that a lookup depends on can change unseen."""
    source = random.Random(5)
    rules = [
        ((number * 5, number // 2, 0, number % 3, 6), (number * 5 + 2, number, 65535, 2, 6 + number % 2))
        for number in range(30)
    ]
    boxes = Boxes(FIVE, DEFAULT)
    lows, highs = _columns(FIVE, [low for low, _ in rules]), _columns(FIVE, [high for _, high in rules])
    answers = np.arange(1000, 1000 + len(rules), dtype=np.uint32)
    data = _build(FIVE, rules)
    keys = [low for low, _ in rules] + _draw_keys(source, FIVE, rules, 100)
    wanted = [_brute(rules, key) for key in keys]
    caught = 0
    for place in [*range(256), *(source.randrange(256, len(data)) for _ in range(300))]:
        damaged = bytearray(data)
        damaged[place] ^= 1 << source.randrange(8)
        try:
            confirm_boxes(boxes, lows, highs, answers, bytes(damaged))
        except (AssertionError, ValueError, IndexError):
            caught += 1
        else:
            assert _call(FIVE, bytes(damaged), keys) == wanted, f"byte {place} changes an answer"
    assert caught > 200


def test_usual_steps_are_for_most_keys() -> None:
    """Code stops counting steps before the deepest end, and still gets there."""
    top = FIVE[0].maximum
    deep = [((1 << bit, 0, 0, 0, 0), ((1 << bit), top, 65535, 65535, 255)) for bit in range(32)]
    many = [
        ((number << 12, 0, 0, 0, 0), ((number << 12) + 4095, top, 65535, 65535, 255)) for number in range(999)
    ]
    rules = deep + many
    data = _build(FIVE, rules)
    assert _number(data, GRAPHS + 4) > 0
    for key in [low for low, _ in deep] + [high for _, high in many[::50]]:
        assert _interpret(FIVE, data, key) == _brute(rules, key)
