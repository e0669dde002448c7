"""Conditions on one known stack: from syntax to formulas.

In: a `syntax.Condition` and a `View`. Out: a formula. What depends on more than one stack (`not`, other
filters) is answered by the caller's functions; a header's own conditions may have neither.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from dpfc import formula as f
from dpfc.language import syntax
from dpfc.names.compare import compare, outside, test_membership
from dpfc.names.connect import FALSE, TRUE, conjoin, disjoin, negate
from dpfc.names.expression import View, find_standing, resolve_value, width_of
from dpfc.names.known import Known, evaluate_items, require_value
from runtime.diagnostic import Diagnostic, Refused

Special: TypeAlias = Callable[[syntax.Negation | syntax.Reference, View], f.Formula]


def resolve_condition(condition: syntax.Condition, view: View, special: Special) -> f.Formula:
    """Return the meaning of `condition` in `view`; guards of headers are the caller's business.

    Raises:
        Refused: DPF010 to DPF027.
    """
    match condition:
        case syntax.Compare(operator=operator, left=left, right=right, span=span):
            return compare(operator, resolve_value(left, view), resolve_value(right, view), span)
        case syntax.Member():
            return _resolve_member(condition, view)
        case syntax.Present(headers=headers, span=span):
            find_standing(headers, view, span)
            return TRUE
        case syntax.Truth(value=value):
            return TRUE if value else FALSE
        case syntax.AllOf(parts=parts):
            return conjoin([resolve_condition(part, view, special) for part in parts])
        case syntax.AnyOf(parts=parts):
            return disjoin([resolve_condition(part, view, special) for part in parts])
        case syntax.Negation() | syntax.Reference():
            return special(condition, view)


def resolve_plain(condition: syntax.Condition, view: View) -> f.Formula:
    """Return the meaning of a header's own condition.

    Raises:
        Refused: DPF030 for a reference to a filter, and as `resolve_condition`.
    """

    def special(part: syntax.Negation | syntax.Reference, inner: View) -> f.Formula:
        match part:
            case syntax.Negation(part=negated):
                return negate(resolve_plain(negated, inner))
            case syntax.Reference(span=span):
                note = "write the filter's condition out"
                raise Refused(Diagnostic("DPF030", "a header cannot depend on a filter", span, (note,)))

    return resolve_condition(condition, view, special)


def _resolve_member(member: syntax.Member, view: View) -> f.Formula:
    value = resolve_value(member.subject, view)
    known = evaluate_items(member.items, view.names, member.span)
    if isinstance(value, Known):
        chosen = require_value(known).intervals
        inside = all(
            any(a <= low and high <= b for a, b in chosen) for low, high in require_value(value).intervals
        )
        return FALSE if inside == member.negated else TRUE
    chosen = known.intervals
    if member.negated:
        chosen = outside(require_value(known).intervals, (1 << width_of(value)) - 1)
    return test_membership(value, chosen, known, member.span)
