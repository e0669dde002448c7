"""What a formula means, for one message: slow and direct; everything else is tested against it.

In: a `dpfc.formula.Formula` and the captured bytes. Out: whether the formula accepts them.
"""

from __future__ import annotations

from dataclasses import dataclass

from dpfc import formula as f
from dpfc.names.known import calculate

_TOP = (1 << 64) - 1


class Wrapped(Exception):  # noqa: N818  (a property of the filter, found by running it)
    """Arithmetic left the numbers from 0 to 2**64 - 1, divided by zero, or shifted by more than 63 bits."""


@dataclass(frozen=True, slots=True)
class _View:
    """The message, and inside a chain the place of the header that the walk is at."""

    message: bytes
    here: int = 0


def accepts(formula: f.Formula, message: bytes) -> bool:
    """Return whether `formula` accepts `message`. Parts are looked at in order, as far as needed.

    Raises:
        Wrapped: if arithmetic that was looked at has no exact result.
    """
    return _holds(formula, _View(message))


def find_value(expression: f.Expression, message: bytes) -> int | None:
    """Return the value of `expression` on `message`, or None if it has none; raises Wrapped as `accepts`."""
    return _evaluate(expression, _View(message))


def place_base(base: f.Base, message: bytes) -> int | None:
    """Return the byte offset of `base`, perhaps beyond the end of `message`, or None when it has none."""
    return _locate(base, _View(message))


def _holds(formula: f.Formula, view: _View) -> bool:
    match formula:
        case f.Test(subject=subject, values=values):
            value = _evaluate(subject, view)
            return value is not None and any(low <= value <= high for low, high in values)
        case f.And(parts=parts):
            return all(_holds(part, view) for part in parts)
        case f.Or(parts=parts):
            return any(_holds(part, view) for part in parts)
        case f.Not(part=part):
            return not _holds(part, view)


def _evaluate(expression: f.Expression, view: _View) -> int | None:
    match expression:
        case f.Number(number=number):
            return number
        case f.Captured():
            return len(view.message)
        case f.Field(base=base, offset=offset, bits=bits, little=little):
            return _load(_locate(base, view), offset, bits, little, view.message)
        case f.ChainKey(chain=chain):
            stopped = _walk(chain, view)
            return None if stopped is None else stopped[1]
        case f.Arithmetic(operator=operator, left=left, right=right):
            first, second = _evaluate(left, view), _evaluate(right, view)
            return None if first is None or second is None else _calculate(operator, first, second)
        case f.Comparing(operator=operator, left=left, right=right):
            first, second = _evaluate(left, view), _evaluate(right, view)
            return None if first is None or second is None else _compare(operator, first, second)


def _locate(base: f.Base, view: _View) -> int | None:
    """Return the byte offset where `base` is, which may be beyond the end of the message."""
    match base:
        case f.Start():
            return 0
        case f.Here():
            return view.here
        case f.Shift(base=inner, amount=amount):
            start, distance = _locate(inner, view), _evaluate(amount, view)
            return None if start is None or distance is None else start + distance
        case f.ChainEnd(chain=chain):
            stopped = _walk(chain, view)
            return None if stopped is None else stopped[0]


def _load(start: int | None, offset: int, bits: int, little: bool, message: bytes) -> int | None:
    if start is None:
        return None
    first, end = start + offset // 8, start + (offset + bits + 7) // 8
    if end > len(message):
        return None
    if little:
        return int.from_bytes(message[first:end], "little")
    spare = 8 * (end - start) - offset - bits
    return int.from_bytes(message[first:end], "big") >> spare & (1 << bits) - 1


def _walk(chain: f.Chain, view: _View) -> tuple[int, int] | None:
    """Return where the walk stopped and with which key."""
    place, key = _locate(chain.start, view), _evaluate(chain.key, view)
    if place is None or key is None:
        return None
    for _ in range(chain.limit):
        step = _step(chain, key, _View(view.message, place))
        if step is None:
            break
        key = step[0]
        place += step[1]
    return place, key


def _step(chain: f.Chain, key: int, view: _View) -> tuple[int, int] | None:
    for link in chain.links:
        if any(low <= key <= high for low, high in link.keys):
            if not _holds(link.when, view):
                return None
            next_key, skip = _evaluate(link.next_key, view), _evaluate(link.skip, view)
            return None if next_key is None or skip is None else (next_key, skip)
    return None


def _calculate(operator: f.Operator, left: int, right: int) -> int:
    if operator in {"/", "%"} and right == 0:
        raise Wrapped(f"{left} {operator} 0")
    if operator in {"<<", ">>"} and right > 63:
        raise Wrapped(f"{left} {operator} {right}")
    result = calculate(operator, left, right)
    if not 0 <= result <= _TOP:
        raise Wrapped(f"{left} {operator} {right} = {result}")
    return result


def _compare(operator: f.Comparison, left: int, right: int) -> int:
    match operator:
        case "==":
            return int(left == right)
        case "!=":
            return int(left != right)
        case "<":
            return int(left < right)
        case "<=":
            return int(left <= right)
