"""Which filter wins: how any two filters relate, and the order in which a `specific` classifier asks them.

In: filters and the pool of their formulas. Out: the filters in winning order, or a refusal with a witness
message.
 A beats B when A accepts a strict subset of what B accepts. Two filters that accept exactly the same messages
are refused. Two that overlap without one containing the other are refused, unless their priorities differ (0
where none is given): the larger wins. Every answer is exact: quick proofs come from the trie's Boolean
reasoning, quick witnesses from `dpfc.merge.witness`, and what they leave open is asked of the prover.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal, TypeAlias

from dpfc.formula import And, Filter, Formula, Or, Test
from dpfc.merge.boolean import NodeId, Pool
from dpfc.merge.path import find_path
from dpfc.merge.witness import show_message, write_message
from runtime.diagnostic import Diagnostic, Refused

Relation: TypeAlias = Literal["disjoint", "equal", "subset", "superset", "overlap"]

FindMessage: TypeAlias = Callable[[NodeId], bytes | None]
"""Returns a message that satisfies a formula, None when there is none; raises Refused when the prover gives
up."""


@dataclass(frozen=True, slots=True)
class _Pair:
    """How two filters relate, with a message that both accept when there is one."""

    relation: Relation
    shared: bytes | None


def find_never_matching(filters: Sequence[Filter], pool: Pool, prove: FindMessage) -> tuple[Diagnostic, ...]:
    """Return a warning for each filter that accepts no message, naming two tests that contradict."""
    warnings = []
    for one in filters:
        formula = pool.add(one.formula)
        if one.formula != Or(()) and _find_message(pool, formula, prove) is None:
            warnings.append(_describe_contradiction(one, pool, prove))
    return tuple(warnings)


def order_by_specificity(filters: Sequence[Filter], pool: Pool, prove: FindMessage) -> tuple[Filter, ...]:
    """Return `filters` in winning order: whichever accepting filter comes first is the one that wins.

    Raises:
        Refused: DPF071 for two filters that accept the same messages, DPF072 for two that overlap with
            nothing to
            decide, DPF073 when containment and priorities contradict each other in a circle, DPF074 when the
            prover cannot say how two filters relate.
    """
    beaten_by: dict[int, set[int]] = {index: set() for index in range(len(filters))}
    diagnostics = []
    formulas = [(pool.add(one.formula), pool.add(one.formula, positive=False)) for one in filters]
    for (i, first), (j, second) in combinations(enumerate(filters), 2):
        pair = _relate(pool, formulas[i], formulas[j], prove)
        winner = _choose_winner(first, second, pair.relation)
        if winner is not None:
            beaten_by[j if winner is first else i].add(i if winner is first else j)
        elif pair.relation != "disjoint":
            diagnostics.append(_describe_conflict(first, second, pair))
    if diagnostics:
        raise Refused(*diagnostics)
    return _sort(filters, beaten_by)


def _relate(
    pool: Pool, first: tuple[NodeId, NodeId], second: tuple[NodeId, NodeId], prove: FindMessage
) -> _Pair:
    shared = _find_message(pool, pool.every((first[0], second[0])), prove)
    if shared is None:
        return _Pair("disjoint", None)
    only_first = _find_message(pool, pool.every((first[0], second[1])), prove) is not None
    only_second = _find_message(pool, pool.every((second[0], first[1])), prove) is not None
    relations: dict[tuple[bool, bool], Relation] = {
        (False, False): "equal",
        (False, True): "subset",
        (True, False): "superset",
        (True, True): "overlap",
    }
    return _Pair(relations[only_first, only_second], shared)


def _find_message(pool: Pool, formula: NodeId, prove: FindMessage) -> bytes | None:
    path = find_path(pool, formula)
    if path is None:
        return None
    return write_message(pool, formula, path) or prove(formula)


def _choose_winner(first: Filter, second: Filter, relation: Relation) -> Filter | None:
    match relation:
        case "subset":
            return first
        case "superset":
            return second
        case "overlap":
            ranks = first.priority or 0, second.priority or 0
            if ranks[0] == ranks[1]:
                return None
            return first if ranks[0] > ranks[1] else second
        case "disjoint" | "equal":
            return None


def _describe_conflict(first: Filter, second: Filter, pair: _Pair) -> Diagnostic:
    assert pair.shared is not None, "filters in conflict share a message"
    if pair.relation == "equal":
        message = f"`{second.name}` accepts exactly the same messages as `{first.name}`"
        return Diagnostic("DPF071", message, second.span, ("remove one of them",))
    message = f"`{first.name}` and `{second.name}` overlap and neither contains the other"
    notes = (
        f"both accept this message of {len(pair.shared)} bytes:",
        *show_message(pair.shared),
        "give one a `priority`, narrow one of them, or use --first or --all",
    )
    return Diagnostic("DPF072", message, second.span, notes)


def _sort(filters: Sequence[Filter], beaten_by: dict[int, set[int]]) -> tuple[Filter, ...]:
    """Return the filters so that each comes after all that beat it; otherwise in their own order."""
    result: list[Filter] = []
    waiting = {index: set(winners) for index, winners in beaten_by.items()}
    while waiting:
        ready = [index for index, winners in waiting.items() if not winners & waiting.keys()]
        if not ready:
            names = ", ".join(f"`{filters[index].name}`" for index in waiting)
            message = f"containment and priorities contradict each other among {names}"
            notes = ("a filter that accepts a subset wins whatever the priorities: change the priorities",)
            raise Refused(Diagnostic("DPF073", message, filters[next(iter(waiting))].span, notes))
        for index in ready:
            result.append(filters[index])
            del waiting[index]
    return tuple(result)


def _describe_contradiction(one: Filter, pool: Pool, prove: FindMessage) -> Diagnostic:
    """Name the first two tests of the filter that no message satisfies together."""
    for first, second in combinations(_list_tests(one.formula), 2):
        if _contradict(first, second, pool, prove):
            texts = (_quote(first), _quote(second))
            message = f"`{one.name}` can never match: {texts[0]} contradicts {texts[1]}"
            return Diagnostic("DPF070", message, second.span, severity="warning")
    message = f"`{one.name}` can never match: its conditions contradict each other"
    return Diagnostic("DPF070", message, one.span, severity="warning")


def _contradict(first: Test, second: Test, pool: Pool, prove: FindMessage) -> bool:
    """True when no message satisfies both; where their arithmetic needs the filter's other tests, say no."""
    try:
        return _find_message(pool, pool.every((pool.add(first), pool.add(second))), prove) is None
    except Refused:
        return False


def _list_tests(part: Formula) -> list[Test]:
    """Return the tests that must all hold, on the first of the filter's alternatives."""
    match part:
        case Test():
            return [part]
        case And(parts=parts):
            return [test for inner in parts for test in _list_tests(inner)]
        case Or(parts=(first, *_)):
            return _list_tests(first)
        case _:
            return []


def _quote(test: Test) -> str:
    span = test.span
    return f"`{span.source.text[span.start : span.end].strip()}`"
