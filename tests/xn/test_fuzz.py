"""Whatever a library passes to a storage call, the kernel answers or refuses: nothing else comes out."""

from __future__ import annotations

import inspect
import random
from collections.abc import Callable

import pytest

from tests.xn.bench import Bench, words
from tests.xn.invariants import check_invariants
from tests.xn.provocations import GOOD
from tests.xn.snapshot import find_difference, snapshot
from tests.xn.world import World, make_world
from tests.xok.absurd import HostileNumber, HostileObject
from vm.xn.owned import DATA, Owned
from vm.xok.refusal import Refusal
from vm.xok.storage_table import STORAGE_CALLS

MakeBench = Callable[..., Bench]
ALLOWED = {call.name: set(call.refusals) for call in STORAGE_CALLS}
COMBINATIONS = 120

ABSURD: list[object] = [
    None,
    True,
    -1,
    0,
    1 << 31,
    1 << 32,
    (1 << 64) - 1,
    1 << 64,
    10**30,
    1.5,
    float("nan"),
    "",
    "zoo",
    "\ud800",
    "x" * 100,
    b"",
    b"\xff" * 5000,
    bytearray(4),
    memoryview(b"abcd"),
    memoryview(bytes(64)).cast("Q"),
    memoryview(bytes(64)).cast("B", (8, 8)),
    memoryview(bytes(64))[::2],
    memoryview(b"a").cast("B", ()),
    (),
    [],
    {},
    {1},
    range(0),
    range(10**30),
    range(-5, 5),
    (100, ()),
    (120, (0, 0, 0)),
    (120, (0,) * 9),
    (120, [1 << 64]),
    (120, "ab"),
    [(0, b"x")],
    [(4096, b"")],
    [(0, b"x", b"y")],
    [[0, b"x"]],
    [(-1, b"x")],
    [(0, bytes(5000))],
    [(0, "x")],
    [120, 120],
    [120, None],
    list(range(5000)),
    Owned(300, 1, DATA),
    Owned(0, 0, DATA),
    Owned(-1, 1, DATA),
    Owned(300, 1 << 40, DATA),
    Owned("300", 1, DATA),  # type: ignore[arg-type]
    Owned(300, 1, DATA, (None,)),  # type: ignore[arg-type]
    Owned(300, 1, DATA, (1,) * 40),
    object(),
    object,
    len,
    HostileNumber(1),
    HostileObject(),
]

# Values that mean something here and there: absurd only together.
PLAUSIBLE: list[object] = [
    100,
    110,
    120,
    121,
    140,
    200,
    230,
    231,
    300,
    1,
    511,
    (120, ()),
    (110, ()),
    (140, (0,)),
]
PLAUSIBLE += [
    (140, (1, 0)),
    [(64, words(200))],
    [(0, words(1))],
    [],
    0,
    112,
    240,
    Owned(230, 1, DATA),
    (0, 200),
]


def _parameters(name: str, world: World) -> list[inspect.Parameter]:
    return list(inspect.signature(getattr(world.bob.sys, name)).parameters.values())


def _attempt(world: World, name: str, arguments: dict[str, object]) -> bool:
    """Make a call; return whether it was granted."""
    try:
        getattr(world.bob.sys, name)(**arguments)
    except Refusal as refusal:
        if refusal.code not in ALLOWED[name]:
            raise
        return False
    return True


@pytest.mark.parametrize("name", [call.name for call in STORAGE_CALLS if call.refusals])
def test_one_absurd_argument_among_good_ones(make_bench: MakeBench, name: str) -> None:
    world = make_world(make_bench())
    good = GOOD[name](world)
    before = snapshot(world.bench.state)
    for parameter in _parameters(name, world):
        for value in ABSURD:
            if _attempt(world, name, {**good, parameter.name: value}):
                world.bench.idle()
                before = snapshot(world.bench.state)
            else:
                after = snapshot(world.bench.state)
                assert find_difference(before, after) is None, (parameter.name, value)


@pytest.mark.parametrize("seed", range(6))
def test_calls_drawn_at_random(make_bench: MakeBench, seed: int) -> None:
    chance = random.Random(seed)
    world = make_world(make_bench())
    picture = [world.picture()[number] for number in range(26)]
    names = [call.name for call in STORAGE_CALLS if call.refusals]
    for _ in range(COMBINATIONS):
        name = chance.choice(names)
        values = [*PLAUSIBLE, *PLAUSIBLE, *ABSURD]
        arguments = {
            each.name: chance.choice(values)
            for each in _parameters(name, world)
            if each.default is inspect.Parameter.empty or chance.random() < 0.2
        }
        _attempt(world, name, arguments)
        check_invariants(world.bench.state)
        if chance.random() < 0.2:
            world.bench.idle()
    world.bench.idle()
    world.bench.check_disk()
    assert [world.picture()[number] for number in range(26)] == picture
