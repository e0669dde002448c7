"""The decision trie as a Graphviz graph, for people: `dpfc compile --emit dot | dot -Tsvg`.

In: a trie, its pool and the filters' names. Out: the text of a digraph in which equal parts are drawn once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dpfc.formula import FilterId, ValueSet
from dpfc.merge.boolean import Pool
from dpfc.merge.need import Found, Room
from dpfc.merge.trie import DONE, Accept, Decide, Done, Evaluate, Several, Trie
from dpfc.show import Places
from dpfc.valueset import TOP

_SHOWN = 4
"""Intervals written on an edge before it says how many more there are."""


def draw_trie(trie: Trie, pool: Pool, names: Mapping[FilterId, str]) -> str:
    """Return the digraph of `trie`; boxes are decisions, ovals accept."""
    drawing = _Drawing(pool, names)
    drawing.draw(trie)
    legend = "".join(_escape(line) + "\\l" for line in drawing.places.lines)
    head = [
        "digraph classifier {",
        "  node [fontname=monospace, shape=box];",
        f'  label="{legend}"; labeljust=l;',
    ]
    return "\n".join([*head, *drawing.lines, "}", ""])


@dataclass(slots=True)
class _Drawing:
    pool: Pool
    names: Mapping[FilterId, str]
    lines: list[str] = field(default_factory=list)
    places: Places = field(default_factory=Places)
    drawn: dict[int, str] = field(default_factory=dict)

    def draw(self, trie: Trie) -> str:
        """Draw `trie` unless it is drawn already; return its node's name."""
        node = self.drawn.get(id(trie))
        if node is None:
            node = self.drawn[id(trie)] = f"n{len(self.drawn)}"
            self.draw_node(node, trie)
        return node

    def draw_node(self, node: str, trie: Trie) -> None:
        match trie:
            case Done():
                self.label(node, "no (more)", "shape=plaintext")
            case Accept(filters=filters, then=then):
                self.label(node, "accept " + ", ".join(self.names[one] for one in filters), "shape=oval")
                self.follow(node, then)
            case Evaluate(filter=one, then=then):
                self.label(node, f"evaluate {self.names[one]} as written", "shape=oval")
                self.follow(node, then)
            case Several(parts=parts):
                self.label(node, "one after the other", "")
                for number, part in enumerate(parts, start=1):
                    self.edge(node, self.draw(part), str(number))
            case Decide(variable=variable, branches=branches, otherwise=otherwise, then=then):
                self.label(node, self.describe(variable), "")
                for values, child in branches:
                    self.edge(node, self.draw(child), _show_values(values))
                self.edge(node, self.draw(otherwise), "else")
                self.follow(node, then)

    def describe(self, variable: int) -> str:
        subject = self.pool.subjects[variable]
        if isinstance(subject, Room):
            return f"{subject.size} bytes at {self.places.base(subject.base)}?"
        if isinstance(subject, Found):
            words = (" . ".join(map(self.places.expression, word)) for word in subject.words)
            return f"{subject.table}({', '.join(words)})"
        span = self.pool.spans[variable]
        written = span.source.text[span.start : span.end].strip().split("\n")[0]
        return self.places.expression(subject) + (f"\\n{written}" if written else "")

    def follow(self, node: str, then: Trie) -> None:
        if then != DONE:
            self.edge(node, self.draw(then), "then", "style=dashed, ")

    def label(self, node: str, text: str, style: str) -> None:
        self.lines.append(f'  {node} [label="{_escape(text)}"{", " + style if style else ""}];')

    def edge(self, node: str, child: str, text: str, style: str = "") -> None:
        self.lines.append(f'  {node} -> {child} [{style}label="{_escape(text)}"];')


def _show_values(values: ValueSet) -> str:
    shown = [_show_interval(low, high) for low, high in values[:_SHOWN]]
    more = len(values) - _SHOWN
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def _show_interval(low: int, high: int) -> str:
    if low == high:
        return str(low)
    return f"{low}.." if high == TOP else f"{low}..{high}"


def _escape(text: str) -> str:
    return text.replace('"', '\\"')
