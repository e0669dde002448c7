"""The kernel services that `Call` can name: their operand and result types.

In: nothing. Out: `PRIMITIVES`, which the verifier and the interpreter need to know the types of a call's
targets. That a service is in this table does not mean that a program may call it: its policy says that.
"""

from __future__ import annotations

from dataclasses import dataclass

from runtime.ir.nodes import Type


@dataclass(frozen=True, slots=True)
class Primitive:
    """A kernel service.

    Args:
        name: what `Call` says.
        arguments: operand types.
        results: result types.
        deterministic: False when equal arguments may give different results (a clock).
    """

    name: str
    arguments: tuple[Type, ...]
    results: tuple[Type, ...]
    deterministic: bool


PRIMITIVES: tuple[Primitive, ...] = (Primitive("clock", (), (Type.U64,), deterministic=False),)
"""Every kernel service that exists; the kernel's issues add theirs here."""


def find_primitive(name: str) -> Primitive | None:
    """Return the service called `name`."""
    return next((primitive for primitive in PRIMITIVES if primitive.name == name), None)
