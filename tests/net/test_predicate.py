"""Compiled predicates in the running kernel: the release's uses of them, and hostile ones."""

from __future__ import annotations

import random

import pytest

from runtime.predicate import nodes as p
from runtime.predicate.form import encode_predicate
from tests.net.provocations import NEVER, ZERO
from tests.net.world import World
from tests.xok.world import refused
from vm.xok.account import Resource
from vm.xok.refusal import Code
from vm.xok.syscalls import SystemCalls

CLOCK = p.Word(64, p.KernelWord("clock"))
COUNTER = p.Word(64, p.KernelWord("area3"))


def _form(words: tuple[p.Word, ...], *terms: p.Term) -> bytes:
    return encode_predicate(p.Predicate(words, terms))


def _until(when: int) -> bytes:
    return _form((CLOCK,), p.Variable(0), p.Number(when), p.Compare("ge"), p.Tag(9))


def test_sleep_until_a_time() -> None:
    world = World()
    when = world.kernel.clock.now + 3_000_000
    assert world.alice.sleep_on(_until(when)) == 9
    assert when <= world.kernel.clock.now < when + 100_000


def test_who_waits_for_a_page_is_woken_by_a_write_and_told_which_product() -> None:
    world = World()
    view = world.alice.page_bind(world.page, True)
    word = p.Word(32, p.PageWord(0, 8))
    form = _form(
        (word, COUNTER),
        *(p.Variable(0), p.Number(5), p.Compare("eq"), p.Tag(2), p.Or()),
        *(p.Variable(1), p.Number(0), p.Compare("ne"), p.Tag(3)),
    )
    world.kernel.clock.schedule(world.kernel.clock.now + 50_000, lambda: view.__setitem__(8, 5))
    assert world.alice.sleep_on(form, [world.page]) == 2
    view[8] = 0
    world.alice.area.words[3] = 1
    assert world.alice.sleep_on(form, [world.page]) == 3


def test_a_page_is_not_freed_under_a_compiled_predicate() -> None:
    world = World()
    codes: list[Code | None] = []

    def thief(sys: SystemCalls) -> None:
        codes.append(refused(lambda: sys.page_free(world.spare)))

    used = world.environment(world.alice).account.used[Resource.PINS]
    world.kernel.spawn(thief)
    word = p.Word(32, p.PageWord(0, 0))
    soon = world.kernel.clock.now + 50_000_000
    form = _form(
        (word, CLOCK),
        *(p.Variable(0), p.Number(1), p.Compare("eq"), p.Or()),
        *(p.Variable(1), p.Number(soon), p.Compare("ge")),
    )
    world.alice.sleep_on(form, [world.spare])
    assert codes == [Code.PAGE_PINNED]
    assert world.environment(world.alice).account.used[Resource.PINS] == used
    world.alice.page_free(world.spare)


@pytest.mark.parametrize(
    "terms",
    [
        (p.Compare("eq"),),
        (p.Variable(0), p.Compare("eq")),
        (p.Variable(0), p.Number(0), p.Compare("eq"), p.Compare("eq")),
        (p.Variable(0), p.Number(0)),
        (p.Variable(7), p.Number(0), p.Compare("eq")),
    ],
)
def test_what_the_release_took_is_refused(terms: tuple[p.Term, ...]) -> None:
    world = World()
    assert refused(lambda: world.alice.sleep_on(_form((COUNTER,), *terms))) is Code.BAD_PREDICATE


def test_words_that_there_are_not() -> None:
    world = World()
    for name in ("area64", "secret", "CLOCK"):
        form = _form((p.Word(64, p.KernelWord(name)),), p.Variable(0), p.Number(0), p.Compare("eq"))
        assert refused(lambda form=form: world.alice.sleep_on(form)) is Code.BAD_PREDICATE  # type: ignore[misc]


def test_bytes_that_are_no_predicate() -> None:
    draw = random.Random(8)
    world = World()
    for _ in range(300):
        form = bytearray(draw.choice((ZERO, NEVER, _until(1))))
        form[draw.randrange(len(form))] = draw.randrange(256)
        code = refused(lambda form=bytes(form): world.alice.sleep_on(form, [world.page]))  # type: ignore[misc]
        assert code in {None, Code.BAD_PREDICATE, Code.DEADLOCK}


def test_both_engines_agree() -> None:
    tags = []
    for engine in ("native", "interpreter"):
        world = World()
        world.network.predicates._engine = "native" if engine == "native" else "interpreter"
        world.alice.area.words[3] = 1 << 63
        form = _form((COUNTER,), p.Variable(0), p.Number((1 << 63) - 1), p.Compare("gt"), p.Tag(77))
        tags.append(world.alice.sleep_on(form))
    assert tags == [77, 77]
