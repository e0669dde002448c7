"""Carry a row of numbers along a function, through its `if`s and `for`s: a count that grows here and there.

In: a function and a `Weaver`, which says what happens at an instruction. Out: the function with the numbers
threaded through it.

    if %c { store ... }            %n2 = if %c { store ...; %n1 = add %n0, 1; yield %n1 } else { yield %n0 }
    for %i < %k { store ... }      %n3 = for %i < %k with %n1 = %n0 { store ...; %n2 = add %n1, 1; next (%n2)
    }
"""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import Protocol, TypeAlias

from runtime.handler.line import Line
from runtime.ir.nodes import Body, For, Function, If, Instruction, Next, Return, Value, Yield
from runtime.ir.value_types import find_value_types
from runtime.opt.renumber import renumber_values

Numbers: TypeAlias = tuple[Value, ...]


class Weaver(Protocol):
    """What is done at the instructions of a function."""

    def begin(self, line: Line) -> Numbers:
        """Append what stands before the body; return the numbers at its start."""

    def changed_by(self, body: Body) -> frozenset[int]:
        """Return the places of the numbers that one run of `body` may change."""

    def weave(self, line: Line, instruction: Instruction, numbers: Numbers) -> Numbers:
        """Append `instruction`, which holds no body, with what belongs to it; return the numbers then."""

    def enter(self, line: Line, loop: For, numbers: Numbers) -> Numbers:
        """Append what stands before a loop; return the numbers behind that."""


def weave_function(function: Function, weaver: Weaver) -> Function:
    """Return `function` with the numbers of `weaver` threaded through it."""
    line = Line(count(len(find_value_types(function))))
    _Threader(weaver).visit_body(line, function.body, weaver.begin(line))
    return renumber_values(replace(function, body=tuple(line.body)))


class _Threader:
    def __init__(self, weaver: Weaver) -> None:
        self._weaver = weaver

    def visit_body(self, line: Line, body: Body, numbers: Numbers) -> Numbers | None:
        """Append `body` without its final `Yield` or `Next`; return the numbers there, None if it returns."""
        for instruction in body:
            match instruction:
                case Yield() | Next():
                    return numbers
                case Return():
                    self._weaver.weave(line, instruction, numbers)
                    return None
                case If():
                    after = self._visit_if(line, instruction, numbers)
                    if after is None:
                        return None
                    numbers = after
                case For():
                    numbers = self._visit_for(line, instruction, numbers)
                case _:
                    numbers = self._weaver.weave(line, instruction, numbers)
        raise AssertionError("a verified body ends in a terminator")

    def _visit_if(self, line: Line, branch: If, numbers: Numbers) -> Numbers | None:
        lines = [line.inner(), line.inner()]
        arms = (branch.then, branch.otherwise)
        ends = [self.visit_body(inner, arm, numbers) for inner, arm in zip(lines, arms, strict=True)]
        living = [end for end in ends if end is not None]
        places = [n for n, before in enumerate(numbers) if any(end[n] != before for end in living)]
        bodies: list[Body] = []
        for inner, arm, end in zip(lines, arms, ends, strict=True):
            last = arm[-1]
            if end is not None:
                assert isinstance(last, Yield), "an arm that goes on ends in `yield`"
                inner.body.append(replace(last, values=(*last.values, *(end[n] for n in places))))
            bodies.append(tuple(inner.body))
        targets = tuple(line.fresh() for _ in places)
        line.body.append(
            replace(branch, targets=(*branch.targets, *targets), then=bodies[0], otherwise=bodies[1])
        )
        return _put(numbers, places, targets) if living else None

    def _visit_for(self, line: Line, loop: For, numbers: Numbers) -> Numbers:
        numbers = self._weaver.enter(line, loop, numbers)
        places = sorted(self._weaver.changed_by(loop.body))
        carried = tuple(line.fresh() for _ in places)
        inner = line.inner()
        end = self.visit_body(inner, loop.body, _put(numbers, places, carried))
        last = loop.body[-1]
        if end is not None:
            assert isinstance(last, Next), "a body that goes on ends in `next`"
            inner.body.append(replace(last, values=(*last.values, *(end[n] for n in places))))
        targets = tuple(line.fresh() for _ in places)
        line.body.append(
            replace(
                loop,
                targets=(*loop.targets, *targets),
                carried=(*loop.carried, *carried),
                initial=(*loop.initial, *(numbers[n] for n in places)),
                body=tuple(inner.body),
            )
        )
        return _put(numbers, places, targets)


def _put(numbers: Numbers, places: list[int], values: Numbers) -> Numbers:
    changed = dict(zip(places, values, strict=True))
    return tuple(changed.get(place, number) for place, number in enumerate(numbers))
