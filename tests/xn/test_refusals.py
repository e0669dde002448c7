"""Every storage call and every refusal in its line of the table: provoked, and only time has passed."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import pytest

from tests.xn.bench import Bench
from tests.xn.provocations import GOOD, PROVOCATIONS
from tests.xn.snapshot import find_difference, snapshot
from tests.xn.world import make_world
from vm.xok.refusal import Code, Refusal
from vm.xok.storage_table import STORAGE_CALLS

MakeBench = Callable[..., Bench]
CASES = [(name, code) for name, by_code in PROVOCATIONS.items() for code in by_code]
NAMES = [call.name for call in STORAGE_CALLS]


def test_the_table_lists_what_can_happen() -> None:
    promised = {(call.name, code.name) for call in STORAGE_CALLS for code in call.refusals}
    provoked = {(name, code.name) for name, code in CASES}
    assert sorted(promised - provoked) == []
    assert sorted(provoked - promised) == []
    assert set(GOOD) == set(PROVOCATIONS) == set(NAMES)
    for call in STORAGE_CALLS:
        assert len(set(call.refusals)) == len(call.refusals), call.name


@pytest.mark.parametrize("name, code", CASES, ids=lambda value: getattr(value, "name", value))
def test_a_refused_call_changes_nothing(make_bench: MakeBench, name: str, code: Code) -> None:
    world = make_world(make_bench())
    world.bench.checks = False  # some provocations are what a hostile disk has made
    arguments = GOOD[name](world)
    arguments |= PROVOCATIONS[name][code](world)
    state, bob = world.bench.state, world.bob.sys
    bob.null()
    before, time = snapshot(state), state.clock.now
    with pytest.raises(Refusal) as caught:
        getattr(bob, name)(**arguments)
    assert caught.value.code is code, str(caught.value)
    assert find_difference(before, snapshot(state)) is None
    assert state.clock.now > time


@pytest.mark.parametrize("name", NAMES)
def test_the_same_calls_are_granted_otherwise(make_bench: MakeBench, name: str) -> None:
    """So that no provocation is refused for another reason than the one it means."""
    world = make_world(make_bench())
    arguments = GOOD[name](world)
    assert set(arguments) <= set(inspect.signature(getattr(world.bob.sys, name)).parameters)
    getattr(world.bob, name)(**arguments)
    world.bench.idle()
