"""Random functions: every kind of instruction, loads mostly behind length checks, arithmetic mostly wrapping.

They are verified, not proved: an input on which one faults in the interpreter says nothing about others.
"""

from __future__ import annotations

import random

from runtime.ir.builder import Builder
from runtime.ir.nodes import (
    BinaryOperator,
    CompareOperator,
    Entry,
    Function,
    Order,
    Parameter,
    Region,
    Table,
    TableKind,
    Type,
    Value,
)
from runtime.ir.verify import verify_function

NUMBERS = (Type.U8, Type.U16, Type.U32, Type.U64)
MESSAGE_BYTES, SCRATCH_BYTES = 48, 16
OPERATORS: tuple[BinaryOperator, ...] = ("add", "sub", "mul", "and", "or", "xor")
COMPARES: tuple[CompareOperator, ...] = ("eq", "ne", "ult", "ule")


def make_function(seed: int) -> Function:
    """Return the function with this number."""
    function = _Generator(random.Random(seed)).make()
    verify_function(function)
    return function


def make_table(chance: random.Random, name: str, columns: int, kind: TableKind) -> Table:
    """Return a table of a few entries, small keys being likely."""
    keys = tuple(chance.choice((Type.U8, Type.U16, Type.U32, Type.U64, Type.U1)) for _ in range(columns))
    value = chance.choice(NUMBERS)
    entries: list[Entry] = []
    for _ in range(chance.randrange(12)):
        low: list[int] = []
        high: list[int] = []
        for key in keys:
            start = chance.choice((chance.randrange(16), chance.randrange(key.maximum + 1))) & key.maximum
            end = start
            if kind == "range":
                end = min(key.maximum, start + chance.randrange(5))
            if kind == "prefix":
                free = (1 << chance.randrange(4)) - 1 & key.maximum
                start, end = start & ~free, start | free
            low.append(start)
            high.append(end)
        entry = Entry(tuple(low), tuple(high), chance.randrange(value.maximum + 1))
        if all(_may_stand(kind, entry, other) for other in entries):
            entries.append(entry)
    return Table(name, kind, keys, value, chance.randrange(value.maximum + 1), tuple(entries))


def _may_stand(kind: TableKind, first: Entry, second: Entry) -> bool:
    apart = any(
        first.high[column] < second.low[column] or second.high[column] < first.low[column]
        for column in range(len(first.low))
    )
    if apart or kind != "prefix" or (first.low, first.high) == (second.low, second.high):
        return apart
    return _holds(first, second) or _holds(second, first)


def _holds(outer: Entry, inner: Entry) -> bool:
    return all(
        outer.low[column] <= inner.low[column] and inner.high[column] <= outer.high[column]
        for column in range(len(inner.low))
    )


