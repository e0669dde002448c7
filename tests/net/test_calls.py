"""Every call of the network and every refusal that it can give; and whatever a library passes."""

from __future__ import annotations

import inspect
import random

import pytest

from tests.net.compile import FRAGMENTS, raw, word
from tests.net.provocations import GOOD, PROVOCATIONS, _unused_families
from tests.net.summary import summary
from tests.net.world import IPV4, World
from tests.xok.absurd import ABSURD
from tests.xok.snapshot import difference
from tests.xok.world import halt_all, refused
from vm.xok.network_table import NETWORK_CALLS
from vm.xok.refusal import Code, Refusal
from vm.xok.syscalls import SystemCalls

CASES = [(name, code) for name, by_code in PROVOCATIONS.items() for code in by_code]
NAMES = [call.name for call in NETWORK_CALLS]
ALLOWED = {call.name: set(call.refusals) for call in NETWORK_CALLS}


def test_every_refusal_of_every_call_is_provoked() -> None:
    promised = {(call.name, code) for call in NETWORK_CALLS for code in call.refusals}
    assert promised == set(CASES)
    assert set(GOOD) == set(PROVOCATIONS) == set(NAMES)


def test_every_code_of_the_network_belongs_to_a_call() -> None:
    names = [code.name for code in Code]
    of_network = set(list(Code)[names.index("NO_SUCH_CARD") :])
    assert of_network <= {code for call in NETWORK_CALLS for code in call.refusals}


@pytest.mark.parametrize("name, code", CASES, ids=lambda value: getattr(value, "name", value))
def test_a_refused_call_changes_nothing(name: str, code: Code) -> None:
    world = World()
    action = PROVOCATIONS[name][code](world)
    world.alice.null()
    before, time = summary(world.kernel), world.kernel.clock.now
    with pytest.raises(Refusal) as caught:
        action()
    assert caught.value.code is code
    assert difference(before, summary(world.kernel)) is None
    assert world.kernel.clock.now > time


@pytest.mark.parametrize("name", NAMES)
def test_the_same_calls_are_granted_otherwise_and_cost_what_the_table_says(name: str) -> None:
    world = World()
    cycles = next(call.cycles for call in NETWORK_CALLS if call.name == name)
    arguments = GOOD[name](world)
    world.alice.null()
    begin = world.kernel.clock.now
    getattr(world.alice, name)(*arguments)
    passed = world.kernel.clock.now - begin
    assert passed > cycles if name in {"net_ring_put", "net_send", "sleep_on"} else passed == cycles


@pytest.mark.parametrize("name", NAMES)
def test_who_has_ended_makes_no_calls(name: str) -> None:
    world = World()
    arguments = GOOD[name](world)
    world.alice.null()
    before = summary(world.kernel)
    assert refused(lambda: getattr(world.ended, name)(*arguments)) is Code.NO_SUCH_ENVIRONMENT
    assert difference(before, summary(world.kernel)) is None


def test_too_many_ways_to_recognise_fragments() -> None:
    world = World()
    form = raw(IPV4, word(23, 17, 8), follow=FRAGMENTS)
    _unused_families(world)
    assert refused(lambda: world.alice.net_filter_insert(form)) is Code.TABLE_FULL


def _parameters(name: str) -> list[inspect.Parameter]:
    return list(inspect.signature(getattr(SystemCalls, name)).parameters.values())[1:]


def _attempt(world: World, name: str, arguments: tuple[object, ...]) -> bool:
    code = refused(lambda: getattr(world.alice, name)(*arguments))
    assert code is None or code in ALLOWED[name], (name, code)
    return code is None


@pytest.mark.parametrize("name", [name for name in NAMES if _parameters(name)])
def test_one_absurd_argument_among_good_ones(name: str) -> None:
    world, before = World(), None
    good: tuple[object, ...] = ()
    for position, parameter in enumerate(_parameters(name)):
        for value in ABSURD:
            if before is None:
                halt_all()
                world = World()
                good = GOOD[name](world)
                world.alice.null()
                before = summary(world.kernel)
            defaults = [each.default for each in _parameters(name)]
            arguments = [*good, *defaults[len(good) :]]
            arguments[position] = value
            if _attempt(world, name, tuple(arguments)):
                before = None
            else:
                assert difference(before, summary(world.kernel)) is None, (name, parameter.name)


def test_nothing_but_absurd_arguments() -> None:
    draw = random.Random(6)
    world = World()
    for name in NAMES:
        for _ in range(60):
            _attempt(world, name, tuple(draw.choice(ABSURD) for _ in _parameters(name)))


def test_forms_with_bytes_changed_are_answered_or_refused() -> None:
    draw = random.Random(5)
    world = World()
    good = raw(IPV4, word(23, 17, 8), follow=FRAGMENTS)
    for _ in range(400):
        form = bytearray(good)
        for _ in range(draw.randrange(1, 4)):
            form[draw.randrange(len(form))] = draw.randrange(256)
        if _attempt(world, "net_filter_insert", (bytes(form), world.ring)):
            halt_all()
            world = World()
    assert refused(lambda: world.alice.net_filter_insert(good, world.ring)) is None
