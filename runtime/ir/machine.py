"""The state of one interpreted call, and the fault that ends it early.

In: nothing. Out: what the files of the interpreter share.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from runtime.ir.nodes import Instruction

Memory: TypeAlias = bytes | bytearray | memoryview

FaultKind: TypeAlias = Literal[
    "bounds",  # a load or store leaves its region
    "rights",  # a load or store that the region's rights forbid
    "wrap",  # add, sub, mul or shl leaves its type without being `wrapping`
    "divisor",  # udiv or urem by zero
    "shift",  # shl or lshr by the width or more
    "convert",  # narrowing loses bits without being `wrapping`
    "count",  # a loop would run more often than its maximum
    "emits",  # more tuples than the function's emit limit
    "budget",  # more instructions than the caller allows
]


class Fault(Exception):  # noqa: N818  (the machine's word)
    """An obligation that did not hold, or a budget that ran out.

    Args:
        kind: which obligation.
        instruction: where; its span leads to the source.
        message: the fact that failed, with the numbers, as a diagnostic would say it.
    """

    def __init__(self, kind: FaultKind, instruction: Instruction, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.instruction = instruction
        self.message = message


@dataclass(slots=True)
class Machine:
    """One call.

    Args:
        values: by value number; those not yet defined are 0.
        regions: in the order of their declaration.
        budget: instructions that may still be executed.
        calls: the services, by name.
        emitted: the tuples so far.
        results: set when the function returns.
    """

    values: list[int]
    regions: list[Memory]
    budget: int
    calls: dict[str, Callable[..., int | tuple[int, ...]]]
    emitted: list[tuple[int, ...]] = field(default_factory=list)
    results: tuple[int, ...] = ()


Step: TypeAlias = Callable[[Machine], None]
"""One prepared instruction that goes on to the next."""
