"""Branches: both arms of an `if` are lowered, and what they assign comes out of it as its targets.

In: a condition and what lowers each arm. Out: an `if`; the frame's variables are its targets afterwards.

    if c { x = 1 }    ->  %3 = if %c { %2 = const 1; yield %2 } else { yield %x }
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from grammar.lowering.meaning import Variable
from grammar.lowering.operand import Known, Made, Operand
from runtime.ir.nodes import Type
from udfc.lowering.frame import Frame

GOES_ON: Operand = Known(1)
STOPS: Operand = Known(0)

Arm: TypeAlias = Callable[[], Operand]
"""Lowers an arm, and says whether execution goes on behind it."""


def _nothing() -> None:
    return


@dataclass(frozen=True, slots=True)
class Tail:
    """What is to be done where execution gets to the end of a body: in the innermost arm.

    Args:
        run: lowers it.
        assigned: the variables that it assigns.
    """

    run: Callable[[], None]
    assigned: frozenset[str]


NOTHING = Tail(_nothing, frozenset())


def branch(
    frame: Frame, condition: Operand, then: Arm, otherwise: Arm, assigned: frozenset[str], stops: bool
) -> Operand:
    """Lower an `if`, whose targets are the variables that an arm assigns.

    Args:
        frame: of the function.
        condition: a u1.
        then: lowers the first arm.
        otherwise: lowers the second.
        assigned: names that the arms may assign; those declared inside an arm do not matter.
        stops: whether an arm may stop: then a further target says so.
    """
    builder = frame.builder
    carried = carry(frame, assigned)
    before = {name: frame.names[name] for name in carried}
    builder.if_(frame.value(condition, Type.U1))
    highs = [0] * len(carried)
    for number, arm in enumerate((then, otherwise)):
        frame.names.update(before)
        going = arm()
        values = [variable(frame, name).operand for name in carried]
        highs = [max(high, value.high) for high, value in zip(highs, values, strict=True)]
        ends = [frame.value(value) for value in values]
        if stops:
            ends.append(frame.value(going, Type.U1))
        builder.yield_(*ends)
        if number == 0:
            builder.else_()
    targets = builder.end()
    for name, value, high in zip(carried, targets, highs, strict=False):
        frame.names[name] = Variable(Made(value, high), changes=True)
    return Made(targets[-1], 1) if stops else GOES_ON


def carry(frame: Frame, assigned: frozenset[str]) -> list[str]:
    """Return which of the names `assigned` are variables declared here or further out, in order."""
    seen = ((name, frame.names[name]) for name in sorted(assigned) if name in frame.names)
    return [name for name, meaning in seen if isinstance(meaning, Variable) and meaning.changes]


def variable(frame: Frame, name: str) -> Variable:
    """Return what `name`, which was carried here, is now."""
    found = frame.names[name]
    assert isinstance(found, Variable), f"`{name}` is no variable"
    return found
