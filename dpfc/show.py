"""Formulas as text, for people and for tests.

In: resolved filters. Out: one line for each part, with the places that loads are relative to named first.

    filter 1 web
      place a = start + start[14.4:4] * 4
      and
        start[12:16] in {2048}
        a[16:16] in {80, 8000..8080}

`a[16:16]` is the load of 16 bits at byte 16 from place a, `start[14.4:4]` begins at bit 4 of byte 14.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from dpfc import formula as f


def show_filters(filters: Iterable[f.Filter]) -> str:
    """Return the text of `filters`."""
    return "".join(f"{line}\n" for one in filters for line in _show_filter(one))


def show_formula(formula: f.Formula) -> str:
    """Return the text of one formula."""
    return "".join(f"{line}\n" for line in _list_lines(formula))


@dataclass(slots=True)
class Places:
    """The names of places and chains, in order of first use, and the lines that define them."""

    names: dict[f.Base | f.Chain, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    def base(self, base: f.Base) -> str:
        """Return the name of `base`."""
        match base:
            case f.Start():
                return "start"
            case f.Here():
                return "here"
            case f.Shift(base=inner, amount=amount):
                if base not in self.names:
                    text = f"{self.base(inner)} + {self.expression(amount)}"
                    self.lines.append(f"place {self._name(base)} = {text}")
                return self.names[base]
            case f.ChainEnd(chain=chain):
                return f"{self.chain(chain)}.end"

    def chain(self, chain: f.Chain) -> str:
        """Return the name of `chain`."""
        if chain not in self.names:
            start, key = self.base(chain.start), self.expression(chain.key)
            links = [
                f"  {_show_set(link.keys)} when {self.condition(link.when)}"
                f" -> next {self.expression(link.next_key)} skip {self.expression(link.skip)}"
                for link in chain.links
            ]
            self.lines.append(f"chain {self._name(chain)} from {start} key {key} limit {chain.limit}")
            self.lines += links
        return self.names[chain]

    def expression(self, expression: f.Expression) -> str:
        """Return `expression` on one line."""
        match expression:
            case f.Number(number=number):
                return str(number)
            case f.Captured():
                return "length"
            case f.ChainKey(chain=chain):
                return f"{self.chain(chain)}.key"
            case f.Field(base=base, offset=offset, bits=bits, little=little):
                byte, bit = divmod(offset, 8)
                place = f"{byte}.{bit}" if bit else str(byte)
                return f"{self.base(base)}[{place}:{bits}{' le' if little else ''}]"
            case f.Arithmetic(operator=operator, left=left, right=right):
                return f"{self._operand(left)} {operator} {self._operand(right)}"
            case f.Comparing(operator=operator, left=left, right=right):
                return f"({self._operand(left)} {operator} {self._operand(right)})"

    def condition(self, formula: f.Formula) -> str:
        """Return `formula` on one line."""
        match formula:
            case f.Test(subject=subject, values=values):
                return f"{self.expression(subject)} in {_show_set(values)}"
            case f.And(parts=()):
                return "true"
            case f.Or(parts=()):
                return "false"
            case f.And(parts=parts):
                return " and ".join(f"({self.condition(part)})" for part in parts)
            case f.Or(parts=parts):
                return " or ".join(f"({self.condition(part)})" for part in parts)
            case f.Not(part=part):
                return f"not ({self.condition(part)})"

    def lines_of(self, formula: f.Formula) -> Iterator[str]:
        """Yield `formula` with a line for each part."""
        match formula:
            case f.Not(part=part):
                yield "not"
                yield from _indent(self.lines_of(part))
            case f.And(parts=(_, *_) as parts) | f.Or(parts=(_, *_) as parts):
                yield "and" if isinstance(formula, f.And) else "or"
                for part in parts:
                    yield from _indent(self.lines_of(part))
            case _:
                yield self.condition(formula)

    def _operand(self, expression: f.Expression) -> str:
        text = self.expression(expression)
        return f"({text})" if isinstance(expression, f.Arithmetic) else text

    def _name(self, key: f.Base | f.Chain) -> str:
        number = len(self.names)
        letters = chr(ord("a") + number % 26) + (str(number // 26) if number >= 26 else "")
        self.names[key] = letters
        return letters


def _show_filter(one: f.Filter) -> Iterator[str]:
    priority = "" if one.priority is None else f" priority {one.priority}"
    yield f"filter {one.id} {one.name}{priority}"
    yield from _indent(_list_lines(one.formula))


def _list_lines(formula: f.Formula) -> list[str]:
    places = Places()
    lines = list(places.lines_of(formula))
    return places.lines + lines


def _indent(lines: Iterable[str]) -> Iterator[str]:
    return (f"  {line}" for line in lines)


def _show_set(values: f.ValueSet) -> str:
    return "{" + ", ".join(str(low) if low == high else f"{low}..{high}" for low, high in values) + "}"
