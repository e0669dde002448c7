"""The condition of a check: needs that differ in a constant only are one comparison.

In: needs. Out: instructions that compute whether all of them are met; none of these can fail themselves.

    14 - length <= 0, 42 - length <= 0        %1 = ule 42, %length
    2 * %p + 4 - length <= 0                  %2 = mul %p, 2; %3 = add %2, 4; %4 = ule %3, %length
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ashc.guard.need import Need, say_length
from runtime.check.knowledge import Knowledge
from runtime.check.linear import Linear, Symbol
from runtime.check.obligation import CountAtMost, ExactConvert, InBounds, NonZero, NoWrap, ShiftBelow
from runtime.handler.line import Line
from runtime.ir.nodes import Length, Type, Value

_TOP = (1 << 64) - 1


@dataclass(slots=True)
class Group:
    """Needs that one comparison meets; `constant` is the largest of theirs."""

    needs: list[Need] = field(default_factory=list)
    constant: int = 0


def add_need(groups: list[Group], need: Need) -> None:
    """Add a need to the group that it belongs to, or to a new one."""
    for group in groups:
        goal, other = need.goal, group.needs[0].goal
        if goal is not None and other is not None and goal.terms == other.terms:
            group.needs.append(need)
            group.constant = max(group.constant, goal.constant)
            return
    groups.append(Group([need], 0 if need.goal is None else need.goal.constant))


def say_group(group: Group) -> str:
    """Return what the group's comparison says, for people."""
    goal = group.needs[0].goal
    if goal is not None and group.needs[0].text == say_length(goal.constant):
        return say_length(group.constant)
    return " and ".join(dict.fromkeys(need.text for need in group.needs))


def split_product(knowledge: Knowledge, obligation: NoWrap) -> tuple[Value, int] | None:
    """Return a product's unknown number and its known factor, None where both are unknown."""
    for value, other in ((obligation.left, obligation.right), (obligation.right, obligation.left)):
        known = knowledge.ranges[other]
        if known.low == known.high:
            return value, known.low
    return None


def make_condition(line: Line, knowledge: Knowledge, group: Group) -> Value:
    """Append what computes the condition of a group."""
    need = group.needs[0]
    if need.goal is None:
        return _make_raw(line, knowledge, need)
    goal = Linear(need.goal.terms, group.constant)
    positive = {symbol: factor for symbol, factor in goal.terms if factor > 0}
    negative = {symbol: -factor for symbol, factor in goal.terms if factor < 0}
    left = _add_up(line, knowledge, positive, max(goal.constant, 0))
    right = _add_up(line, knowledge, negative, max(-goal.constant, 0))
    return line.compare("ule", left, right)


def _add_up(line: Line, knowledge: Knowledge, terms: Mapping[Symbol, int], constant: int) -> Value:
    """Append the sum of multiples of numbers and a constant, which is below 2**64."""
    total: Value | None = line.constant(constant) if constant or not terms else None
    for symbol, factor in terms.items():
        value = _take_symbol(line, knowledge, symbol)
        if factor != 1:
            value = line.binary("mul", value, line.constant(factor))
        total = value if total is None else line.binary("add", total, value)
    assert total is not None, "a sum without terms is a constant"
    return total


def _take_symbol(line: Line, knowledge: Knowledge, symbol: Symbol) -> Value:
    if symbol < 0:
        return _length(line, knowledge.function.regions[-1 - symbol].name)
    return _widen(line, knowledge, Value(symbol))


def _widen(line: Line, knowledge: Knowledge, value: Value) -> Value:
    return value if knowledge.types[value] is Type.U64 else line.convert(Type.U64, value)


def _length(line: Line, region: str) -> Value:
    target = line.fresh()
    line.body.append(Length(target, region))
    return target


def _make_raw(line: Line, knowledge: Knowledge, need: Need) -> Value:
    """Append the condition of an obligation whose sums may be too large, or that is not linear."""
    match need.obligation:
        case InBounds(region=region, offset=offset, width=width):
            length, size = _length(line, region), line.constant(width)
            last = line.binary("sub", length, size, wrapping=True)
            fits, inside = line.compare("ule", size, length), line.compare("ule", offset, last)
            return line.binary("and", fits, inside)
        case NoWrap(operator="add", left=left, right=right):
            type_ = knowledge.types[left]
            return line.compare("ule", left, line.binary("sub", line.constant(type_.maximum, type_), right))
        case NoWrap(operator="shl", left=left, right=right):
            back = line.binary("lshr", line.binary("shl", left, right, wrapping=True), right)
            return line.compare("eq", back, left)
        case NoWrap(operator="mul", left=left) as obligation:
            product = split_product(knowledge, obligation)
            assert product is not None, "other products are refused"
            (value, factor), type_ = product, knowledge.types[left]
            return line.compare("ule", value, line.constant(type_.maximum // max(factor, 1), type_))
        case NoWrap(left=left, right=right):
            return line.compare("ule", right, left)
        case ExactConvert(value=value, type=type_):
            return line.compare("ule", value, line.constant(type_.maximum, knowledge.types[value]))
        case NonZero(divisor=divisor):
            return line.compare("ne", divisor, line.constant(0, knowledge.types[divisor]))
        case ShiftBelow(amount=amount):
            type_ = knowledge.types[amount]
            return line.compare("ult", amount, line.constant(type_.bits, type_))
        case CountAtMost(count=count, maximum=maximum):
            return line.compare("ule", count, line.constant(maximum))
