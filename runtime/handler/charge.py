"""What a run is charged: the text of the handler, and each data loop by how often it runs.

In: a function. Out: its fixed charge, and what one round of a data loop costs. A data loop is one whose
number of rounds is not known before: its rounds are charged as they come, so that a handler pays for the
bytes that it moves, and not for those that it might have moved. Loops of a few rounds are part of the text.

    total = instructions of the dearest path, data loops taken for one instruction each
            + rounds * instructions of one round, for each data loop that is run

No run executes more instructions than it is charged for, those that `instrument` adds aside.

Source: Wallach, Engler and Kaashoek, SIGCOMM 1996, section 3.3.
"""

from __future__ import annotations

from runtime.ir.builder import always_returns
from runtime.ir.nodes import Body, For, Function, If, Instruction, Value

_FEW = 8
"""A loop that runs no more often than that is charged for all its rounds."""


def is_data_loop(loop: For, constants: dict[Value, int]) -> bool:
    """Say whether the rounds of `loop` are charged as they come."""
    return loop.maximum > _FEW and loop.count not in constants


def find_fixed_charge(function: Function, constants: dict[Value, int]) -> int:
    """Return the charge of a run in which no data loop runs."""
    return find_body_charge(function.body, constants)


def find_body_charge(body: Body, constants: dict[Value, int]) -> int:
    """Return the charge of the dearest path through `body`, added up from its end."""
    rest = 0
    for instruction in reversed(body):
        rest = _charge(instruction, rest, constants)
    return rest


def _charge(instruction: Instruction, rest: int, constants: dict[Value, int]) -> int:
    """Return the charge of `instruction` and of the `rest` behind it."""
    match instruction:
        case If(then=then, otherwise=otherwise):
            arms = (
                find_body_charge(arm, constants) + (0 if always_returns(arm[-1]) else rest)
                for arm in (then, otherwise)
            )
            return 1 + max(arms)
        case For(body=body) if is_data_loop(instruction, constants):
            return 1 + rest
        case For(body=body, maximum=maximum):
            return 1 + maximum * find_body_charge(body, constants) + rest
        case _:
            return 1 + rest
