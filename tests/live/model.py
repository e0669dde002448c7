"""The naive side of a live classifier: every filter asked about every message of a small world.

In: filters of `LIBRARY` with arguments, inserted and deleted. Out: which insertions are to be refused, and
what each message of `WORLD` is to be answered. All filters look at one byte of kind, two words and a port,
and the arguments are few, so that filters often meet, contain each other and are the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import product

from dpfc.formula import Formula
from dpfc.language.parse import parse_file
from dpfc.naive import accepts
from dpfc.program import Mode
from dpfc.resolve import resolve_files
from runtime.diagnostic import Diagnostic
from runtime.source import Source

BODIES: Mapping[str, tuple[tuple[str, ...], str]] = {
    "conn": (("a", "b", "p"), "{ 0:8 == 1; 1:32 == a; 5:32 == b; 9:16 == p }"),
    "listen": (("b", "p"), "{ 0:8 == 1; 5:32 == b; 9:16 == p }"),
    "port": (("p",), "{ 0:8 == 1; 9:16 == p }"),
    "peer": (("a", "p"), "priority 1 { 0:8 == 1; 1:32 == a; 9:16 == p }"),
    "wide": (("a",), "priority 1 { 0:8 == 1; 1:32 == a }"),
    "two": (("p",), "{ 0:8 == 2 and 9:16 == p or 0:8 == 3 and 1:16 == p }"),
    "source": (("a",), "{ 0:8 == 1; 1:32 == a }"),
    "last": (("k",), "{ 11:8 == k }"),
    "other": (("p",), "{ 0:8 == 4; not (9:16 == p) }"),
    "below": (("p",), "{ 0:8 == 4; 9:16 <= p }"),
    "halves": (("b", "p"), "{ 0:8 == 1; 5:16 == 0; 7:16 == b; 9:8 == 0; 10:8 == p }"),
}
LIBRARY = "\n".join(f"filter {name}({', '.join(of)}) {body}" for name, (of, body) in BODIES.items())

FIRST = 100
"""The arguments of rows that are there from the start: FIRST, FIRST + 1, ...; others are below 3."""

PARTED = ("conn", "listen", "port", "peer", "wide", "two")
"""Of these, filters that meet contain each other, or have priorities, or are the same."""


def _make_world() -> tuple[bytes, ...]:
    words, numbers = (0, 1, 2, 0x10002, FIRST), (0, 1, 2, FIRST)
    messages = [
        bytes([kind]) + a.to_bytes(4, "big") + b.to_bytes(4, "big") + p.to_bytes(2, "big") + bytes([last])
        for kind, a, b, p, last in product((1, 2, 3, 4), words, numbers, numbers, (0, 1, 2))
    ]
    return (
        *messages,
        *(messages[0][:size] for size in range(12)),
        *(messages[-1][:size] for size in range(12)),
    )


WORLD = _make_world()


@dataclass(frozen=True, slots=True)
class Known:
    """A filter: its meaning, the messages of the world that it accepts (one bit each), its priority."""

    formula: Formula
    accepted: int
    priority: int


@cache
def know(name: str, arguments: tuple[int, ...]) -> Known:
    """Return a filter of the library with arguments."""
    text = f"{LIBRARY}\ninstance it = {name}({', '.join(map(str, arguments))})"
    (one,) = resolve_files((parse_file(Source("model", text)),), 1).filters
    bits = [accepts(one.formula, message) for message in WORLD]
    return Known(one.formula, sum(1 << place for place, bit in enumerate(bits) if bit), one.priority or 0)


def write_filter(name: str, as_name: str, arguments: tuple[int, ...]) -> str:
    """Return a filter of the library with its arguments written out."""
    parameters, body = BODIES[name]
    values = dict(zip(parameters, map(str, arguments), strict=True))
    return f"filter {as_name} " + re.sub(r"\b[abpk]\b", lambda found: values[found.group()], body)


@dataclass(slots=True)
class Model:
    """The filters that are live."""

    mode: Mode
    live: dict[int, Known] = field(default_factory=dict)

    def list_refusals(self, new: Known) -> set[str]:
        """Return with which codes the insertion of `new` may be refused; none: it is to be accepted."""
        codes = set()
        for old in self.live.values() if self.mode == "specific" else ():
            both = old.accepted & new.accepted
            if old.accepted == new.accepted:
                codes.add("DPF071")
            elif both not in (0, old.accepted, new.accepted) and old.priority == new.priority:
                codes.add("DPF072")
        return codes

    def answer(self, place: int) -> tuple[int, ...]:
        """Return what message number `place` of the world is to be answered."""
        found = tuple(sorted(number for number, one in self.live.items() if one.accepted >> place & 1))
        match self.mode:
            case "all":
                return found
            case "first":
                return found[:1]
            case "specific":
                return tuple(
                    one for one in found if all(self._beats(one, other) for other in found if other != one)
                )

    def _beats(self, first: int, second: int) -> bool:
        one, other = self.live[first], self.live[second]
        if one.accepted & other.accepted == other.accepted:
            return False
        return one.accepted & other.accepted == one.accepted or one.priority > other.priority

    def answers(self) -> list[tuple[int, ...]]:
        """Return what all messages are to be answered."""
        return [self.answer(place) for place in range(len(WORLD))]


def read_witness(diagnostic: Diagnostic) -> bytes:
    """Return the message that a diagnostic shows."""
    lines = [note[4:] for note in diagnostic.notes if re.match(r"[0-9a-f]{4}  ", note)]
    return bytes.fromhex("".join(line.strip() for line in lines))
