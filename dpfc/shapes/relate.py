"""Which filter wins, for a hundred thousand of them: `dpfc.merge.overlap` without comparing all pairs.

In: tables of rows, and filters that are no rows. Out: tables and filters in the order in which a `specific`
classifier asks them, or a refusal with a witness. The rules are those of `dpfc.merge.overlap`: a filter that
accepts a strict subset wins, then the larger priority; equal filters, and overlapping ones with nothing to
decide, are refused.

    rows -> boxes -> boxes that meet -> how their filters relate -> conflicts, or who beats whom -> order

Filters that are conjunctions are boxes like rows. What boxes cannot say (fields that share bits, negations)
is put to the prover.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from dpfc.formula import And, Filter, Formula
from dpfc.merge.boolean import Pool, make_pool
from dpfc.merge.overlap import FindMessage, find_never_matching
from dpfc.shapes.example import find_example
from dpfc.shapes.frame import Frame, make_frame, sample_formula
from dpfc.shapes.layers import Circle, TooMany, order_units
from dpfc.shapes.links import Links, join_links
from dpfc.shapes.meetings import Wide, find_meetings
from dpfc.shapes.members import Members, number_members
from dpfc.shapes.relate_boxes import Budget, link_boxes, prove_wide
from dpfc.shapes.relate_hard import Prover, link_hard
from dpfc.shapes.relate_report import MAX_DESCRIBED, Conflict, Reporter
from dpfc.shapes.shape import Rows
from runtime.diagnostic import Diagnostic, Refused
from runtime.source import Span

if TYPE_CHECKING:
    from dpfc.shapes.contain import Flags, Numbers

MakeProver: TypeAlias = Callable[[Pool], FindMessage]


@dataclass(frozen=True, slots=True)
class Order:
    """Who is asked first.

    Args:
        entries: tables and filters in winning order; so are the rows of a table, where two can match.
        warnings: DPF070 for filters that accept no message.
    """

    entries: tuple[Rows | Filter, ...]
    warnings: tuple[Diagnostic, ...]


def relate_rows(
    tables: Sequence[Rows],
    others: Sequence[Filter],
    names: Sequence[str],
    spans: Sequence[Span],
    make_prover: MakeProver,
) -> Order:
    """Return tables and filters in winning order; tables are parted only where that is needed.

    Args:
        tables: rows; a filter may have rows in several tables.
        others: filters without rows.
        names: of all filters, by number.
        spans: likewise.
        make_prover: returns what finds messages for formulas of a pool.

    Raises:
        Refused: DPF071 to DPF074, as `dpfc.merge.overlap.order_by_specificity`.
    """
    pool = make_pool((*(sample_formula(table.shape) for table in tables), *(one.formula for one in others)))
    prove = make_prover(pool)
    reporter = Reporter(names, spans, pool, prove)

    def can_match(formula: Formula) -> bool:
        return find_example(pool, (formula,), (), prove) is not None

    live = [table for table in tables if can_match(And(table.shape.fixed))]
    matching = [one for one in others if can_match(one.formula)]
    kept = {one.id for one in matching}
    members = number_members(live, matching)
    frame = make_frame(members.boxed, pool)
    links, wide = _relate(members, frame, Prover(pool, prove, Budget()), reporter)
    entries = _sort(members, links, wide, reporter)
    dead = [table for table in tables if not any(table is one for one in live)]
    idle = [one for one in others if one.id not in kept]
    matched = {int(number) for table in live for number in table.ids} if dead else set()
    never = sorted({int(number) for table in dead for number in table.ids} - matched)
    warnings = (*find_never_matching(idle, pool, prove), *map(reporter.describe_never, never))
    return Order((*entries, *dead, *idle), warnings)


def _relate(
    members: Members, frame: Frame, prover: Prover, reporter: Reporter
) -> tuple[Links, tuple[Numbers, Numbers]]:
    """Return how filters relate, and which groups beat which because many of their rows meet.

    Raises:
        Refused: DPF071 and DPF072 for conflicts, DPF074 when it cannot be found out.
    """
    if frame.left_out:
        raise Refused(_give_up(reporter, min(frame.left_out), "has too many intervals in its tests"))
    units = members.find_units(frame)
    groups = members.units.groups[units]
    meetings = find_meetings(frame, groups)
    prove_wide(frame, meetings, prover.find_message)
    easy = link_boxes(frame, meetings, units, prover.find_message, prover.budget)
    links = join_links((easy, link_hard(members.hard, members.easy, members.tables, prover)))
    ranks = members.priorities[frame.ids]
    undecided = [wide for wide in meetings.wide if ranks[wide.example[0]] == ranks[wide.example[1]]]
    places = links.find_conflicts(members.priorities)
    if not meetings.complete:  # what is missing may be what makes one filter contain the other
        places = places[_are_single(frame, links.first[places]) & _are_single(frame, links.second[places])]
    conflicts = (*_list_conflicts(members, frame, links, places), *_list_wide(frame, undecided))
    if conflicts:
        described = conflicts[:MAX_DESCRIBED]
        others = len(places) + sum(wide.pairs for wide in undecided) - len(described)
        raise Refused(*reporter.describe_conflicts(described, others, meetings.complete))
    if not meetings.complete:
        raise Refused(_give_up(reporter, int(frame.ids[-1]), "and others overlap in too many ways"))
    return links, _order_groups(meetings.wide, ranks)


def _are_single(frame: Frame, numbers: Numbers) -> Flags:
    """Say of each filter whether it has one box."""
    import numpy as np

    single: Flags = np.searchsorted(frame.ids, numbers + 1) - np.searchsorted(frame.ids, numbers) == 1
    return single


def _order_groups(all_wide: Sequence[Wide], ranks: Numbers) -> tuple[Numbers, Numbers]:
    """Return groups that win and beside each one that it beats, by the priorities of their boxes."""
    import numpy as np

    beats = {
        wide.groups if ranks[wide.example[0]] > ranks[wide.example[1]] else wide.groups[::-1]
        for wide in all_wide
    }
    columns = np.array(sorted(beats), dtype=np.int64).reshape(-1, 2)
    return columns[:, 0], columns[:, 1]


def _list_conflicts(members: Members, frame: Frame, links: Links, places: Numbers) -> Iterator[Conflict]:
    """Yield the first MAX_DESCRIBED conflicts."""
    hard = {int(one.id): one.formula for one in members.hard}
    for place in places[:MAX_DESCRIBED].tolist():
        first, second = int(links.first[place]), int(links.second[place])
        formulas = tuple(hard.get(n) or frame.find_formula(n) for n in (first, second))
        yield Conflict(first, second, bool(links.inside[place]), formulas)


def _list_wide(frame: Frame, undecided: Sequence[Wide]) -> Iterator[Conflict]:
    """Yield one conflict for each of the first few places where many meet many."""
    for wide in undecided[:MAX_DESCRIBED]:
        first, second = (int(frame.ids[box]) for box in wide.example)
        yield Conflict(first, second, False, tuple(frame.find_row(box).formula for box in wide.example))


def _sort(
    members: Members, links: Links, wide: tuple[Numbers, Numbers], reporter: Reporter
) -> tuple[Rows | Filter, ...]:
    """Return tables and filters in order.

    Raises:
        Refused: DPF073 when filters beat each other in a circle, DPF074 when no order is found.
    """
    layers = order_units(members.units, links.find_winners(members.priorities), wide)
    match layers:
        case Circle(units=units):
            numbers = sorted({int(number) for number in members.ids[units]})
            raise Refused(reporter.describe_circle(numbers))
        case TooMany():
            number = int(members.ids[0])
            raise Refused(_give_up(reporter, number, "and others overlap with priorities in too many ways"))
        case _:
            return tuple(members.read_layer(layer) for layer in layers)


def _give_up(reporter: Reporter, number: int, what: str) -> Diagnostic:
    message = f"`{reporter.names[number]}` {what} to find out which filter wins"
    note = "give such filters a `priority` or fewer intervals, or use --first or --all"
    return Diagnostic("DPF074", message, reporter.spans[number], (note,))
