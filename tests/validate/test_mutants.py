"""Soundness by execution: whatever mutant of correct code is accepted must not crash against guard pages."""

from __future__ import annotations

import platform
import random
import subprocess
import sys

import pytest

from runtime.diagnostic import Refused
from tests.validate.batch_samples import BATCH_SAMPLES
from tests.validate.samples import SAMPLES, Sample
from tests.validate.shapes import find_form, validate_shape

pytestmark = pytest.mark.skipif(
    platform.machine() not in ("x86_64", "AMD64") or not sys.platform.startswith("linux"),
    reason="runs x86-64 machine code",
)
_MUTANTS = {"call": 150, "batch": 30}  # loops over messages take longer to judge
_CODES = {f"VAL0{number:02}" for number in range(1, 17)}


def _mutate(chance: random.Random, code: bytes) -> bytes:
    mutant = bytearray(code)
    for _ in range(chance.choice((1, 1, 1, 2))):
        place = chance.randrange(len(mutant))
        match chance.randrange(4):
            case 0:
                mutant[place] ^= 1 << chance.randrange(8)
            case 1:
                mutant[place] = chance.randrange(256)
            case 2:
                mutant[place] = (mutant[place] + chance.choice((-8, -4, -1, 1, 4, 8))) & 255
            case _:
                other = chance.randrange(len(mutant))
                mutant[place], mutant[other] = mutant[other], mutant[place]
    return bytes(mutant)


def _list_accepted(sample: Sample) -> list[bytes]:
    """Return the mutants that the validator accepts; every refusal has one of its codes."""
    chance = random.Random(sample.name)
    accepted: list[bytes] = []
    for _ in range(_MUTANTS[find_form(sample.shape)]):
        mutant = _mutate(chance, sample.code)
        codes = _judge(mutant, sample.shape)
        assert codes <= _CODES
        if not codes:
            accepted.append(mutant)
    return accepted


def _judge(code: bytes, shape: str) -> set[str]:
    """Return the codes of the refusal, none when the code is accepted."""
    try:
        validate_shape(code, shape)
    except Refused as refusal:
        return {each.code for each in refusal.diagnostics}
    return set()


def _run_guarded(lines: list[str]) -> list[str]:
    command = [sys.executable, "-m", "tests.validate.guarded"]
    done = subprocess.run(command, input="\n".join(lines), capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def test_guard_pages_catch_a_bad_load():
    # movzx eax, byte [rdi + rsi]; ret: one byte behind the message
    assert _run_guarded(["filter 0fb60437c3", "filter 31c0c3"]) == ["signal 11", "ok"]


@pytest.mark.parametrize(
    "sample", (*SAMPLES, *BATCH_SAMPLES), ids=lambda sample: f"{sample.name}, {sample.shape}"
)
def test_accepted_mutants_run_safely(sample):
    accepted = [sample.code, *_list_accepted(sample)]
    answers = _run_guarded([f"{sample.shape} {code.hex()}" for code in accepted])
    assert answers == ["ok"] * len(accepted), [
        code.hex() for code, answer in zip(accepted, answers, strict=True) if answer != "ok"
    ]
