"""The predicates of the release, written in the language, in the running kernel: who sleeps is woken.

After ORIGINALS 8.3: what ExOS waits for (os/uwk.c), and the test of the release (test/wk-test). Each case
says what happens while somebody sleeps on the predicate, and with which tag it wakes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from runtime.predicate.form import encode_predicate
from runtime.predicate.nodes import NO_TAG
from tests.ash.programs import compile_text
from tests.net.world import World
from tests.xok.world import refused
from vm.xok.area import PAGES_WANTED
from vm.xok.refusal import Code

SOON = 50_000
"""Cycles from falling asleep to what happens."""

_PAGE = """
    word low: u32 = page 0 @ 0
    word high: u32 = page 0 @ 4
    word limit_low: u32 = page 0 @ 8
    word limit_high: u32 = page 0 @ 12
"""


@dataclass(frozen=True, slots=True)
class Case:
    """A predicate, what the page holds at first, what happens, and the tag.

    Args:
        happens: None: it is true from the start.
    """

    text: str
    happens: Callable[[World], None] | None
    tag: int
    page: tuple[int, ...] = ()


def _write(place: int, number: int) -> Callable[[World], None]:
    def change(world: World) -> None:
        world.kernel.memory.frame(world.page)[place : place + 4] = number.to_bytes(4, "little")

    return change


def _set(word: int, number: int) -> Callable[[World], None]:
    return lambda world: world.alice.area.words.__setitem__(word, number)


def _end_bob(world: World) -> None:
    world.kernel.destroy(world.environment(world.bob))


CASES = {
    "all transfers are done": Case("word left: u64 = kernel area5 when left == 0 tag 4", _set(5, 0), 4),
    "few transfers are left": Case("word left: u64 = kernel area5 when left < 2 tag 4", _set(5, 1), 4),
    "a value has changed": Case(_PAGE + "when low != 7 tag 5", _write(0, 8), 5, (7,)),
    "64 bits in words of 32, low": Case(
        _PAGE + "when (low > 10 and high == 2) or high > 2", _write(0, 11), NO_TAG, (10, 2)
    ),
    "64 bits in words of 32, high": Case(
        _PAGE + "when (low > 10 and high == 2) or high > 2", _write(4, 3), NO_TAG, (0, 2)
    ),
    "an environment has ended": Case("word deaths: u64 = kernel deaths when deaths > 1 tag 6", _end_bob, 6),
    "a signal is pending": Case(
        "word pending: u64 = kernel area9 when pending != 0 tag 7", _set(9, 1 << 40), 7
    ),
    "the kernel wants pages": Case(
        "word wanted: u64 = kernel pages_wanted when wanted != 0 tag 8", _set(PAGES_WANTED, 3), 8
    ),
    "select: one of several": Case(
        """
    word first: u64 = kernel area10
    word second: u64 = kernel area11
    word pending: u64 = kernel area9
    when first > 0 tag 10
    when second > 0 tag 11
    when pending > 0 tag 12
""",
        _set(11, 2),
        11,
    ),
    "wk-test: both words are compared, so a carry is missed": Case(
        _PAGE + "when low == 1 tag 2\nwhen limit_high <= high and limit_low <= low tag 3",
        _write(0, 9),
        3,
        (0, 6, 9, 5),
    ),
    "the tag of a failed product stands for the next": Case(
        _PAGE + "postfix { low 1 == tag 2 or high 1 == }", _write(4, 1), 2
    ),
    "the first of two that are true": Case(
        "word n: u64 = kernel area5 when n == 1 tag 1\nwhen n == 1 tag 2", None, 1
    ),
}


def _form(text: str) -> bytes:
    lines = text.replace(" when ", "\n when ")
    return encode_predicate(compile_text(f"predicate p {{\n{lines}\n}}\n").predicates["p"])


@pytest.mark.parametrize("name", CASES)
def test_who_waits_is_woken(name: str) -> None:
    case, world = CASES[name], World()
    world.alice.area.words[5] = 1 if case.happens is None else 9
    view = world.alice.page_bind(world.page, True)
    view[: 4 * len(case.page)] = b"".join(number.to_bytes(4, "little") for number in case.page)
    happens = case.happens
    start = world.kernel.clock.now
    if happens is not None:
        world.kernel.clock.schedule(start + SOON, lambda: happens(world))
    assert world.alice.sleep_on(_form(case.text), [world.page]) == case.tag
    assert (world.kernel.clock.now >= start + SOON) == (happens is not None), "woken by what happened"


def test_tag_0_wakes_nobody() -> None:
    world = World()
    world.alice.area.words[5] = 1
    form = _form("word n: u64 = kernel area5 when n == 1 tag 0\nwhen n == 2 tag 4")
    world.kernel.clock.schedule(world.kernel.clock.now + SOON, lambda: _set(5, 2)(world))
    assert world.alice.sleep_on(form) == 4


def test_a_page_of_somebody_else_is_not_looked_at() -> None:
    world = World()
    (foreign,) = world.network.handlers[world.bob_handler].pages
    form = _form(_PAGE + "when low == 0")
    used = list(world.environment(world.alice).account.used)
    assert refused(lambda: world.alice.sleep_on(form, [foreign])) is Code.ACCESS_DENIED
    assert world.environment(world.alice).account.used == used
