"""Whatever a library passes, the kernel answers or refuses: no other exception comes out of it, ever."""

from __future__ import annotations

import inspect
import random

import pytest

from tests.xok.absurd import ABSURD
from tests.xok.provocations import GOOD
from tests.xok.snapshot import difference, snapshot
from tests.xok.world import World, halt_all, refused
from vm.xok.call_table import KERNEL_CALLS
from vm.xok.refusal import Code, Refusal
from vm.xok.syscalls import SystemCalls

ALLOWED = {call.name: set(call.refusals) for call in KERNEL_CALLS}
NAMES = [call.name for call in KERNEL_CALLS if inspect.signature(getattr(SystemCalls, call.name)).parameters]
COMBINATIONS = 150


def _attempt(world: World, name: str, arguments: tuple[object, ...]) -> bool:
    """Make the call; return whether it was granted."""
    code = refused(lambda: getattr(world.alice, name)(*arguments))
    ended = not world.environment(world.alice).alive and code is Code.NO_SUCH_ENVIRONMENT
    assert code is None or ended or code in ALLOWED[name], (name, code)
    return code is None


def _positions(name: str) -> int:
    return len(inspect.signature(getattr(SystemCalls, name)).parameters) - 1


@pytest.mark.parametrize("name", [name for name in NAMES if _positions(name)])
def test_one_absurd_argument_among_good_ones(name: str) -> None:
    world, before = World(), None
    for position in range(_positions(name)):
        for value in ABSURD:
            if before is None:
                halt_all()
                world = World()
                good = GOOD[name](world)
                world.alice.null()
                before = snapshot(world.kernel)
            defaults = [parameter.default for parameter in _parameters(name)]
            arguments = [*good, *defaults[len(good) :]]
            arguments[position] = value
            if _attempt(world, name, tuple(arguments)):
                before = None
            else:
                assert difference(before, snapshot(world.kernel)) is None, (name, position)


@pytest.mark.parametrize("name", [name for name in NAMES if _positions(name)])
def test_nothing_but_absurd_arguments(name: str) -> None:
    draw = random.Random(name)
    world = World()
    for _ in range(COMBINATIONS):
        _attempt(world, name, tuple(draw.choice(ABSURD) for _ in range(_positions(name))))
        if not world.environment(world.alice).alive:
            halt_all()
            world = World()


def test_computing_takes_no_absurd_time() -> None:
    world = World()
    for value in ABSURD:
        if type(value) is int and 0 <= value < 1 << 32:
            continue
        with pytest.raises(Refusal) as caught:
            world.alice.compute(value)  # type: ignore[arg-type]
        assert caught.value.code is Code.BAD_ARGUMENT


def test_a_library_that_ruins_its_own_area_hurts_itself_only() -> None:
    world = World()
    area = world.alice.area
    area.words.release()
    area.words = None  # type: ignore[assignment]
    area.offer = (ABSURD, ABSURD)  # type: ignore[assignment]
    assert world.root.area_read(world.alice_id, 0) == 0
    with pytest.raises(Refusal):
        world.bob.acquire(world.alice_id, 1)
    for name in ("service", "message", "prologue"):
        setattr(area, name, 5)
    assert refused(lambda: world.alice.compute(5_000_000)) is Code.NO_SUCH_ENVIRONMENT
    assert isinstance(world.environment(world.alice).failure, TypeError)
    world.bob.null()


def _parameters(name: str) -> list[inspect.Parameter]:
    return list(inspect.signature(getattr(SystemCalls, name)).parameters.values())[1:]
