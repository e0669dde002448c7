"""Which stacks a filter is read on: paths in the graph of headers.

In: the headers, and what a filter names, as *wishes*: `("tcp",)` is a tcp header anywhere, and
`("vxlan", "ipv4")` an ipv4 header somewhere behind a vxlan header. Out: the stacks that carry all wishes and
have no header too many.

A stack has a header too many when another one carries all wishes with only some of its headers (counted with
repetition, in any order). So `tcp` means ethernet/ipv4/tcp but not ethernet/vlan/ipv4/tcp, and `udp` with
`ipv4` does not mean ethernet/ipv6/udp/vxlan/ethernet/ipv4.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from dpfc.names.header import Header
from runtime.diagnostic import Diagnostic, Refused
from runtime.source import Span

Stack: TypeAlias = tuple[str, ...]
Wish: TypeAlias = tuple[str, ...]

MAX_STACK = 12  # headers: two tunnels in each other fit
MAX_STACKS = 64  # for one filter


@dataclass(frozen=True, slots=True)
class _Path:
    """The beginning of a stack, with how many headers of each wish it has already."""

    headers: Stack
    progress: tuple[int, ...]
    counts: Counter[str] = field(compare=False, repr=False)


@dataclass(slots=True)
class Graph:
    """The headers of one link type as a graph.

    Args:
        roots: the headers that captures of this link type start with.
        children: the headers that may follow each header.
    """

    roots: tuple[str, ...]
    children: Mapping[str, tuple[str, ...]]
    _reaching: dict[str, frozenset[str]] = field(default_factory=dict)
    _found: dict[frozenset[Wish], tuple[Stack, ...]] = field(default_factory=dict)

    def find_stacks(self, wishes: frozenset[Wish], span: Span) -> tuple[Stack, ...]:
        """Return the stacks that carry `wishes` and have no header too many, in order of length.

        Raises:
            Refused: DPF041 for too many stacks, DPF042 when longer ones than MAX_STACK are needed.
        """
        found = self._found.get(wishes)
        if found is None:
            found = self._found[wishes] = self._search(tuple(sorted(wishes)), span)
        return found

    def extend_stack(self, stack: Stack, wishes: frozenset[Wish], span: Span) -> tuple[Stack, ...]:
        """Return the stacks for `wishes` that begin like `stack`, as far as that goes.

        That is: those that begin with all of `stack`, if there are any; else with all but its last
        header; and so on.
        """
        for length in range(len(stack), 0, -1):
            kept = stack[:length]
            found = self.find_stacks(wishes | {kept}, span)
            matching = tuple(other for other in found if other[:length] == kept)
            if matching:
                return matching
        return self.find_stacks(wishes, span)

    def _search(self, wishes: tuple[Wish, ...], span: Span) -> tuple[Stack, ...]:
        complete: list[_Path] = []
        kept: dict[str, list[_Path]] = {}
        frontier = [_Path((), (0,) * len(wishes), Counter())]
        for _ in range(MAX_STACK + 1):
            grown = [self._grow(path, child, wishes) for path in frontier for child in self._next(path)]
            frontier = []
            for path in grown:
                end = path.headers[-1]
                if any(_dominates(other, path) for other in kept.get(end, ())):
                    continue
                if any(_fewer(other.counts, path.counts) for other in complete):
                    continue
                if path.progress == tuple(map(len, wishes)):
                    complete.append(path)
                elif self._may_complete(path, wishes):
                    kept.setdefault(end, []).append(path)
                    frontier.append(path)
            if len(complete) > MAX_STACKS or len(frontier) > 64 * MAX_STACKS:
                raise Refused(_too_many(span))
        if frontier:
            message = f"this needs a stack of more than {MAX_STACK} headers"
            raise Refused(Diagnostic("DPF042", message, span, ("name fewer headers behind one another",)))
        return tuple(path.headers for path in complete)

    def _next(self, path: _Path) -> tuple[str, ...]:
        return self.children.get(path.headers[-1], ()) if path.headers else self.roots

    def _grow(self, path: _Path, child: str, wishes: tuple[Wish, ...]) -> _Path:
        progress = tuple(
            done + (done < len(wish) and wish[done] == child) for done, wish in zip(path.progress, wishes)
        )
        return _Path((*path.headers, child), progress, path.counts + Counter((child,)))

    def _may_complete(self, path: _Path, wishes: tuple[Wish, ...]) -> bool:
        end = path.headers[-1]
        return all(
            done == len(wish) or end in self._list_reaching(wish[done])
            for done, wish in zip(path.progress, wishes)
        )

    def _list_reaching(self, name: str) -> frozenset[str]:
        """Return the headers behind which, at any distance, `name` may stand."""
        known = self._reaching.get(name)
        if known is None:
            reaching: set[str] = set()
            wanted = {name}
            while wanted:
                parents = {p for p, children in self.children.items() if wanted & set(children)}
                wanted = parents - reaching
                reaching |= parents
            known = self._reaching[name] = frozenset(reaching)
        return known


def make_graph(headers: Mapping[str, Header], link_type: int) -> Graph:
    """Return the graph of `headers` for captures of `link_type`."""
    children: dict[str, list[str]] = {}
    for name, header in headers.items():
        for parent in dict.fromkeys(edge.parent for edge in header.edges if edge.parent):
            children.setdefault(parent, []).append(name)
    roots = tuple(name for name, h in headers.items() if any(edge.link == link_type for edge in h.edges))
    return Graph(roots, {parent: tuple(names) for parent, names in children.items()})


def _dominates(other: _Path, path: _Path) -> bool:
    """True when every completion of `path` has a header too many, because `other` can be completed alike."""
    return all(a >= b for a, b in zip(other.progress, path.progress)) and _fewer(other.counts, path.counts)


def _fewer(some: Counter[str], more: Counter[str]) -> bool:
    return some.total() < more.total() and some <= more


def _too_many(span: Span) -> Diagnostic:
    message = f"this can be read on more than {MAX_STACKS} stacks of headers"
    note = "name the headers in between, for instance `ipv4` or `ethernet`"
    return Diagnostic("DPF041", message, span, (note,))
