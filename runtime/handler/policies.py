"""What the functions of a handler may do: the policies under which `runtime.check` proves them.

In: a handler, and the budget that the kernel grants. Out: a `Policy` for each of its functions.
"""

from __future__ import annotations

from collections.abc import Iterator

from runtime import limits
from runtime.handler.nodes import MEMORY, MESSAGE, Handler
from runtime.ir.nodes import Function, Type
from runtime.policy import Policy, RegionGrant

EFFECT = (Type.U64, Type.U64)


def find_policy(handler: Handler, function: Function, parameters: tuple[Type, ...], budget: int) -> Policy:
    """Return the policy of a function of `handler`: it may have `parameters`, or fewer from their end."""
    grants = [RegionGrant(MESSAGE, "read_write", handler.message)]
    if handler.memory:
        grants.append(RegionGrant(MEMORY, "read_write", handler.memory, constant=True))
    return Policy(
        name="packet handler",
        regions=tuple(grants),
        parameters=parameters[: len(function.parameters)],
        results=(Type.U32,),
        emits=EFFECT if function.emits else (),
        emit_limit=limits.MAX_EFFECTS,
        primitives=(),
        deterministic=True,
        budget=budget,
    )


def list_functions(handler: Handler, budget: int) -> Iterator[tuple[str, Function, Policy]]:
    """Yield the functions of `handler`, with what to call them and their policies."""
    yield "body", handler.body, find_policy(handler, handler.body, (Type.U64,), budget)
    if handler.recovery is not None:
        parameters = (Type.U32, Type.U64)
        yield "recovery", handler.recovery, find_policy(handler, handler.recovery, parameters, budget)
