"""Handlers on random and mutated messages: one meaning, aborts that change nothing, a bounded charge."""

from __future__ import annotations

import random
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from ashc.program import compile_program
from runtime.handler.engine import Loaded, load_handler
from runtime.handler.install import Installed, install_handler
from tests.ash.messages import draw_memory, draw_message, list_frames
from tests.ash.programs import ENGINES, PROGRAMS
from tests.ash.test_litmus import ACCEPTED
from tests.ash.test_shipped import INTERPRETED

FRAMES = list_frames()
HANDLERS = [path for path in ACCEPTED if "handler" in path.read_text("utf-8")]


@cache
def load(path: Path) -> list[tuple[Installed, list[Loaded]]]:
    compiled = compile_program(str(path))
    installed = [install_handler(each, compiled.budgets[name]) for name, each in compiled.handlers.items()]
    engines = ENGINES[:1] if path.stem in INTERPRETED else ENGINES
    return [(each, [load_handler(each, engine) for engine in engines]) for each in installed]


def find_most(installed: Installed) -> int:
    """Return the most instructions that were promised for one run."""
    routines = [each for each in (installed.body, installed.recovery) if each is not None]
    return sum(each.judgement.statistics.instructions for each in routines)


def check_run(installed: Installed, engines: list[Loaded], message: bytes, memory: bytes, now: int) -> str:
    """Run on every engine; return the verdict."""
    seen = []
    for loaded in engines:
        after_message, after_memory = bytearray(message), bytearray(memory)
        outcome = loaded.run(after_message, after_memory, now)
        seen.append((outcome, after_message, after_memory))
    assert all(each == seen[0] for each in seen[1:])
    outcome, after_message, after_memory = seen[0]
    assert outcome.charged <= find_most(installed)
    assert outcome.refused == 0
    if outcome.verdict == "aborted":
        assert (after_message, after_memory) == (message, memory)
        assert not outcome.sends
        assert not outcome.wakes
    return outcome.verdict


def storm(path: Path, seed: int, runs: int) -> Counter[str]:
    draw, verdicts = random.Random(seed), Counter[str]()
    for installed, engines in load(path):
        memory = draw_memory(draw, installed.handler.memory)
        for _ in range(runs):
            if draw.randrange(4) == 0:
                memory = draw_memory(draw, installed.handler.memory)
            message = draw_message(draw, FRAMES, min(installed.handler.message, 1514))
            verdicts[check_run(installed, engines, message, memory, draw.getrandbits(20))] += 1
    return verdicts


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_handlers(path: Path) -> None:
    verdicts = storm(path, 4, 150)
    if path.stem not in {"tcp_fast_path", "receive"}:
        assert verdicts["consumed"] + verdicts["delivered"] > 0, "the storm gets through the checks"


@pytest.mark.parametrize("path", HANDLERS, ids=lambda path: path.stem)
def test_litmus_programs(path: Path) -> None:
    compiled = compile_program(str(path))
    for name, handler in compiled.handlers.items():
        installed = install_handler(handler, compiled.budgets[name])
        draw = random.Random(name)
        for _ in range(10):
            memory = draw_memory(draw, handler.memory)
            message = draw_message(draw, FRAMES, min(handler.message, 200))
            check_run(installed, [load_handler(installed, "interpreter")], message, memory, 5)


@pytest.mark.long
@pytest.mark.parametrize("path", [*PROGRAMS, *HANDLERS], ids=lambda path: path.stem)
def test_storm(path: Path) -> None:
    storm(path, 5, 4000)
