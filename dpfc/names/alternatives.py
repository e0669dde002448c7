"""`or` multiplied out, as far as stacks differ.

In: conditions. Out: alternatives, each a conjunction of conditions that name certain headers. An `or` whose
alternatives name the same headers stays one condition, so a long list of ports is one alternative.
"""

from __future__ import annotations

from dataclasses import dataclass

from dpfc.language import syntax
from dpfc.names.header import list_paths
from dpfc.names.stacks import Wish
from runtime.diagnostic import Diagnostic, Refused
from runtime.source import Span

MAX_ALTERNATIVES = 256  # with different headers; ports and addresses in an `or` do not count


@dataclass(frozen=True, slots=True)
class Alternative:
    """All of `conditions`, which name the headers `wishes`; shifts stand where they were written."""

    wishes: frozenset[Wish]
    conditions: tuple[syntax.Statement, ...]


def expand_statement(condition: syntax.Statement) -> tuple[Alternative, ...]:
    """Return the alternatives of a statement: it holds when one of them does.

    Raises:
        Refused: DPF040 if there are too many.
    """
    match condition:
        case syntax.AllOf(parts=parts, span=span):
            return join_alternatives([expand_statement(part) for part in parts], span)
        case syntax.AnyOf(parts=parts, span=span):
            grouped: dict[frozenset[Wish], list[syntax.Condition]] = {}
            for part in parts:
                for alternative in expand_statement(part):
                    grouped.setdefault(alternative.wishes, []).append(_as_condition(alternative, span))
            _check_count(len(grouped), span)
            return tuple(
                Alternative(wishes, (syntax.AnyOf(tuple(same), span) if len(same) > 1 else same[0],))
                for wishes, same in grouped.items()
            )
        case _:
            return (Alternative(frozenset(named.headers for named in list_paths(condition)), (condition,)),)


def join_alternatives(factors: list[tuple[Alternative, ...]], span: Span) -> tuple[Alternative, ...]:
    """Return the alternatives of a conjunction of what `factors` are the alternatives of.

    Raises:
        Refused: DPF040 if there are too many.
    """
    joined: tuple[Alternative, ...] = (Alternative(frozenset(), ()),)
    for factor in factors:
        _check_count(len(joined) * len(factor), span)
        joined = tuple(
            Alternative(one.wishes | other.wishes, (*one.conditions, *other.conditions))
            for one in joined
            for other in factor
        )
    return joined


def _as_condition(alternative: Alternative, span: Span) -> syntax.Condition:
    conditions = tuple(part for part in alternative.conditions if not isinstance(part, syntax.ShiftBy))
    return conditions[0] if len(conditions) == 1 else syntax.AllOf(conditions, span)


def _check_count(count: int, span: Span) -> None:
    if count > MAX_ALTERNATIVES:
        message = f"`or` opens more than {MAX_ALTERNATIVES} alternatives that name different headers"
        note = "use a set for values (`in {80, 443}`), or write several filters"
        raise Refused(Diagnostic("DPF040", message, span, (note,)))
