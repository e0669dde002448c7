"""A live classifier beside its model: rules that change both, and compare their answers."""

from __future__ import annotations

import random
from array import array
from collections.abc import Callable, Sequence

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

import dpfc.classifier as dpfc
from dpfc.answers import Engine
from dpfc.classifier import Classifier
from dpfc.formula import Formula
from dpfc.naive import accepts
from dpfc.program import Mode
from runtime.diagnostic import Refused
from tests.live.model import (
    BODIES,
    FIRST,
    LIBRARY,
    PARTED,
    WORLD,
    Known,
    Model,
    know,
    read_witness,
    write_filter,
)

SEEDS = st.integers(0, 1 << 32)
MODES: tuple[Mode, ...] = ("specific", "first", "all")

_DATA = b"".join(WORLD)
_LENGTHS = array("I", map(len, WORLD))
_OFFSETS = array("Q", (sum(_LENGTHS[:place]) for place in range(len(WORLD))))


def classify_world(classifier: Classifier) -> list[tuple[int, ...]]:
    """Return the answers for all messages of the world, asked as a batch."""
    answers = classifier.classify_batch(_DATA, _OFFSETS, _LENGTHS)
    if classifier.mode != "all":
        return [(number,) if number else () for number in answers.ids]
    result, place = [], 0
    for count in answers.counts:
        result.append(tuple(sorted(answers.ids[place : place + count])))
        place += count
    return result


def list_names(classifier: Classifier) -> list[str]:
    """Return the names, of deleted filters too."""
    return list(classifier.names)


class Machine(RuleBasedStateMachine):
    """What happens to a classifier; subclasses say on which engine."""

    engine: Engine = "interpreter"
    classifier: Classifier
    model: Model

    @initialize(mode=st.sampled_from(MODES), start=st.lists(st.sampled_from(PARTED), max_size=3, unique=True))
    def make(self, mode: Mode, start: list[str]) -> None:
        self.model = Model(mode)
        lines = [LIBRARY]
        for name in start:
            for value in range(FIRST, FIRST + 9):
                arguments = (value,) * len(BODIES[name][0])
                number = len(self.model.live) + 1
                lines.append(write_filter(name, f"start{number}", arguments))
                self.model.live[number] = know(name, arguments)
        self.classifier = dpfc.compile("\n".join(lines), mode=mode, engine=self.engine)
        self.count = len(self.model.live)

    @rule(name=st.sampled_from((*BODIES, *PARTED)), seed=SEEDS)
    def insert_instance(self, name: str, seed: int) -> None:
        arguments = _draw(name, random.Random(seed))
        new = know(name, arguments)
        named = dict(zip(BODIES[name][0], arguments, strict=True))
        if self._expect([new], lambda: [self.classifier.insert_instance(name, **named)]):
            assert self.classifier.names[self.count] == f"{name}[{self.count}]"

    @rule(names=st.lists(st.sampled_from((*BODIES, *PARTED)), min_size=1, max_size=3), seed=SEEDS)
    def insert_text(self, names: list[str], seed: int) -> None:
        source = random.Random(seed)
        drawn = [(name, _draw(name, source)) for name in names]
        texts = [write_filter(name, f"f{place}", of) for place, (name, of) in enumerate(drawn)]
        self._expect([know(*one) for one in drawn], lambda: self.classifier.insert("\n".join(texts)))

    @rule(name=st.sampled_from(PARTED), seed=SEEDS, count=st.integers(1, 12))
    def insert_instances(self, name: str, seed: int, count: int) -> None:
        source = random.Random(seed)
        rows = [_draw(name, source) for _ in range(count)]
        columns = dict(zip(BODIES[name][0], zip(*rows, strict=True), strict=True))
        self._expect(
            [know(name, row) for row in rows], lambda: self.classifier.insert_instances(name, columns)
        )

    @precondition(lambda self: self.model.live)
    @rule(seed=SEEDS, count=st.integers(1, 30))
    def delete(self, seed: int, count: int) -> None:
        source = random.Random(seed)
        gone = source.sample(sorted(self.model.live), min(count, len(self.model.live)))
        self.classifier.delete(*gone)
        for number in gone:
            del self.model.live[number]
        with pytest.raises(Refused) as refused:
            self.classifier.delete(*self.model.live, gone[0])
        assert refused.value.diagnostics[0].code == "DPF080"
        self._compare(source)

    @rule(number=st.sampled_from((-1, 0, 1 << 31)))
    def delete_what_never_was(self, number: int) -> None:
        with pytest.raises(Refused) as refused:
            self.classifier.delete(*list(self.model.live)[:1], number)
        assert refused.value.diagnostics[0].code == "DPF080"

    @rule()
    def settle(self) -> None:
        self.classifier.settle()
        assert classify_world(self.classifier) == self.model.answers()

    @rule()
    def classify(self) -> None:
        assert classify_world(self.classifier) == self.model.answers()

    def teardown(self) -> None:
        """Compare once more when everything is compiled; then delete everything."""
        if hasattr(self, "classifier"):
            self.settle()
            if self.model.live:
                self.classifier.delete(*self.model.live)
            self.classifier.settle()
            assert set(classify_world(self.classifier)) == {()}

    def _expect(self, new: Sequence[Known], insert: Callable[[], Sequence[int]]) -> bool:
        """Insert filters, all or none; say whether they are in."""
        model = Model(self.model.mode, dict(self.model.live))
        codes: set[str] = set()
        for one in new:
            codes = codes or model.list_refusals(one)
            model.live[self.count + 1 + len(model.live) - len(self.model.live)] = one
        names = list_names(self.classifier)
        if codes:
            with pytest.raises(Refused) as refused:
                insert()
            diagnostic = refused.value.diagnostics[0]
            assert diagnostic.code in codes
            if diagnostic.code == "DPF072":
                _require_both(read_witness(diagnostic), [one.formula for one in model.live.values()])
            assert list_names(self.classifier)[: len(names)] == names
            self.count = len(self.classifier.names) - 1
        else:
            assert list(insert()) == list(model.live)[len(self.model.live) :]
            self.model = model
            self.count += len(new)
        self._compare(random.Random(len(names)))
        return not codes

    def _compare(self, source: random.Random) -> None:
        for place in source.sample(range(len(WORLD)), 8):
            assert self.classifier.classify(WORLD[place]) == self.model.answer(place)


def _draw(name: str, source: random.Random) -> tuple[int, ...]:
    return tuple(source.randrange(3) for _ in BODIES[name][0])


def _require_both(message: bytes, formulas: list[Formula]) -> None:
    assert sum(accepts(one, message) for one in formulas) >= 2, "the witness belongs to two filters"
