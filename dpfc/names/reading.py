"""A stack with its headers placed: where each one starts, and the guards under which it is there.

In: a stack (names), and the scope. Out: a `Reading`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from dpfc import formula as f
from dpfc.language import syntax
from dpfc.names.condition import resolve_plain
from dpfc.names.connect import disjoin
from dpfc.names.expression import Standing, View, resolve_number
from dpfc.names.header import Edge, Header, mentions_field
from dpfc.names.known import Names, evaluate_items
from dpfc.names.place import START, Place, base_of, move
from dpfc.names.stacks import Stack
from runtime.diagnostic import Diagnostic, Refused


@dataclass(frozen=True, slots=True)
class Reading:
    """A stack in the message.

    Args:
        standings: its headers, outermost first.
        guards: for each header, the condition that it follows the one before it.
    """

    standings: tuple[Standing, ...]
    guards: tuple[f.Formula, ...]


@dataclass(slots=True)
class Reader:
    """Places stacks, each beginning of a stack once.

    Args:
        names: where headers and constants are defined.
        link_type: which captures the stacks start in.
    """

    names: Names
    link_type: int
    _known: dict[Stack, Reading] = field(default_factory=lambda: {(): Reading((), ())})

    def place_stack(self, stack: Stack) -> Reading:
        """Return `stack` with its headers placed."""
        known = self._known.get(stack)
        if known is None:
            before = self.place_stack(stack[:-1])
            known = self._known[stack] = self._append(before, self.names.scope.headers[stack[-1]])
        return known

    def check_header(self, header: Header) -> None:
        """Refuse a header that is wrong on every stack, as if it and its parents stood at the start."""
        standing = self._stand(header, START)
        if header.length is not None:
            resolve_number(header.length, View(self.names, (), START, standing))
        for edge in header.edges:
            before = (self._stand(self.names.scope.headers[edge.parent], START),) if edge.parent else ()
            resolve_plain(edge.condition, View(self.names, before, START))

    def _append(self, before: Reading, header: Header) -> Reading:
        if not before.standings:
            edges = [edge for edge in header.edges if edge.link == self.link_type]
            options = [(edge, START) for edge in edges]
        else:
            parent = before.standings[-1]
            edges = [edge for edge in header.edges if edge.parent == parent.header.name]
            options = [(edge, self._place_behind(parent, edge)) for edge in edges]
        place = options[0][1]
        for edge, other in options:
            if other != place:
                message = f"`{header.name}` cannot stand both before and behind the chain of `{edge.parent}`"
                note = "test the same field in all conditions on this parent"
                raise Refused(Diagnostic("DPF030", message, edge.span, (note,)))
        guard = disjoin(self._guard(before, edge, place) for edge, _ in options)
        standing = self._stand(header, place)
        return Reading((*before.standings, standing), (*before.guards, guard))

    def _place_behind(self, parent: Standing, edge: Edge) -> Place:
        chain = parent.header.chain
        if parent.chain is not None and chain is not None and mentions_field(edge.condition, chain.name):
            return Place(f.ChainEnd(parent.chain), 0)
        assert parent.header.length is not None, "the scope has checked that parents have lengths"
        view = View(self.names, (), parent.place, parent)
        amount = resolve_number(parent.header.length, view)
        return move(parent.place, amount, parent.header.span)

    def _guard(self, before: Reading, edge: Edge, place: Place) -> f.Formula:
        return resolve_plain(edge.condition, View(self.names, before.standings[-1:], place))

    def _stand(self, header: Header, place: Place) -> Standing:
        standing = Standing(header, place)
        if header.chain is None or header.length is None:
            return standing
        view = View(self.names, (), place, standing)
        amount = resolve_number(header.length, view)
        start = base_of(move(place, amount, header.span))
        key = resolve_number(syntax.Name(header.chain.key, header.chain.span), view)
        links = tuple(self._link(line) for line in header.chain.links)
        return Standing(header, place, f.Chain(start, key, links, header.chain.limit, header.chain.span))

    def _link(self, line: syntax.LinkLine) -> f.ChainLink:
        view = View(self.names, (), Place(f.Here(), 0))
        keys = evaluate_items(line.keys, self.names, line.span).intervals
        when = resolve_plain(line.when, view)
        next_key, skip = resolve_number(line.next_key, view), resolve_number(line.skip, view)
        return f.ChainLink(keys, when, next_key, skip, line.span)
