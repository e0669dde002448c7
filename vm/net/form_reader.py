"""Read filters of untrusted bytes; `vm.net.form` draws the layout.

In: bytes. Out: a filter that is well formed, or a refusal that names the byte: IR codes for what the bytes
are, NET002 for a node of the wrong kind, NET003 for numbers out of range, NET004 for too large a formula.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn, TypeAlias, TypeVar

from dpfc import formula as f
from dpfc.valueset import TOP
from runtime.ir.binary_bytes import ByteReader
from vm.net import limits
from vm.net.download import Download, Follow
from vm.net.form_layout import COMPARISONS, OPERATORS, Tag

Node: TypeAlias = f.Base | f.Expression | f.Formula | f.Chain
_T = TypeVar("_T")

_BASES = (f.Start, f.Shift, f.ChainEnd, f.Here)
_EXPRESSIONS = (f.Field, f.Number, f.Arithmetic, f.Comparing, f.ChainKey, f.Captured)
_FORMULAS = (f.Test, f.And, f.Or, f.Not)


@dataclass(frozen=True, slots=True)
class _Known:
    """A node that was read.

    Args:
        node: it.
        size, depth: of it written out.
        is_open: it depends on where a walk is; only the links of a chain may.
        has_chain: there is a walk in it; none may be inside another.
    """

    node: Node
    size: int
    depth: int
    is_open: bool
    has_chain: bool


class FormReader(ByteReader):
    """A place in a form; every method goes past what it returns."""

    def __init__(self, data: bytes, position: int) -> None:
        super().__init__(data, position)
        self._nodes: list[_Known] = []
        self._used: list[_Known] = []

    def filter(self) -> Download:
        """Read all of it."""
        for _ in range(self.count(limits.FORM_NODES, "nodes")):
            self._nodes.append(self._read_node())
        formula = self._closed(self._formula)
        priority = self._below(limits.LARGEST_PRIORITY, "priority")
        follow = self._follow() if self.choice((False, True), "kind of state") else None
        self.expect_end()
        return Download(formula, priority, follow)

    def _follow(self) -> Follow:
        first, later = self._closed(self._formula), self._closed(self._formula)
        key = self.listed(limits.FORM_NODES, "fields of a key", lambda: self._closed(self._field))
        if not key or len(key) > 8:
            self.refuse("NET003", "a key has 1 to 8 fields", "see vm/net/form.py")
        return Follow(first, later, key)

    # ---- nodes

    def _read_node(self) -> _Known:
        self._used = []
        tag = self.choice(tuple(Tag), "node")
        node = self._read(tag)
        used = self._used
        size = 1 + sum(each.size for each in used)
        depth = 1 + max((each.depth for each in used), default=0)
        if size > limits.FORM_SIZE or depth > limits.FORM_DEPTH:
            self.refuse("NET004", f"a formula has {size} nodes, {depth} deep", "split the filter")
        is_open = tag is Tag.HERE or (tag is not Tag.CHAIN and any(each.is_open for each in used))
        return _Known(node, size, depth, is_open, tag is Tag.CHAIN or any(each.has_chain for each in used))

    def _read(self, tag: Tag) -> Node:
        match tag:
            case Tag.START:
                return f.Start()
            case Tag.HERE:
                return f.Here()
            case Tag.CAPTURED:
                return f.Captured()
            case Tag.NUMBER:
                return f.Number(self.number())
            case Tag.SHIFT:
                return f.Shift(self._base(), self._expression())
            case Tag.FIELD:
                return self._read_field()
            case Tag.CHAIN:
                return self._read_chain()
            case Tag.CHAIN_END:
                return f.ChainEnd(self._chain())
            case Tag.CHAIN_KEY:
                return f.ChainKey(self._chain())
            case Tag.ARITHMETIC:
                operator = self.choice(OPERATORS, "operator")
                return f.Arithmetic(operator, self._expression(), self._expression())
            case Tag.COMPARING:
                comparison = self.choice(COMPARISONS, "comparison")
                return f.Comparing(comparison, self._expression(), self._expression())
            case Tag.TEST:
                return f.Test(self._expression(), self._values())
            case Tag.AND:
                return f.And(self.listed(limits.FORM_NODES, "parts", self._formula))
            case Tag.OR:
                return f.Or(self.listed(limits.FORM_NODES, "parts", self._formula))
            case Tag.NOT:
                return f.Not(self._formula())

    def _read_field(self) -> f.Field:
        base = self._base()
        offset = self._below(limits.LONGEST_OFFSET, "offset")
        bits = self._below(64, "width")
        little = self.choice((False, True), "byte order")
        if bits == 0 or (little and (bits % 8 or offset % 8)):
            self.refuse("NET003", "a field has no bits, or is little-endian and no bytes", "see dpfc.formula")
        return f.Field(base, offset, bits, little)

    def _read_chain(self) -> f.Chain:
        start, key = self._closed(self._base), self._closed(self._expression)
        limit = self._below(limits.CHAIN_STEPS, "limit")
        links = self.listed(limits.CHAIN_STEPS, "links of a chain", self._read_link)
        if limit == 0 or not links or any(each.has_chain for each in self._used):
            self.refuse("NET003", "a chain has links and a limit, and none inside it", "see dpfc.formula")
        return f.Chain(start, key, links, limit)

    def _read_link(self) -> f.ChainLink:
        return f.ChainLink(self._values(), self._formula(), self._expression(), self._expression())

    def _values(self) -> f.ValueSet:
        values: list[f.Interval] = []
        before = 0
        for _ in range(self.count(limits.FORM_INTERVALS, "intervals")):
            low = before + self.number()
            high = low + self.number()
            if high > TOP or (values and low < before + 2):
                self.refuse("NET003", "values do not ascend, or leave 64 bits", "see dpfc.valueset")
            values.append((low, high))
            before = high
        return tuple(values)

    # ---- references

    def _base(self) -> f.Base:
        node = self._ref().node
        if not isinstance(node, _BASES):
            self._misfit(node, "base")
        return node

    def _expression(self) -> f.Expression:
        node = self._ref().node
        if not isinstance(node, _EXPRESSIONS):
            self._misfit(node, "expression")
        return node

    def _formula(self) -> f.Formula:
        node = self._ref().node
        if not isinstance(node, _FORMULAS):
            self._misfit(node, "formula")
        return node

    def _chain(self) -> f.Chain:
        node = self._ref().node
        if not isinstance(node, f.Chain):
            self._misfit(node, "chain")
        return node

    def _field(self) -> f.Field:
        node = self._ref().node
        if not isinstance(node, f.Field):
            self._misfit(node, "field")
        return node

    def _closed(self, read: Callable[[], _T]) -> _T:
        """Read a reference to a node that does not depend on where a walk is."""
        node = read()
        if self._used[-1].is_open:
            self.refuse("NET002", "`Here` stands outside the links of a chain", "see dpfc.formula")
        return node

    def _ref(self) -> _Known:
        number = self.number()
        if number >= len(self._nodes):
            self.refuse("NET002", f"node {number} does not come before its use", "write parts first")
        self._used.append(self._nodes[number])
        return self._nodes[number]

    def _below(self, most: int, what: str) -> int:
        number = self.number()
        if number > most:
            self.refuse("NET003", f"the {what} is {number}, not at most {most}", "see vm/net/limits.py")
        return number

    def _misfit(self, node: Node, wanted: str) -> NoReturn:
        self.refuse("NET002", f"a `{type(node).__name__}` stands where a {wanted} must", "see dpfc.formula")
