"""Every call and every refusal that it can give: provoked, and nothing has changed but the time."""

from __future__ import annotations

import pytest

from tests.xok.provocations import GOOD, PROVOCATIONS, Provocation
from tests.xok.snapshot import difference, snapshot
from tests.xok.world import World, refused
from vm.xok.call_table import KERNEL_CALLS
from vm.xok.refusal import Code, Refusal
from vm.xok.syscalls import SystemCalls

CASES = [(name, code) for name, by_code in PROVOCATIONS.items() for code in by_code]
NAMES = [call.name for call in KERNEL_CALLS]


def test_every_refusal_of_every_call_is_provoked() -> None:
    promised = {(call.name, code) for call in KERNEL_CALLS for code in call.refusals}
    assert promised == set(CASES)
    assert set(GOOD) == set(PROVOCATIONS) == set(NAMES)


@pytest.mark.parametrize("name, code", CASES, ids=lambda value: getattr(value, "name", value))
def test_a_refused_call_changes_nothing(name: str, code: Code) -> None:
    world = World()
    provocation: Provocation = PROVOCATIONS[name][code]
    action = provocation(world)
    world.alice.null()
    before, time = snapshot(world.kernel), world.kernel.clock.now
    with pytest.raises(Refusal) as caught:
        action()
    assert caught.value.code is code
    assert str(caught.value).startswith(f"{code.name}: ")
    assert difference(before, snapshot(world.kernel)) is None
    assert world.kernel.clock.now > time


@pytest.mark.parametrize("name", NAMES)
def test_the_same_calls_are_granted_otherwise(name: str) -> None:
    """So that no provocation is refused for another reason than the one it means."""
    world = World()
    arguments = GOOD[name](world)
    world.alice.null()
    getattr(world.alice, name)(*arguments)


@pytest.mark.parametrize("name", NAMES)
def test_who_has_ended_and_who_does_not_run_make_no_calls(name: str) -> None:
    world = World()
    arguments = GOOD[name](world)
    world.alice.null()
    before = snapshot(world.kernel)
    assert refused(lambda: getattr(world.ended, name)(*arguments)) is Code.NO_SUCH_ENVIRONMENT
    stolen = SystemCalls(world.kernel, world.server)
    assert refused(lambda: getattr(stolen, name)(*arguments)) is Code.NOT_CURRENT
    assert difference(before, snapshot(world.kernel)) is None


@pytest.mark.parametrize("name", NAMES)
def test_a_call_costs_what_the_table_says(name: str) -> None:
    world = World()
    cycles = next(call.cycles for call in KERNEL_CALLS if call.name == name)
    arguments = GOOD[name](world)
    world.alice.null()
    begin = world.kernel.clock.now
    getattr(world.alice, name)(*arguments)
    passed = world.kernel.clock.now - begin
    extra = {"region_read", "region_write", "sleep", "ipc_call", "ipc_send"}
    assert passed > cycles if name in extra else passed == cycles
