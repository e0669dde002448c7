"""Comparisons and memberships: from resolved values to tests.

In: two values and a comparison sign. Out: a formula. A field of 128 bits is tested as two halves; a
comparison of something without a value stays false, so both halves are always looked at.
"""

from __future__ import annotations

from dpfc import formula as f
from dpfc.language import syntax
from dpfc.names.connect import FALSE, TRUE, conjoin, disjoin
from dpfc.names.expression import Value, as_number, check_kinds, width_of
from dpfc.names.known import Known, Slot, require_value, several_values
from dpfc.names.place import Wide
from dpfc.valueset import normalize
from runtime.diagnostic import Diagnostic, Refused
from runtime.source import Span

_HALF = (1 << 64) - 1
_FLIPPED: dict[syntax.CompareOperator, syntax.CompareOperator] = {
    "==": "==",
    "!=": "!=",
    "<": ">",
    "<=": ">=",
    ">": "<",
    ">=": "<=",
}


def compare(operator: syntax.CompareOperator, left: Value, right: Value, span: Span) -> f.Formula:
    """Return the formula for `left operator right`.

    Raises:
        Refused: DPF020 to DPF023 for values that cannot be compared.
    """
    match left, right:
        case Known(), Known():
            return _compare_known(operator, left, right)
        case Known(), _:
            return compare(_FLIPPED[operator], right, left, span)
        case _, Known():
            return test_membership(left, _select(operator, right, width_of(left)), right, span)
        case Wide(), Wide():
            return _compare_wide(operator, left, right, span)
        case _:
            return _compare_numbers(operator, as_number(left, span), as_number(right, span), span)


def test_membership(value: Value, intervals: tuple[f.Interval, ...], known: Known, span: Span) -> f.Formula:
    """Return the formula for `value` being in `intervals`, which were computed from `known`.

    Raises:
        Refused: DPF020 if `known` does not fit the value, DPF021 if it is of another kind.
    """
    check_kinds(value, known, known.span)
    top = (1 << width_of(value)) - 1
    if known.intervals[-1][1] > top:
        message = f"{known.intervals[-1][1]} does not fit in {width_of(value)} bits"
        raise Refused(Diagnostic("DPF020", message, known.span, (f"the largest value is {top}",)))
    match value:
        case Wide():
            return _test_wide(value, intervals, span)
        case Known():
            raise AssertionError("known values are compared without a test")
        case _:
            return f.Test(value, intervals, span) if intervals else FALSE


def outside(intervals: tuple[f.Interval, ...], top: int) -> tuple[f.Interval, ...]:
    """Return the numbers from 0 to `top` that are in none of `intervals` (normal form)."""
    result: list[f.Interval] = []
    start = 0
    for low, high in intervals:
        if start < low:
            result.append((start, low - 1))
        start = high + 1
    if start <= top:
        result.append((start, top))
    return tuple(result)


def _select(operator: syntax.CompareOperator, known: Known, bits: int) -> tuple[f.Interval, ...]:
    """Return the numbers of at most `bits` bits for which `number operator known` holds."""
    top = (1 << bits) - 1
    if operator in {"==", "!="}:
        return known.intervals if operator == "==" else outside(require_value(known).intervals, top)
    if not known.single:
        raise Refused(several_values(known.span))
    match operator:
        case "<":
            return normalize([(0, known.number - 1)])
        case "<=":
            return ((0, known.number),)
        case ">":
            return normalize([(known.number + 1, top)])
        case _:
            return ((known.number, top),)


def _compare_known(operator: syntax.CompareOperator, left: Known, right: Known) -> f.Formula:
    if not left.single:
        raise Refused(several_values(left.span))
    chosen = _select(operator, require_value(right), 128)
    return TRUE if any(low <= left.number <= high for low, high in chosen) else FALSE


def _compare_numbers(
    operator: syntax.CompareOperator, left: f.Expression, right: f.Expression, span: Span
) -> f.Formula:
    match operator:
        case "==" | "!=" | "<" | "<=":
            subject = f.Comparing(operator, left, right)
        case ">":
            subject = f.Comparing("<", right, left)
        case ">=":
            subject = f.Comparing("<=", right, left)
    return f.Test(subject, ((1, 1),), span)


def _compare_wide(operator: syntax.CompareOperator, left: Wide, right: Wide, span: Span) -> f.Formula:
    match operator:
        case "==":
            return conjoin(
                (
                    _compare_numbers("==", left.high, right.high, span),
                    _compare_numbers("==", left.low, right.low, span),
                )
            )
        case "!=":
            differ = disjoin(
                (
                    _compare_numbers("!=", left.high, right.high, span),
                    _compare_numbers("!=", left.low, right.low, span),
                )
            )
            return conjoin((*_present(left, right, span=span), differ))
        case ">" | ">=":
            return _compare_wide(_FLIPPED[operator], right, left, span)
        case "<" | "<=":
            less = disjoin(
                (
                    _compare_numbers("<", left.high, right.high, span),
                    conjoin(
                        (
                            _compare_numbers("==", left.high, right.high, span),
                            _compare_numbers(operator, left.low, right.low, span),
                        )
                    ),
                )
            )
            return conjoin((*_present(left, right, span=span), less))


def _present(*fields: Wide, span: Span) -> tuple[f.Formula, ...]:
    """Return tests that all of each field is there: its lower half lies behind its upper half."""
    return tuple(f.Test(field.low, ((0, _HALF),), span) for field in fields)


def _test_wide(value: Wide, intervals: tuple[f.Interval, ...], span: Span) -> f.Formula:
    """Return the formula for a 128-bit field being in `intervals`.

    Each interval gives at most three parts: all of the rows between its ends, and what it takes of the rows
    that it begins and ends in. A row is the numbers with the same upper half.
    """
    if isinstance(intervals, Slot):
        halves = (value.high, Slot(intervals.parameter, 64)), (value.low, Slot(intervals.parameter, 0))
        return conjoin(f.Test(half, slot, span) for half, slot in halves)
    full_rows: list[f.Interval] = []
    rows: dict[int, list[f.Interval]] = {}
    for low, high in intervals:
        first, last = low >> 64, high >> 64
        begin, end = low & _HALF, high & _HALF
        if first == last and (begin, end) != (0, _HALF):
            rows.setdefault(first, []).append((begin, end))
            continue
        if begin:
            rows.setdefault(first, []).append((begin, _HALF))
        if end != _HALF:
            rows.setdefault(last, []).append((0, end))
        full_rows.append((first + bool(begin), last - (end != _HALF)))
    parts: list[f.Formula] = []
    merged = normalize(full_rows)
    if merged:
        parts.append(conjoin((f.Test(value.high, merged, span), f.Test(value.low, ((0, _HALF),), span))))
    by_part: dict[f.ValueSet, list[f.Interval]] = {}
    for row, taken in sorted(rows.items()):
        by_part.setdefault(normalize(taken), []).append((row, row))
    for part, same in by_part.items():
        parts.append(conjoin((f.Test(value.high, normalize(same), span), f.Test(value.low, part, span))))
    return disjoin(parts)
