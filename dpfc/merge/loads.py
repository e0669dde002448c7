"""Expressions to IR: loads at any bit offset, shifts, chains, and tests of membership in a set.

In: subjects of `dpfc.merge.need` and value sets. Out: IR values, all u64 (tests: u1), made through a
`Builder` and remembered per body, so that everything is computed once on each path. The caller has tested the
room that a load needs before it asks for the load; `runtime.check` proves that it did.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

from dpfc import formula as f
from dpfc.merge.join import Word
from dpfc.merge.need import Found, Room, Subject, list_needs, value_bits
from dpfc.valueset import normalize
from runtime import limits
from runtime.ir.builder import Builder
from runtime.ir.nodes import BinaryOperator, CompareOperator, Entry, Table, Type, Value

MESSAGE = "message"

COMPARED = 8
"""Sets of at most this many intervals are tested by comparing; larger ones by a table."""

Values: TypeAlias = tuple[Value, ...]

_OPERATORS: dict[f.Operator, BinaryOperator] = {
    "+": "add",
    "-": "sub",
    "*": "mul",
    "/": "udiv",
    "%": "urem",
    "&": "and",
    "|": "or",
    "^": "xor",
    "<<": "shl",
    ">>": "lshr",
}
_COMPARISONS: dict[f.Comparison, CompareOperator] = {"==": "eq", "!=": "ne", "<": "ult", "<=": "ule"}
_BYTES = {8: Type.U64, 4: Type.U32, 2: Type.U16, 1: Type.U8}
_CHAINED = 24
"""Up to so many tests in a row stand inside each other."""


@dataclass(slots=True)
class Loads:
    """What is known in the body being built and in the bodies around it, and the tables asked so far."""

    builder: Builder
    tables: list[Table] = field(default_factory=list)
    _known: list[dict[Hashable, Value]] = field(default_factory=lambda: [{}])
    _names: dict[Hashable, str] = field(default_factory=dict)

    @contextmanager
    def nested(self) -> Iterator[None]:
        """Forget at the end what was computed inside: a nested body's values end with it."""
        self._known.append({})
        yield
        self._known.pop()

    @property
    def depth(self) -> int:
        """How many bodies are open."""
        return len(self._known)

    def number(self, number: int, type_: Type = Type.U64) -> Value:
        """Return a constant."""
        return self._once((number, type_), lambda: self.builder.constant(type_, number))

    def length(self) -> Value:
        """Return the captured length of the message in bytes."""
        return self._once("length", lambda: self.builder.length(MESSAGE))

    def value(self, subject: f.Expression) -> Value:
        """Return the value of an expression whose needs have been tested."""
        match subject:
            case f.Number(number=number):
                return self.number(number)
            case f.Captured():
                return self.length()
            case f.Field():
                return self._once(subject, lambda: self._load(subject))
            case f.Arithmetic():
                return self._once(subject, lambda: self._compute(subject))
            case f.Comparing():
                return self._once(subject, lambda: self._compare(subject))
            case f.ChainKey(chain=chain):
                return self._walk(chain)[0]

    def place(self, base: f.Base, extra: int = 0) -> Value:
        """Return the offset `extra` bytes after `base` in the message; the base's needs have been tested."""
        if isinstance(base, f.Start):
            return self.number(extra)
        if extra:
            return self._once(
                (base, extra), lambda: self.builder.binary("add", self.place(base), self.number(extra))
            )
        match base:
            case f.Shift():
                return self._once(base, lambda: self._shift(base))
            case f.ChainEnd(chain=chain):
                return self._walk(chain)[1]
            case f.Here():
                return self._once(base, _outside_link)

    def test(self, subject: Subject, values: f.ValueSet) -> Value:
        """Return a u1: is the subject's value in `values`?"""
        if isinstance(subject, Room):
            return self._test_room(subject, values == ((1, 1),))
        if isinstance(subject, Found):
            missing = self.builder.compare("eq", self.find_row(subject), self.number(0, Type.U32))
            return missing if values == ((0, 0),) else self.negate(missing)
        return self.contains(values, self.value(subject), value_bits(subject))

    def find_row(self, found: Found) -> Value:
        """Return a u32: the number of the filter whose row has the message's key, or 0."""
        return self._once(found, lambda: self.builder.lookup(found.table, *map(self._pack, found.words)))

    def _pack(self, loads: tuple[f.Field, ...]) -> Value:
        """Return a word of a key: the loads next to each other."""
        word = self.value(loads[0])
        for load in loads[1:]:
            shifted = self.builder.binary("shl", word, self.number(load.bits), wrapping=True)
            word = self.builder.binary("or", shifted, self.value(load))
        type_ = word_type(loads)
        return word if type_ == Type.U64 else self.builder.convert(type_, word)

    def contains(self, values: f.ValueSet, value: Value, bits: int) -> Value:
        """Return a u1: is `value`, which has at most `bits` bits, in `values`?"""
        if len(values) <= COMPARED:
            return self.any_of([self._within(value, low, high, bits) for low, high in values])
        return self.builder.compare("ne", self.look_up({1: values}, value, bits), self.number(0, Type.U32))

    def compare_word(self, word: Word) -> Value:
        """Return a u1: do the bytes of `word`, which are inside the message, have what it asks for?

        Loaded in the order of the machine, whatever the order of the fields: equality has none.
        """
        type_ = _BYTES[len(word.mask)]
        mask, data = (int.from_bytes(part, "little") for part in (word.mask, word.data))
        place = self.place(word.base, word.first)
        value = self.builder.load(type_, MESSAGE, place, "le" if type_ != Type.U8 else "be")
        if mask != type_.maximum:
            value = self.builder.binary("and", value, self.number(mask, type_))
        return self.builder.compare("eq", value, self.number(data, type_))

    def look_up(self, sets: Mapping[int, f.ValueSet], value: Value, bits: int, default: int = 0) -> Value:
        """Return a u32: the number whose set, disjoint from the others, has `value`; else `default`."""
        key_type = next(t for t in (Type.U8, Type.U16, Type.U32, Type.U64) if t.bits >= bits)
        contents = (key_type, default, tuple(sets.items()))
        name = self._names.get(contents)
        if name is None:
            name = self._names[contents] = f"table{len(self.tables)}"
            self.tables.append(_make_table(name, key_type, sets, default))
        key = value if key_type == Type.U64 else self.builder.convert(key_type, value)
        return self.builder.lookup(name, key)

    def choose(
        self, condition: Value, yes: Callable[[], Sequence[Value]], no: Callable[[], Sequence[Value]]
    ) -> Values:
        """Return the values of the side that `condition` picks; only that side is computed at run time."""
        self.builder.if_(condition)
        with self.nested():
            self.builder.yield_(*yes())
        self.builder.else_()
        with self.nested():
            self.builder.yield_(*no())
        return self.builder.end()

    def any_of(self, tests: Sequence[Value]) -> Value:
        """Return a u1: is any of the tests, all of them computed, true?"""
        if not tests:
            return self.number(0, Type.U1)
        result = tests[0]
        for test in tests[1:]:
            result = self.builder.binary("or", result, test)
        return result

    def every_in_turn(self, tests: Sequence[Callable[[], Value]]) -> Value:
        """Return a u1: do all tests hold? A test is evaluated only when those before it hold.

        Each test stands inside the one before it, where the checker knows that it holds; but many tests are
        halved, so that they do not nest deeper than the IR allows.
        """
        if not tests:
            return self.number(1, Type.U1)
        cut = 1 if len(tests) <= _CHAINED else len(tests) // 2
        first = self.every_in_turn(tests[:cut]) if cut > 1 else tests[0]()
        if len(tests) == 1:
            return first
        rest = tests[cut:]
        return self.choose(first, lambda: (self.every_in_turn(rest),), lambda: (self.number(0, Type.U1),))[0]

    def negate(self, test: Value) -> Value:
        """Return the other u1."""
        return self.builder.binary("xor", test, self.number(1, Type.U1))

    def _once(self, key: Hashable, make: Callable[[], Value]) -> Value:
        for known in reversed(self._known):
            if key in known:
                return known[key]
        value = self._known[-1][key] = make()
        return value

    def _within(self, value: Value, low: int, high: int, bits: int) -> Value:
        if low == high:
            return self.builder.compare("eq", value, self.number(low))
        if low == 0:
            return self.builder.compare("ule", value, self.number(high))
        if high >= (1 << bits) - 1:
            return self.builder.compare("ule", self.number(low), value)
        distance = self.builder.binary("sub", value, self.number(low), wrapping=True)
        return self.builder.compare("ule", distance, self.number(high - low))

    def _test_room(self, room: Room, enough: bool) -> Value:
        size = min(room.size, limits.MAX_MESSAGE_BYTES + 1)  # no message has more, and so the sum cannot wrap
        end = self.place(room.base, size)
        if enough:
            return self.builder.compare("ule", end, self.length())
        return self.builder.compare("ult", self.length(), end)

    def _shift(self, shift: f.Shift) -> Value:
        amount, before = self.value(shift.amount), self.place(shift.base)
        with self.builder.at(shift.span):
            return self.builder.binary("add", before, amount)

    def _compute(self, part: f.Arithmetic) -> Value:
        left, right = self.value(part.left), self.value(part.right)
        with self.builder.at(part.span):
            return self.builder.binary(_OPERATORS[part.operator], left, right)

    def _compare(self, part: f.Comparing) -> Value:
        left, right = self.value(part.left), self.value(part.right)
        return self.builder.convert(Type.U64, self.builder.compare(_COMPARISONS[part.operator], left, right))

    def _load(self, load: f.Field) -> Value:
        """Return the field: whole bytes from as few loads as possible, then shifted and masked."""
        first, last = load.offset // 8, (load.offset + load.bits - 1) // 8
        spare = (last + 1) * 8 - (load.offset + load.bits)  # bits of the last byte behind the field
        if last - first == 8:  # 64 bits or fewer across nine bytes
            high = self._load_bytes(load.base, first, 8, load.little)
            low = self._load_bytes(load.base, last, 1, load.little)
            top = self.builder.binary("shl", high, self.number(8 - spare), wrapping=True)
            value = self.builder.binary("or", top, self.builder.binary("lshr", low, self.number(spare)))
        else:
            value = self._load_bytes(load.base, first, last - first + 1, load.little)
            if spare:
                value = self.builder.binary("lshr", value, self.number(spare))
        if load.bits == 64 or load.offset % 8 == 0:  # nothing in front of the field
            return value
        return self.builder.binary("and", value, self.number((1 << load.bits) - 1))

    def _load_bytes(self, base: f.Base, first: int, size: int, little: bool) -> Value:
        """Return `size` (1 to 8) bytes at byte `first` from `base` as one number."""
        width = next(w for w in _BYTES if w <= size)
        value = self.builder.load(
            _BYTES[width], MESSAGE, self.place(base, first), "le" if little and width > 1 else "be"
        )
        if width < 8:
            value = self.builder.convert(Type.U64, value)
        if width == size:
            return value
        rest = self._load_bytes(base, first + width, size - width, little)
        low, high, low_bytes = (value, rest, width) if little else (rest, value, size - width)
        shifted = self.builder.binary("shl", high, self.number(8 * low_bytes))
        return self.builder.binary("or", low, shifted)

    def _walk(self, chain: f.Chain) -> tuple[Value, Value]:
        """Return (key, offset) where the chain stops.

        Most messages have no chain at all: one test of the first key decides whether the loop is entered.
        """
        for known in reversed(self._known):
            if chain in known:
                return known[chain], known[f.ChainEnd(chain)]
        key, start = self.value(chain.key), self.place(chain.start)
        handled = normalize(interval for link in chain.links for interval in link.keys)
        with self.builder.at(chain.span):
            goes_on = self.contains(handled, key, value_bits(chain.key))
            stop, end = self.choose(goes_on, lambda: self._loop(chain, key, start), lambda: (key, start))
        self._known[-1][chain] = stop
        self._known[-1][f.ChainEnd(chain)] = end
        return stop, end

    def _loop(self, chain: f.Chain, key: Value, start: Value) -> Values:
        loop = self.builder.for_(self.number(chain.limit), chain.limit, (key, start))
        with self.nested():
            self._known[-1][f.Here()] = loop.carried[1]
            goes_on, next_key, place = self._step(chain.links, loop.carried[0], loop.carried[1])
            self.builder.next_(next_key, place, condition=goes_on)
        return self.builder.end()

    def _step(self, links: tuple[f.ChainLink, ...], key: Value, place: Value) -> Values:
        """Return (go on?, key, place) after one step with the first link that handles `key`."""
        if not links:
            return self.number(0, Type.U1), key, place
        with self.builder.at(links[0].span):
            handles = self.contains(links[0].keys, key, 64)
            return self.choose(
                handles,
                lambda: self._take(links[0], key, place),
                lambda: self._step(links[1:], key, place),
            )

    def _take(self, link: f.ChainLink, key: Value, place: Value) -> Values:
        def go_on() -> Values:
            skipped = self.builder.binary("add", place, self.value(link.skip))
            return self.number(1, Type.U1), self.value(link.next_key), skipped

        needs = list_needs(link.next_key, link.skip)
        readable = [partial(self._test_room, room, enough=True) for room in needs]
        passes = self.every_in_turn([*readable, lambda: self._evaluate(link.when)])
        return self.choose(passes, go_on, lambda: (self.number(0, Type.U1), key, place))

    def _evaluate(self, part: f.Formula) -> Value:
        """Return a u1: does the formula hold? Parts are evaluated in order, only as far as needed."""
        match part:
            case f.Test(subject=subject, values=values):
                rooms = [partial(self._test_room, room, enough=True) for room in list_needs(subject)]
                return self.every_in_turn([*rooms, lambda: self.test(subject, values)])
            case f.Not(part=inner):
                return self.negate(self._evaluate(inner))
            case f.And(parts=parts):
                return self.every_in_turn([partial(self._evaluate, inner) for inner in parts])
            case f.Or(parts=parts):
                return self.negate(self._evaluate(f.And(tuple(f.Not(inner) for inner in parts))))


def word_type(loads: Sequence[f.Field]) -> Type:
    """Return the type of a word of a key that is made of `loads`."""
    bits = sum(load.bits for load in loads)
    return next(t for t in (Type.U8, Type.U16, Type.U32, Type.U64) if t.bits >= bits)


def _make_table(name: str, key_type: Type, sets: Mapping[int, f.ValueSet], default: int) -> Table:
    rows = sorted(
        (low, min(high, key_type.maximum), number)
        for number, values in sets.items()
        for low, high in values
        if low <= key_type.maximum
    )
    entries = tuple(Entry((low,), (high,), number) for low, high, number in rows)
    return Table(name, "range", (key_type,), Type.U32, default, entries)


def _outside_link() -> Value:
    raise AssertionError("`Here` has a place inside a chain link only")
