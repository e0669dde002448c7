"""Fused pipes: interpreter = native = the plain meaning, for any list, length, alignment and seed."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from runtime.handler.engine import Engine, load_handler
from tests.ash.pipe_lists import MOVES, NAMES, Case, draw_run, make_case
from tests.ash.programs import ENGINES

LENGTHS = (*range(19), 24, 31, 32, 33, 39, 40, 63, 64, 65, 96, 127, 199, 200)


def list_pairs() -> Iterator[tuple[str, ...]]:
    """Yield lists in which every pipe comes once, the neighbours drawn."""
    names = list(NAMES)
    random.Random(6).shuffle(names)
    yield ()
    for place in range(0, len(names), 2):
        yield tuple(names[place : place + 2])


PAIRS = tuple(list_pairs())
NATIVE = (("add", "pairs"),)
"""Lists whose native code is judged in every run of the tests; the others take minutes together."""


def check_case(
    case: Case, draw: random.Random, lengths: tuple[int, ...], engines: tuple[Engine, ...]
) -> None:
    loaded = {engine: load_handler(case.installed, engine) for engine in engines}
    for length in lengths:
        run = draw_run(case, draw, length)
        charges: set[int] = set()
        for engine, handler in loaded.items():
            memory = bytearray(run.region)
            outcome = handler.run(bytearray(run.message), memory)
            assert (outcome.verdict, memory) == ("consumed", run.expected), (engine, case.names, length)
            charges.add(outcome.charged)
        assert len(charges) == 1


@pytest.mark.parametrize("names", PAIRS, ids="-".join)
def test_every_pipe(names: tuple[str, ...]) -> None:
    draw = random.Random(" ".join(names))
    check_case(make_case(names, draw.choice(MOVES if names else MOVES[:2])), draw, LENGTHS, ("interpreter",))


@pytest.mark.parametrize("names", NATIVE, ids="-".join)
def test_native_code(names: tuple[str, ...]) -> None:
    case = make_case(names, "consume")
    assert not load_handler(case.installed, "native").interpreted
    check_case(case, random.Random(1), LENGTHS, ENGINES)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(60))
def test_random_lists(seed: int) -> None:
    draw = random.Random(seed)
    names = [draw.choice(NAMES) for _ in range(draw.randrange(5))]
    lengths = tuple(draw.randrange(201) for _ in range(60))
    check_case(make_case(names, draw.choice(MOVES if names else MOVES[:2])), draw, lengths, ENGINES)
