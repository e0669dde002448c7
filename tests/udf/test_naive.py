"""The lowering means what the text means: each function against udfc.naive, on random objects."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.ir.interpret import Fault, PreparedFunction, prepare_function
from runtime.template.nodes import AFTER, ARGUMENTS, GIVES, META, TOUCHES, Method, Parameter, Template
from runtime.template.policies import arguments_bytes
from tests.udf.lowered import CASES, SHIPPED, Program, load_program
from udfc.naive.run import answer, call_method, emit_partition, list_names, list_transfers
from udfc.naive.value import State, Tuple, Wrong

CLOCK = 1_000_000
NAMES = [*map(str, CASES), *SHIPPED]
SMALL = (0, 0, 0, 1, 1, 2, 3, 4, 7, 8, 9, 16, 0x10, 0x40, 0x80, 0xFE, 0xFF)

load = cache(load_program)


@cache
def prepare(name: str, template: str, role: str) -> PreparedFunction:
    found = load(name).templates[template]
    if role.startswith(("body ", "changes ")):
        kind, method = role.split(" ")
        return prepare_function(getattr(next(each for each in found.methods if each.name == method), kind))
    return prepare_function(getattr(found, role))


@dataclass
class Case:
    """One object, arguments, and the functions of its template."""

    program: Program
    name: str
    template: Template
    memory: bytearray
    arguments: dict[str, int]
    source: random.Random

    @property
    def state(self) -> State:
        header = self.program.headers[self.template.name]
        return State(header, self.memory, self.arguments, clock=CLOCK)

    @property
    def is_short(self) -> bool:
        """Whether a function may do nothing because a field that it names is not all there."""
        return len(self.memory) < max((each.end for each in self.state.header.fields.values()), default=0)

    def run(self, role: str, *numbers: int, extra=(), after: bytearray | None = None):
        """Return (results, emitted) of a function."""
        words = [*self.arguments.values(), *extra]
        packed = b"".join(each.to_bytes(8, "little") for each in words).ljust(
            arguments_bytes(len(words)), b"\0"
        )
        regions = {META: self.memory, ARGUMENTS: packed, AFTER: after if after is not None else self.memory}
        prepared = prepare(self.name, self.template.name, role)
        wanted = {region.name: regions[region.name] for region in prepared.function.regions}
        outcome = prepared.run(wanted, numbers, {"clock": lambda: CLOCK})
        return outcome.results, outcome.emitted

    def named(self, words: tuple[int, ...]) -> Tuple:
        """Return an emitted tuple with its kind by name, a part without its length if it is the child's."""
        kind = self.template.kinds[words[2]]
        child = self.program.templates.get(kind.template)
        whole = kind.mode == "part" and child is not None and child.constant and words[1] == child.maximum
        assert not any(words[3 + kind.arguments :])
        return (words[0], -1 if whole else words[1], kind.mode, kind.template, *words[3 : 3 + kind.arguments])


def make_case(name: str, number: int, seed: int) -> Case:
    source = random.Random(seed)
    program = load(name)
    template = list(program.templates.values())[number % len(program.templates)]
    size = template.maximum if template.constant else source.randrange(min(template.maximum, 600) + 1)
    memory = bytearray(source.choices(SMALL, k=size) if seed % 3 else source.randbytes(size))
    for _ in range(source.randrange(4)):
        start = source.randrange(size + 1)
        memory[start : start + 64] = bytes(len(memory[start : start + 64]))
    arguments = {each.name: choose(source, each) for each in template.parameters}
    return Case(program, name, template, memory, arguments, source)


def choose(source: random.Random, parameter: Parameter) -> int:
    low, high = source.choice(parameter.allowed)
    return source.choice((low, high, source.randint(low, min(high, low + 64)), source.randint(low, high)))


def compare(case: Case, meant, role: str, *numbers: int, **more):
    """Return what a function did, and see that it is what was `meant`; None where that is nothing at all.

    Where the text has no meaning, the kernel has refused it, or the object is too short and nothing is done.
    """
    try:
        wanted = meant()
    except Wrong:
        wanted = None
    try:
        done = case.run(role, *numbers, **more)
    except Fault:
        assert wanted is None
        return None
    return None if wanted is None else (wanted, done)


