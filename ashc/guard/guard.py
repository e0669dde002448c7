"""Add the checks that a function needs: the stages, in order.

In: a lowered function and a budget. Out: a `Guarded`: a function of which the kernel can prove everything,
and where it may give up.
"""

from __future__ import annotations

from ashc.guard.budget import fit_budget
from ashc.guard.condition import split_product
from ashc.guard.insert import Guarded, insert_checks
from ashc.guard.need import Need, can_hold, make_need
from ashc.lowering.handler import Lowered
from grammar.fields.refuse import refusal
from runtime import limits
from runtime.check.bound import find_cost
from runtime.check.knowledge import Knowledge
from runtime.check.obligation import NoWrap
from runtime.check.residue import find_residue
from runtime.diagnostic import Refused
from runtime.ir.verify import verify_function


def guard_function(lowered: Lowered, budget: int, divided: bool) -> Guarded:
    """Return the function of `lowered` with checks.

    Args:
        lowered: as the statements say.
        budget: instructions.
        divided: whether it matters which layer gives up.

    Raises:
        Refused: ASH060 for a check that can never succeed, ASH061 to ASH063.
    """
    verify_function(lowered.function)
    reserve, guarded = 0, _guard(lowered, budget, 0, divided)
    while (excess := find_cost(guarded.function).instructions - budget) > 0:
        reserve += excess  # what the checks cost, too
        guarded = _guard(lowered, budget, reserve, divided)
    if len(guarded.checks) > limits.MAX_HANDLER_CHECKS:
        message = f"this handler has {len(guarded.checks)} checks, the limit is {limits.MAX_HANDLER_CHECKS}"
        raise refusal("ASH063", message, lowered.function.span, "check ranges once, before a loop")
    verify_function(guarded.function)
    return guarded


def _guard(lowered: Lowered, budget: int, reserve: int, divided: bool) -> Guarded:
    fitted = fit_budget(lowered.function, budget, reserve)
    residue = find_residue(fitted.function)
    knowledge = residue.walk.knowledge
    needs = [make_need(knowledge, finding, lowered.demands, fitted.shortened) for finding in residue.left]
    for need in needs:
        _check_need(knowledge, need)
    return insert_checks(fitted.function, knowledge, needs, lowered.checks, lowered.layers, divided)


def _check_need(knowledge: Knowledge, need: Need) -> None:
    if not can_hold(knowledge, need):
        raise _refuse(need, "ASH060", f"it can never be that {need.text}", "the handler would always abort")
    match need.obligation:
        case NoWrap(operator="mul") as obligation if need.goal is None:
            if split_product(knowledge, obligation) is None:
                note = "compare the factors with something first, or write `wrapping(...)`"
                raise _refuse(need, "ASH062", f"it is not known whether {need.text}", note)
        case _:
            return


def _refuse(need: Need, code: str, message: str, note: str) -> Refused:
    return refusal(code, message, need.instruction.span, note)