class _Generator:
    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        kinds: tuple[tuple[int, TableKind], ...] = (
            (1, "exact"),
            (1, "range"),
            (1, "prefix"),
            (2, "exact"),
            (3, "exact"),
            (2, "range"),
            (2, "prefix"),
        )
        columns, kind = chance.choice(kinds)
        self.tables = (make_table(chance, "map", columns, kind),) if chance.random() < 0.6 else ()
        self.results = tuple(chance.choice((*NUMBERS, Type.U1)) for _ in range(chance.choice((0, 1, 1, 2))))
        self.emits = tuple(chance.choice((*NUMBERS, Type.U1)) for _ in range(chance.choice((0, 0, 1, 2))))
        if self.tables and self.emits and len(self.results):
            self.results = ()
        self.parameters = (Parameter("p", chance.choice((*NUMBERS, Type.U1))),)
        self.builder = Builder(
            "random_function",
            (Region("message", "read", MESSAGE_BYTES), Region("scratch", "read_write", SCRATCH_BYTES, True)),
            self.parameters,
            self.results,
            self.emits,
            chance.choice((4, 400)) if self.emits else 0,
            self.tables,
        )

    def make(self) -> Function:
        scope = [(Value(0), self.parameters[0].type)]
        self._fill(scope, 3, self.chance.randrange(4, 14))
        if not self.builder.ended:
            self._return(scope)
        return self.builder.finish()

    def _fill(self, scope: list[tuple[Value, Type]], depth: int, count: int) -> None:
        for _ in range(count):
            if self.builder.ended:
                return
            self.chance.choice(
                (self._constant, self._binary, self._binary, self._compare, self._convert, self._select)
                + (self._load, self._load, self._store, self._lookup, self._emit, self._divide)
                + ((self._if, self._if, self._for) if depth else ())
            )(scope, depth)

    def _any(self, scope: list[tuple[Value, Type]], type_: Type) -> Value:
        fitting = [value for value, known in scope if known is type_]
        if fitting and self.chance.random() < 0.85:
            return self.chance.choice(fitting)
        number = self.chance.choice((0, 1, self.chance.randrange(64), type_.maximum)) & type_.maximum
        value = self.builder.constant(type_, number)
        scope.append((value, type_))
        return value

    def _constant(self, scope: list[tuple[Value, Type]], depth: int) -> None:
        self._any(scope, self.chance.choice((*NUMBERS, Type.U1)))

    def _binary(self, scope: list[tuple[Value, Type]], depth: int) -> None:
        type_ = self.chance.choice((*NUMBERS, Type.U1))
        operator = self.chance.choice(OPERATORS[3:] if type_ is Type.U1 else OPERATORS)
        exact = type_ is Type.U1 or self.chance.random() < 0.15
        wrapping = not exact and operator in ("add", "sub", "mul")
        value = self.builder.binary(operator, self._any(scope, type_), self._any(scope, type_), wrapping)
        scope.append((value, type_))

    def _divide(self, scope: list[tuple[Value, Type]], depth: int) -> None:
        type_ = self.chance.choice(NUMBERS)
        divides = self.chance.random() < 0.5
        right = self.builder.constant(type_, self.chance.randrange(1, 8))
        operators: tuple[BinaryOperator, ...] = ("udiv", "urem") if divides else ("shl", "lshr")
        operator = self.chance.choice(operators)
        wrapping = operator == "shl"
        scope.append((self.builder.binary(operator, self._any(scope, type_), right, wrapping), type_))

    def _compare(self, scope: list[tuple[Value, Type]], depth: int) -> None:
        type_ = self.chance.choice((*NUMBERS, Type.U1))
        operator = self.chance.choice(COMPARES)
        value = self.builder.compare(operator, self._any(scope, type_), self._any(scope, type_))
        scope.append((value, Type.U1))

    def _convert(self, scope: list[tuple[Value, Type]], depth: int) -> None:
        value, known = self.chance.choice(scope)
        type_ = self.chance.choice((*NUMBERS, Type.U1))
        scope.append((self.builder.convert(type_, value, wrapping=type_.bits < known.bits), type_))

    def _select(self, scope: list[tuple[Value, Type]], depth: int) -> None:
        type_ = self.chance.choice((*NUMBERS, Type.U1))
        condition = self._any(scope, Type.U1)
        value = self.builder.select(condition, self._any(scope, type_), self._any(scope, type_))
        scope.append((value, type_))

    def _load(self, scope: list[tuple[Value, Type]], depth: int) -> None:
        """Load behind a length check that leaves otherwise; or from scratch, whose length is known."""
        builder, type_ = self.builder, self.chance.choice(NUMBERS)
        order = self._order(type_)
        if self.chance.random() < 0.3:
            place = builder.constant(Type.U64, self.chance.randrange(SCRATCH_BYTES - type_.bytes + 1))
            scope.append((builder.load(type_, "scratch", place, order), type_))
            return
        start = self.chance.choice(
            (self._any(scope, Type.U64), builder.constant(Type.U64, self.chance.randrange(MESSAGE_BYTES - 8)))
        )
        mask = builder.constant(Type.U64, 31)
        if self.chance.random() < 0.5:
            start = builder.binary("and", start, mask)
        end = builder.binary("add", start, builder.constant(Type.U64, type_.bytes), wrapping=False)
        length = builder.length("message")
        outside = builder.compare("ult", length, end)
        with builder.when(outside):
            self._return([*scope])
        scope += [(start, Type.U64), (end, Type.U64), (length, Type.U64), (outside, Type.U1)]
        scope.append((builder.load(type_, "message", start, order), type_))

    def _order(self, type_: Type) -> Order:
        orders: tuple[Order, ...] = ("be", "le") if type_ is not Type.U8 else ("be",)
        return self.chance.choice(orders)

    def _store(self, scope: list[tuple[Value, Type]], depth: int) -> None:
        type_ = self.chance.choice(NUMBERS)
        value = self._any(scope, type_)
        order = self._order(type_)
        place = self.builder.constant(Type.U64, self.chance.randrange(SCRATCH_BYTES - type_.bytes + 1))
        self.builder.store("scratch", place, value, order)

    def _lookup(self, scope: list[tuple[Value, Type]], depth: int) -> None:
        for table in self.tables:
            keys = [self._any(scope, key) for key in table.keys]
            scope.append((self.builder.lookup(table.name, *keys), table.value))

    def _emit(self, scope: list[tuple[Value, Type]], depth: int) -> None:
        if self.emits:
            self.builder.emit(*[self._any(scope, type_) for type_ in self.emits])

    def _return(self, scope: list[tuple[Value, Type]]) -> None:
        self.builder.return_(*[self._any(scope, type_) for type_ in self.results])

    def _if(self, scope: list[tuple[Value, Type]], depth: int) -> None:
        types = [self.chance.choice((*NUMBERS, Type.U1)) for _ in range(self.chance.randrange(3))]
        self.builder.if_(self._any(scope, Type.U1))
        returned = self._arm([*scope], depth, types)
        self.builder.else_()
        self._arm([*scope], depth, types, may_return=not returned)
        scope += zip(self.builder.end(), types)

    def _arm(
        self, scope: list[tuple[Value, Type]], depth: int, types: list[Type], may_return: bool = True
    ) -> bool:
        """Fill an arm and say whether it returns."""
        self._fill(scope, depth - 1, self.chance.randrange(5))
        if self.builder.ended:
            return True
        if may_return and self.chance.random() < 0.25:
            self._return(scope)
            return True
        self.builder.yield_(*[self._any(scope, type_) for type_ in types])
        return False

    def _for(self, scope: list[tuple[Value, Type]], depth: int) -> None:
        types = [self.chance.choice((*NUMBERS, Type.U1)) for _ in range(self.chance.randrange(3))]
        initial = [self._any(scope, type_) for type_ in types]
        maximum = self.chance.randrange(6)
        count = self.builder.binary("and", self._any(scope, Type.U64), self.builder.constant(Type.U64, 3))
        if self.chance.random() < 0.5:
            count = self.builder.constant(Type.U64, maximum)
        loop = self.builder.for_(count, maximum, initial)
        inner = [*scope, (loop.index, Type.U64), *zip(loop.carried, types)]
        self._fill(inner, depth - 1, self.chance.randrange(1, 6))
        if not self.builder.ended:
            again = [self._any(inner, type_) for type_ in types]
            condition = self._any(inner, Type.U1) if self.chance.random() < 0.4 else None
            self.builder.next_(*again, condition=condition)
        scope += zip(self.builder.end(), types)
