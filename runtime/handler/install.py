"""Install a handler: the stages between bytes that nobody trusts and functions that may run, in order.

In: a handler, from any compiler, and the budget that its owner is granted. Out: an `Installed`: its functions
proved, with log and account, proved again. Nothing that the compiler claims is believed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from runtime import limits
from runtime.check.judgement import Judgement
from runtime.diagnostic import Diagnostic, Refused
from runtime.handler.instrument import count_entries, instrument_function
from runtime.handler.nodes import Handler
from runtime.handler.policies import EFFECT, find_policy
from runtime.ir.nodes import Function, Type
from runtime.pipeline import prove_function
from runtime.policy import Policy


@dataclass(frozen=True, slots=True)
class Routine:
    """One function of a handler, ready to be compiled.

    Args:
        function: instrumented and proved.
        policy: that it keeps.
        judgement: of the function as downloaded.
        entries: of the log, 0 where an abort never comes behind a store.
    """

    function: Function
    policy: Policy
    judgement: Judgement
    entries: int


@dataclass(frozen=True, slots=True)
class Installed:
    """A handler that may run."""

    handler: Handler
    body: Routine
    recovery: Routine | None


def install_handler(
    handler: Handler, budget: int = limits.HANDLER_BUDGET, cache: Path | None = None
) -> Installed:
    """Prove a handler.

    Args:
        handler: as downloaded.
        budget: instructions of one run.
        cache: a directory of earlier proofs.

    Raises:
        Refused: HND, IR or CHK codes.
    """
    _check_declarations(handler)
    body = _prepare(handler, handler.body, (Type.U64,), budget, cache)
    recovery = None
    if handler.recovery is not None:
        recovery = _prepare(handler, handler.recovery, (Type.U32, Type.U64), budget, cache)
    return Installed(handler, body, recovery)


def _prepare(
    handler: Handler, function: Function, parameters: tuple[Type, ...], budget: int, cache: Path | None
) -> Routine:
    _check_convention(function, parameters)
    policy = find_policy(handler, function, parameters, budget)
    judgement = prove_function(function, policy, cache)
    made, kept = instrument_function(function, policy)
    prove_function(made, kept, cache)
    return Routine(made, kept, judgement, count_entries(function))


def _check_declarations(handler: Handler) -> None:
    if not 0 < handler.message <= limits.MAX_MESSAGE_BYTES:
        raise _misfit(handler, f"takes messages of up to {handler.message} bytes")
    if handler.memory > limits.MAX_HANDLER_MEMORY:
        raise _misfit(handler, f"touches {handler.memory} bytes of memory")
    if not 0 < len(handler.layers) <= limits.MAX_LAYERS:
        raise _misfit(handler, f"has {len(handler.layers)} layers")
    if len(handler.checks) > limits.MAX_HANDLER_CHECKS:
        raise _misfit(handler, f"has {len(handler.checks)} checks")
    if any(check.layer >= len(handler.layers) for check in handler.checks):
        raise _misfit(handler, "has a check of a layer that there is not")


def _misfit(handler: Handler, what: str) -> Refused:
    note = "the limits are in runtime/limits.py"
    return Refused(Diagnostic("HND001", f"`{handler.name}` {what}", handler.span, (note,)))


def _check_convention(function: Function, parameters: tuple[Type, ...]) -> None:
    given = tuple(parameter.type for parameter in function.parameters)
    fits = given == parameters[: len(given)] and len(given) >= len(parameters) - 1
    if not fits or function.results != (Type.U32,) or function.emits not in ((), EFFECT):
        message = f"`{function.name}` is not declared as a function of a handler"
        note = "see runtime/handler/nodes.py"
        raise Refused(Diagnostic("HND002", message, function.span, (note,)))
