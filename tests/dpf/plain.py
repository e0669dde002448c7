"""A second meaning of raw filters, straight from their syntax: bits as text, no formulas."""

from __future__ import annotations

import operator

from dpfc.language import syntax

_ARITHMETIC = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.floordiv,
    "%": operator.mod,
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
    "<<": operator.lshift,
    ">>": operator.rshift,
}
_COMPARISONS = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class NoValueError(Exception):
    pass


class InexactError(Exception):
    pass


def says(statements: tuple[syntax.Statement, ...], message: bytes) -> bool:
    shift: list[syntax.Expression] = []
    for statement in statements:
        if isinstance(statement, syntax.ShiftBy):
            shift.append(statement.amount)
        elif not holds(statement, message, shift):
            return False
    return True


def holds(condition: syntax.Condition, message: bytes, shift: list[syntax.Expression]) -> bool:
    match condition:
        case syntax.Truth(value=answer):
            return answer
        case syntax.AllOf(parts=parts):
            return all(holds(part, message, shift) for part in parts)
        case syntax.AnyOf(parts=parts):
            return any(holds(part, message, shift) for part in parts)
        case syntax.Negation(part=part):
            return not holds(part, message, shift)
        case syntax.Compare() | syntax.Member():
            return _compares(condition, message, shift)
        case _:
            raise AssertionError("raw filters only")


def _compares(
    condition: syntax.Compare | syntax.Member, message: bytes, shift: list[syntax.Expression]
) -> bool:
    try:
        match condition:
            case syntax.Compare(operator=sign, left=left, right=right):
                first, second = value(left, message, shift), value(right, message, shift)
                return bool(_COMPARISONS[sign](first, second))
            case syntax.Member(subject=subject, negated=negated, items=items):
                number = value(subject, message, shift)
                inside = any(
                    value(item.low, message, shift) <= number <= value(item.high, message, shift)
                    for item in items
                )
                return inside != negated
    except NoValueError:
        return False


def value(expression: syntax.Expression, message: bytes, shift: list[syntax.Expression]) -> int:
    match expression:
        case syntax.Constant(value=number):
            return number
        case syntax.Name(name="length"):
            return len(message)
        case syntax.RawLoad(base=base, bits=bits, little=little):
            start = value(base, message, shift)
            for depth, amount in enumerate(shift):
                start += value(amount, message, shift[:depth])
            text = "".join(f"{byte:08b}" for byte in message)
            if 8 * start + bits > len(text):
                raise NoValueError
            taken = text[8 * start : 8 * start + bits]
            if little:
                taken = "".join(taken[n : n + 8] for n in range(bits - 8, -1, -8))
            return int(taken, 2)
        case syntax.Binary(operator=sign, left=left, right=right):
            first, second = value(left, message, shift), value(right, message, shift)
            if (sign in "/%" and second == 0) or (sign in {"<<", ">>"} and second > 63):
                raise InexactError
            result = int(_ARITHMETIC[sign](first, second))
            if not 0 <= result < 1 << 64:
                raise InexactError
            return result
        case _:
            raise AssertionError("raw filters only")
