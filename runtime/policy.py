"""What one kind of program may read, write, call and spend: the policy that `runtime.check` holds it to.

A policy is data. A program is proved against exactly one; the proof says nothing about any other.
"""

from __future__ import annotations

from dataclasses import dataclass

from runtime import limits
from runtime.ir.nodes import Rights, Type
from runtime.ir.primitives import PRIMITIVES as PRIMITIVES  # kept here too: a policy names them
from runtime.ir.primitives import Primitive as Primitive


@dataclass(frozen=True, slots=True)
class RegionGrant:
    """A region that the kernel hands to this kind of program.

    Args:
        name: what the program must call it.
        rights: the most that it may do with it; a program may declare less.
        maximum: largest length in bytes; a program must be prepared for every length up to it.
        constant: True when the length is always `maximum`.
    """

    name: str
    rights: Rights
    maximum: int
    constant: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """The contract between the kernel and one kind of program.

    Args:
        name: printed in diagnostics.
        regions: what may be declared as a region.
        parameters: the exact parameter types.
        results: the exact result types.
        emits: the exact types of an emitted tuple; empty: may not emit.
        emit_limit: the most tuples that one call may emit.
        primitives: names of the services that it may call.
        deterministic: True forbids every non-deterministic primitive.
        budget: the most instructions that one call may execute.
        open_tables: whether it may have open tables: who runs it must hand in their contents.
    """

    name: str
    regions: tuple[RegionGrant, ...]
    parameters: tuple[Type, ...]
    results: tuple[Type, ...]
    emits: tuple[Type, ...]
    emit_limit: int
    primitives: tuple[str, ...]
    deterministic: bool
    budget: int
    open_tables: bool = False


FILTER = Policy(
    name="packet filter",
    regions=(RegionGrant("message", "read", limits.MAX_MESSAGE_BYTES),),
    parameters=(),
    results=(Type.U32,),
    emits=(),
    emit_limit=0,
    primitives=(),
    deterministic=True,
    budget=1 << 20,
)
"""One message in, the number of the accepting filter out (0: none)."""

FILTER_ALL = Policy(
    name="packet filter, every match",
    regions=FILTER.regions,
    parameters=(),
    results=(),
    emits=(Type.U32,),
    emit_limit=limits.MAX_EMITS,
    primitives=(),
    deterministic=True,
    budget=1 << 24,
)
"""One message in, the numbers of all accepting filters out, as emitted tuples."""