@pytest.mark.parametrize("name", NAMES, ids=lambda name: Path(name).stem)
@settings(max_examples=60)
@given(number=st.integers(0, 40), seed=st.integers(0, 1 << 32))
def test_partitions(name: str, number: int, seed: int) -> None:
    case = make_case(name, number, seed)
    for role, used in (("owns", False), ("used", True)):
        if getattr(case.template, role) is None:
            continue
        count = case.run("marks" if used else "partitions", len(case.memory))[0][0]
        partitions = range(count) if count < 24 else case.source.sample(range(count + 3), 20)
        for partition in (*partitions, count):
            both = compare(
                case, lambda p=partition, u=used: emit_partition(case.state, p, u), role, partition
            )
            if both is None:
                continue
            wanted, emitted = both[0], [*both[1][1]]
            shown = emitted if used else [case.named(each) for each in emitted]
            same = [relax(a, b) for a, b in zip(wanted, shown, strict=False)]
            assert shown == same or (not shown and case.is_short), (
                case.template.name,
                partition,
            )
            assert len(shown) == len(wanted) or case.is_short


def test_one_of_each_construct() -> None:
    name = next(each for each in NAMES if Path(each).stem == "constructs")
    done = set()
    for seed in range(300):
        case = make_case(name, 2, seed)
        for partition in range(case.run("partitions", 512)[0][0]):
            both = compare(case, lambda p=partition, c=case: emit_partition(c.state, p), "owns", partition)
            if both is not None:
                assert [case.named(each) for each in both[1][1]] == both[0]
                done.add((partition, bool(both[0])))
        for method in case.template.methods:
            check_method(case, method)
    assert len(done) > 30


def relax(wanted: Tuple, shown: Tuple) -> Tuple:
    """Return `wanted`; a length that is written out although it is the child's counts as left out."""
    return (wanted[0], shown[1], *wanted[2:]) if len(wanted) > 2 and -1 in (wanted[1], shown[1]) else wanted


@pytest.mark.parametrize("name", NAMES, ids=lambda name: Path(name).stem)
@settings(max_examples=60)
@given(number=st.integers(0, 40), seed=st.integers(0, 1 << 32))
def test_routines(name: str, number: int, seed: int) -> None:
    case = make_case(name, number, seed)
    if case.template.names is not None:
        both = compare(case, lambda: list_names(case.state), "names")
        if both is not None:
            emitted = [*both[1][1]]
            assert emitted == both[0] or (not emitted and case.is_short)
    if case.template.size is not None:
        both = compare(case, lambda: answer(case.state, "size"), "size")
        assert both is None or both[1][0] == (both[0],) or case.is_short
    if case.template.acl is not None:
        after = bytearray(case.memory)
        for _ in range(case.source.randrange(3)):
            after[case.source.randrange(len(after))] = case.source.choice(SMALL)
        numbers = case.source.choice((0, 1, 1 << 32, 5)), case.source.randrange(5)
        state = case.state
        changed = State(state.header, state.memory, state.arguments, after=after, clock=CLOCK)
        both = compare(case, lambda: answer(changed, "acl", *numbers), "acl", *numbers, after=after)
        assert both is None or both[1][0] == (both[0],) or case.is_short


@pytest.mark.parametrize("name", NAMES, ids=lambda name: Path(name).stem)
@settings(max_examples=60)
@given(number=st.integers(0, 40), seed=st.integers(0, 1 << 32))
def test_methods(name: str, number: int, seed: int) -> None:
    case = make_case(name, number, seed)
    for method in case.template.methods:
        check_method(case, method)


def check_method(case: Case, method: Method) -> None:
    arguments = {each.name: choose(case.source, each) for each in method.parameters}
    before, extra = bytes(case.memory), [*arguments.values()]
    try:
        wanted = call_method(case.state, method.name, arguments)
    except Wrong:
        wanted = None
    meant = bytes(case.memory)
    case.memory[:] = before
    claims = compare(
        case,
        lambda: list_transfers(case.state, method.name, arguments),
        f"changes {method.name}",
        extra=extra,
    )
    if wanted == 0 and claims is not None:
        transfers = [each for each in claims[1][1] if each[0] != TOUCHES]
        assert [(each[0] == GIVES, case.named(each[1:])) for each in transfers] == claims[0]
    try:
        done = case.run(f"body {method.name}", extra=extra)
    except Fault:
        assert wanted is None
    else:
        if wanted is not None:
            assert done[0] == (wanted,), method.name
            assert bytes(case.memory) == (before if wanted else meant)
    case.memory[:] = before
