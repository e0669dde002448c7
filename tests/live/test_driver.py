"""The original DPF's random driver: insertions, duplicates, deletions, every live filter's own message.

Source: ORIGINALS.md section 8.1 (examples/x86/more/dpf_test.c of the released Xok, described there).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import pytest

import dpfc.classifier as dpfc
from dpfc.answers import Engine
from dpfc.classifier import Classifier
from runtime.diagnostic import Refused

Atom = tuple[int, int, int]
"""Byte offset, bits, value."""

_IP: tuple[Atom, ...] = ((12, 16, 0x0800),)
_UDP: tuple[Atom, ...] = (*_IP, (14, 8, 0x45), (23, 8, 17))


@dataclass(frozen=True, slots=True)
class Sample:
    """A filter of the driver.

    Args:
        atoms: what it asks.
        masked: atoms with a mask: offset, mask, value of one byte.
    """

    atoms: tuple[Atom, ...]
    masked: tuple[Atom, ...] = ()

    def write(self) -> str:
        """Return its text."""
        conditions = [f"{offset}:{bits} == {value}" for offset, bits, value in self.atoms]
        conditions += [f"{offset}:8 & {mask} == {value}" for offset, mask, value in self.masked]
        return f"filter it {{ {'; '.join(conditions)} }}"

    def message(self) -> bytes:
        """Return a message that it accepts: zeros everywhere else, so that nothing longer accepts it."""
        content = bytearray(60)
        for offset, bits, value in self.atoms:
            content[offset : offset + bits // 8] = value.to_bytes(bits // 8, "big")
        for offset, _, value in self.masked:
            content[offset] = value
        return bytes(content)


def _bytes(offset: int, value: int) -> tuple[Atom, ...]:
    return tuple((offset + place, 8, byte) for place, byte in enumerate(value.to_bytes(4, "big")))


def _pathfinder(source: random.Random) -> list[Sample]:
    """A filter of the PATHFINDER benchmark, sometimes with the shorter one that contains it."""
    head = (*_IP, (23, 8, 6), (26, 32, 0xC00C4501), (18, 16, source.randrange(1, 50)))
    short = (*head, (34, 16, source.randrange(1, 8)))
    full = Sample((*short, (36, 16, source.randrange(1, 50))), ((20, 0x20, 0x20),))
    return [full, Sample(short, ((20, 0x20, 0x20),))][: source.choice((1, 2))]


def _rarp(source: random.Random) -> list[Sample]:
    address = tuple((32 + place, 8, source.randrange(1, 250)) for place in range(6))
    return [Sample(((12, 16, 0x8035), (15, 8, 1), (16, 16, 0x0800), (20, 16, 4), *address))]


def _connected(source: random.Random) -> list[Sample]:
    remote, local = _bytes(26, source.randrange(1, 200)), _bytes(30, source.randrange(1, 5))
    ports = ((34, 16, source.randrange(1, 100)), (36, 16, source.randrange(1, 9)))
    return [Sample((*_UDP, *remote, *local, *ports))]


def _short(source: random.Random) -> list[Sample]:
    return [Sample(((12, 16, 0x6000 + source.randrange(40)),))]


def _unconnected(source: random.Random) -> list[Sample]:
    return [Sample((*_UDP, *_bytes(30, source.randrange(1, 5)), (36, 16, source.randrange(1, 9))))]


def _arp(source: random.Random) -> list[Sample]:
    return [Sample(((12, 16, 0x0806), (14, 16, 1), (16, 16, 0x0800)))]


def _simple(source: random.Random) -> list[Sample]:
    return [Sample((*_UDP, (36, 16, source.randrange(1, 9))))]


MAKERS: tuple[Callable[[random.Random], list[Sample]], ...] = (
    _pathfinder,
    _rarp,
    _connected,
    _short,
    _unconnected,
    _arp,
    _simple,
)


@dataclass(slots=True)
class _Trial:
    source: random.Random
    classifier: Classifier
    live: dict[int, Sample] = field(default_factory=dict)

    def step(self) -> None:
        """Insert or delete."""
        make = self.source.choice((*MAKERS, None))
        if make is not None:
            for sample in make(self.source):
                self.insert(sample)
        elif self.live:
            self.delete(self.source.choice(list(self.live)))

    def insert(self, sample: Sample) -> None:
        """Insert a filter unless it is there; then insert it twice more, in vain."""
        if sample not in self.live.values():
            (number,) = self.classifier.insert(sample.write())
            self.live[number] = sample
        for _ in range(2):
            self.require_refusal("DPF071", lambda: self.classifier.insert(sample.write()))

    def delete(self, number: int) -> None:
        """Delete a filter, and again, in vain."""
        del self.live[number]
        self.classifier.delete(number)
        self.require_refusal("DPF080", lambda: self.classifier.delete(number))

    def require_refusal(self, code: str, change: Callable[[], object]) -> None:
        """Require that a change is refused, and changes nothing."""
        with pytest.raises(Refused) as refused:
            change()
        assert [one.code for one in refused.value.diagnostics] == [code]

    def compare(self) -> None:
        """Require that each live filter gets the message that it was made for."""
        for number, sample in self.live.items():
            assert self.classifier.classify(sample.message()) == (number,)


def _run(seed: int, operations: int, engine: Engine, every: int) -> None:
    source = random.Random(seed)
    trial = _Trial(source, dpfc.compile("", engine=engine))
    for step in range(source.randint(operations // 2, operations)):
        trial.step()
        if step % every == 0:
            trial.compare()
    trial.compare()
    trial.classifier.settle()
    trial.compare()
    messages = [sample.message() for sample in trial.live.values()]
    trial.classifier.delete(*trial.live)
    for number in trial.live:
        trial.require_refusal("DPF080", partial(trial.classifier.delete, number))
    assert all(trial.classifier.classify(message) == () for message in messages)


@pytest.mark.parametrize(
    ("seed", "engine"),
    [*((seed, "interpreter") for seed in range(8)), *((seed, "native") for seed in (8, 9))],
)
def test_random_insertions_and_deletions(seed: int, engine: Engine) -> None:
    _run(seed, 20, engine, every=5)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(200))
def test_many_random_insertions_and_deletions(seed: int) -> None:
    _run(1000 + seed, 200, "native" if seed % 2 else "interpreter", every=20)
