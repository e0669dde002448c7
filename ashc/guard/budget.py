"""Hold a function to its budget: data loops may run as often as it allows, and a check sees to that.

In: a function and a budget. Out: the function, the maxima of its data loops lowered where that is needed.
What is left of the budget is shared so that short loops keep what they need, and the longest give way; a
loop that would run longer aborts the handler before it begins.

Source: Wallach, Engler and Kaashoek, SIGCOMM 1996, section 3.3: data transfers are charged by their length.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from grammar.fields.refuse import refusal
from runtime.check.bound import find_body_cost, find_cost
from runtime.diagnostic import Refused
from runtime.handler.charge import is_data_loop
from runtime.handler.endings import find_constants
from runtime.ir.nodes import Body, For, Function, If, Instruction, Value


@dataclass(frozen=True, slots=True)
class Fitted:
    """A function within its budget.

    Args:
        shortened: the identities of the loops that may run less often than before.
    """

    function: Function
    shortened: frozenset[int]


def fit_budget(function: Function, budget: int, reserve: int) -> Fitted:
    """Return `function` with data loops that are short enough.

    Args:
        function: verified, without checks.
        budget: instructions.
        reserve: how many of them the checks take that are still to come.

    Raises:
        Refused: ASH061 if it is too expensive without any round of a data loop.
    """
    available = budget - reserve
    if find_cost(function).instructions <= available:
        return Fitted(function, frozenset())
    constants = find_constants(function)
    loops = _list_loops(function.body, constants)
    least = find_cost(_shorten(function, {id(loop): 0 for loop in loops})[0]).instructions
    if least > available or not loops:
        raise _refuse(function, least + reserve, budget)
    costs = {id(loop): find_body_cost(loop.body).instructions for loop in loops}
    demands = {id(loop): loop.maximum * costs[id(loop)] for loop in loops}
    share = _find_share(list(demands.values()), available - least)
    maxima = {key: min(demands[key], share) // costs[key] for key in demands}
    shortened, changed = _shorten(function, maxima)
    return Fitted(shortened, frozenset(changed))


def _find_share(demands: list[int], available: int) -> int:
    """Return the largest number that no demand may exceed so that all together are within what is there."""
    rest = sorted(demands)
    while rest:
        share = available // len(rest)
        if rest[0] > share:
            return share
        available -= rest.pop(0)
    return max(demands)


def _list_loops(body: Body, constants: dict[Value, int]) -> list[For]:
    """Return the outermost data loops."""
    found: list[For] = []
    for instruction in body:
        match instruction:
            case For() if is_data_loop(instruction, constants):
                found.append(instruction)
            case For(body=inner):
                found += _list_loops(inner, constants)
            case If(then=then, otherwise=otherwise):
                found += _list_loops(then, constants) + _list_loops(otherwise, constants)
            case _:
                pass
    return found


def _shorten(function: Function, maxima: dict[int, int]) -> tuple[Function, list[int]]:
    """Return the function with these maxima, and the identities of the loops that became shorter."""
    changed: list[int] = []
    kept: list[Instruction] = []

    def visit(body: Body) -> Body:
        made: list[Instruction] = []
        for instruction in body:
            match instruction:
                case For(maximum=maximum) if maxima.get(id(instruction), maximum) < maximum:
                    made.append(replace(instruction, maximum=maxima[id(instruction)]))
                    changed.append(id(made[-1]))
                    kept.append(made[-1])
                case For(body=inner):
                    made.append(replace(instruction, body=visit(inner)))
                case If(then=then, otherwise=otherwise):
                    made.append(replace(instruction, then=visit(then), otherwise=visit(otherwise)))
                case _:
                    made.append(instruction)
        return tuple(made)

    return replace(function, body=visit(function.body)), changed


def _refuse(function: Function, least: int, budget: int) -> Refused:
    message = f"`{function.name}` executes up to {least} instructions before any data is moved, "
    message += f"and its budget is {budget}"
    note = "raise the budget, or lower the `max` of its loops, which multiply when nested"
    return refusal("ASH061", message, function.span, note)
