"""What a branch teaches: the facts that hold because a u1 was 1, or was 0.

In: a value and its number. Out: `Knowledge.scope` refined: through comparisons, `and`, `or`, `xor` with a
constant, `select`, and joined values whose arms gave different numbers (`Guard`).
"""

from __future__ import annotations

from runtime.check.interval import meet
from runtime.check.knowledge import Knowledge
from runtime.check.linear import Linear, Symbol, add_forms, lone_symbol, shift_form
from runtime.ir.nodes import Binary, Compare, CompareOperator, Select, Type, Value

_MAX_STEPS = 4096  # conditions followed from one branch: longer chains teach less, and stay correct
_FEW_STEPS = 64  # when the effort for the function is spent

_Task = tuple[Linear, int]


def assume_value(knowledge: Knowledge, value: Value, number: int) -> None:
    """Assume that `value` is `number`."""
    _assume_all(knowledge, [(knowledge.form(value), number)])


def _assume_all(knowledge: Knowledge, tasks: list[_Task]) -> None:
    effort = knowledge.scope.effort
    for step in range(_MAX_STEPS):
        if not tasks or knowledge.scope.dead or (effort.exhausted and step >= _FEW_STEPS):
            return
        effort.spent += 1
        form, number = tasks.pop()
        knowledge.scope.assume(shift_form(form, -number))
        knowledge.scope.assume(shift_form(_negate(form), number))
        symbol = lone_symbol(form)
        if symbol is not None and symbol >= 0:
            tasks += _follow(knowledge, Value(symbol), number)


def _follow(knowledge: Knowledge, value: Value, number: int) -> list[_Task]:
    """Return what else is known once `value` is `number`, and learn the comparison that it may be."""
    tasks = _follow_guard(knowledge, value)
    if knowledge.types[value] is not Type.U1:
        return tasks
    match knowledge.definitions.get(value):
        case Compare(operator=operator, left=left, right=right):
            tasks += _learn(knowledge, operator, left, right, bool(number))
        case Binary(operator="and" | "or" | "xor" as operator, left=left, right=right):
            tasks += _split(knowledge, operator, left, right, number)
        case Select(condition=condition, yes=yes, no=no):
            tasks += _choose(knowledge, condition, yes, no, number)
        case _:
            pass
    return tasks


def _split(knowledge: Knowledge, operator: str, left: Value, right: Value, number: int) -> list[_Task]:
    """Return what `left operator right == number` says about its u1 operands."""
    forms = knowledge.form(left), knowledge.form(right)
    decided = 1 if operator == "and" else 0
    if operator != "xor" and number == decided:
        return [(each, number) for each in forms]
    known = [knowledge.range_of(each) for each in (left, right)]
    for mine, other in ((0, 1), (1, 0)):
        if known[other].low != known[other].high:
            continue
        if operator == "xor":
            return [(forms[mine], number ^ known[other].low)]
        if known[other].low == decided:
            return [(forms[mine], number)]
    return []


def _choose(knowledge: Knowledge, condition: Value, yes: Value, no: Value, number: int) -> list[_Task]:
    """Return what `select condition, yes, no == number` says when only one choice can be `number`."""
    if number not in knowledge.range_of(no):
        return [(knowledge.form(condition), 1), (knowledge.form(yes), number)]
    if number not in knowledge.range_of(yes):
        return [(knowledge.form(condition), 0), (knowledge.form(no), number)]
    return []


def _follow_guard(knowledge: Knowledge, value: Value) -> list[_Task]:
    """Take over the facts of the arm that gave `value`, when what is known of it excludes the other arm."""
    guard = knowledge.guards.get(value)
    if guard is None or knowledge.scope.effort.exhausted:
        return []
    known = knowledge.scope.range_of(Symbol(value))
    then = not meet(known, guard.then_range).empty
    otherwise = not meet(known, guard.otherwise_range).empty
    if then == otherwise:
        return []
    knowledge.scope.absorb(guard.then_scope if then else guard.otherwise_scope)
    return [(guard.then if then else guard.otherwise, known.low)] if known.low == known.high else []


def _learn(
    knowledge: Knowledge, operator: CompareOperator, left: Value, right: Value, holds: bool
) -> list[_Task]:
    """Assume a comparison or its opposite, and return what follows for its operands."""
    first, second = knowledge.form(left), knowledge.form(right)
    difference = add_forms(first, second, -1)
    match operator, holds:
        case ("eq", True) | ("ne", False):
            knowledge.scope.assume(difference)
            knowledge.scope.assume(_negate(difference))
        case ("eq", False) | ("ne", True):
            _assume_unequal(knowledge, difference)
        case "ult", _:
            knowledge.scope.assume(shift_form(difference, 1) if holds else _negate(difference))
        case _:
            knowledge.scope.assume(difference if holds else shift_form(_negate(difference), 1))
    return _follow_operands(knowledge, (first, second))


def _assume_unequal(knowledge: Knowledge, difference: Linear) -> None:
    """Assume that `difference` is not 0, which says something when 0 is at the edge of its range."""
    low, high = knowledge.scope.bounds(difference)
    if low >= 0:
        knowledge.scope.assume(shift_form(_negate(difference), 1))
    elif high <= 0:
        knowledge.scope.assume(shift_form(difference, 1))


def _follow_operands(knowledge: Knowledge, forms: tuple[Linear, Linear]) -> list[_Task]:
    """Return tasks for operands that turned out to be one number, and follow the guards of the others."""
    tasks: list[_Task] = []
    for form in forms:
        symbol = lone_symbol(form)
        if symbol is None or symbol < 0:
            continue
        known = knowledge.scope.range_of(symbol)
        if known.low == known.high:
            tasks.append((form, known.low))
        else:
            tasks += _follow_guard(knowledge, Value(symbol))
    return tasks


def _negate(form: Linear) -> Linear:
    return Linear(tuple((symbol, -coefficient) for symbol, coefficient in form.terms), -form.constant)
