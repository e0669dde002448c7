"""Write filters in their download form; `vm.net.form` draws the layout.

In: a filter. Out: its bytes. Equal nodes are written once.
"""

from __future__ import annotations

from typing import TypeAlias

from dpfc import formula as f
from vm.net.download import Download
from vm.net.form_layout import COMPARISONS, OPERATORS, Tag

Node: TypeAlias = f.Base | f.Expression | f.Formula | f.Chain


class FormWriter:
    """The nodes so far."""

    def __init__(self) -> None:
        self._nodes: list[bytes] = []
        self._numbers: dict[Node, int] = {}

    def filter(self, download: Download) -> bytes:
        """Return all but the first bytes of the form."""
        rest = bytearray(write_number(self._ref(download.formula)) + write_number(download.priority))
        follow = download.follow
        rest += bytes([follow is not None])
        if follow is not None:
            rest += write_number(self._ref(follow.first)) + write_number(self._ref(follow.later))
            rest += write_list([write_number(self._ref(each)) for each in follow.key])
        return write_list(self._nodes) + rest

    def _ref(self, node: Node) -> int:
        number = self._numbers.get(node)
        if number is None:
            written = self._write(node)
            number = self._numbers[node] = len(self._nodes)
            self._nodes.append(written)
        return number

    def _refs(self, *nodes: Node) -> bytes:
        return b"".join(write_number(self._ref(node)) for node in nodes)

    def _write(self, node: Node) -> bytes:
        match node:
            case f.Start():
                return _byte(Tag.START)
            case f.Here():
                return _byte(Tag.HERE)
            case f.Captured():
                return _byte(Tag.CAPTURED)
            case f.Number(number=number):
                return _byte(Tag.NUMBER) + write_number(number)
            case f.Shift(base=base, amount=amount):
                return _byte(Tag.SHIFT) + self._refs(base, amount)
            case f.Field(base=base, offset=offset, bits=bits, little=little):
                return (
                    _byte(Tag.FIELD)
                    + self._refs(base)
                    + write_number(offset)
                    + write_number(bits)
                    + _byte(little)
                )
            case f.Chain(start=start, key=key, links=links, limit=limit):
                written = [self._write_link(link) for link in links]
                return _byte(Tag.CHAIN) + self._refs(start, key) + write_number(limit) + write_list(written)
            case f.ChainEnd(chain=chain):
                return _byte(Tag.CHAIN_END) + self._refs(chain)
            case f.ChainKey(chain=chain):
                return _byte(Tag.CHAIN_KEY) + self._refs(chain)
            case f.Arithmetic(operator=operator, left=left, right=right):
                return bytes([Tag.ARITHMETIC, OPERATORS.index(operator)]) + self._refs(left, right)
            case f.Comparing(operator=comparison, left=left, right=right):
                return bytes([Tag.COMPARING, COMPARISONS.index(comparison)]) + self._refs(left, right)
            case f.Test(subject=subject, values=values):
                return _byte(Tag.TEST) + self._refs(subject) + _values(values)
            case f.And(parts=parts):
                return _byte(Tag.AND) + write_list([self._refs(part) for part in parts])
            case f.Or(parts=parts):
                return _byte(Tag.OR) + write_list([self._refs(part) for part in parts])
            case f.Not(part=part):
                return _byte(Tag.NOT) + self._refs(part)

    def _write_link(self, link: f.ChainLink) -> bytes:
        return _values(link.keys) + self._refs(link.when, link.next_key, link.skip)


def _byte(number: int) -> bytes:
    return bytes([number])


def write_number(number: int) -> bytes:
    """Return a number as LEB128."""
    written = bytearray()
    while number >= 0x80:
        written.append(number & 0x7F | 0x80)
        number >>= 7
    written.append(number)
    return bytes(written)


def write_list(items: list[bytes]) -> bytes:
    """Return items, and how many they are before them."""
    return write_number(len(items)) + b"".join(items)


def _values(values: f.ValueSet) -> bytes:
    before, items = 0, []
    for low, high in values:
        items.append(write_number(low - before) + write_number(high - low))
        before = high
    return write_list(items)
