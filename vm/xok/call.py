"""A line of the table of system calls.

In: nothing. Out: `Call`; the lines are in `call_table` and `storage_table`.
"""

from __future__ import annotations

from dataclasses import dataclass

from vm.xok.refusal import Code


@dataclass(frozen=True, slots=True)
class Call:
    """A system call.

    Args:
        number, name: of it.
        cycles: what it costs at least; copying and the like come on top.
        purpose: one line.
        refusals: that it can give.
    """

    number: int
    name: str
    cycles: int
    purpose: str
    refusals: tuple[Code, ...]
