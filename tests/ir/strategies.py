"""Hypothesis strategies for IR: well-formed functions, and inputs for them.

@given(st.data())
def test_law(data):
    function = data.draw(functions())
    regions, parameters = data.draw(inputs(function))
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, get_args

from hypothesis import strategies as st

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

_T = TypeVar("_T")

MESSAGE = Region("message", "read", 24)
COUNTERS = Region("counters", "read_write", 16, constant=True)
OUTPUT = Region("output", "write", 9)

_TYPES = st.sampled_from(Type)
_WIDE = st.sampled_from([Type.U8, Type.U16, Type.U32, Type.U64])
_OPERATORS: tuple[BinaryOperator, ...] = get_args(BinaryOperator)
_COMPARISONS: tuple[CompareOperator, ...] = get_args(CompareOperator)
_WRAPPING: tuple[BinaryOperator, ...] = ("add", "sub", "mul", "shl")
_BITWISE: tuple[BinaryOperator, ...] = ("and", "or", "xor")
_MAX_DEPTH = 3


def numbers(type_: Type) -> st.SearchStrategy[int]:
    """Numbers of a type, the small, the large and the powers of two more often."""
    edges = [0, 1, 2, 3, 7, 8, type_.maximum, type_.maximum - 1, 1 << (type_.bits - 1)]
    return st.one_of(
        st.sampled_from([n for n in edges if 0 <= n <= type_.maximum]), st.integers(0, type_.maximum)
    )


@st.composite
def tables(draw: st.DrawFn, name: str = "table") -> Table:
    """Small well-formed tables of every kind."""
    kind: TableKind = draw(st.sampled_from(get_args(TableKind)))
    keys = tuple(draw(st.lists(_WIDE, min_size=1, max_size=2)))
    value = draw(_WIDE)
    blocks = [draw(st.lists(_intervals(kind, key), max_size=5)) for key in keys]
    lows: list[tuple[tuple[int, int], ...]] = [()]
    for column in blocks:
        apart = column if kind == "first" else _apart(column)
        lows = [(*prefix, interval) for prefix in lows for interval in apart]
    entries = tuple(
        Entry(tuple(low for low, _ in columns), tuple(high for _, high in columns), draw(numbers(value)))
        for columns in lows
    )
    return Table(name, kind, keys, value, draw(numbers(value)), entries)


def _intervals(kind: TableKind, type_: Type) -> st.SearchStrategy[tuple[int, int]]:
    if kind == "exact":
        return numbers(type_).map(lambda n: (n, n))
    if kind in ("range", "first"):
        return st.tuples(numbers(type_), numbers(type_)).map(lambda pair: (min(pair), max(pair)))
    return st.tuples(numbers(type_), st.integers(0, type_.bits)).map(
        lambda pair: (pair[0] >> pair[1] << pair[1], pair[0] | (1 << pair[1]) - 1)
    )


def _apart(intervals: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Leave out intervals that meet another; prefix blocks in one column hold each other at worst."""
    kept: list[tuple[int, int]] = []
    for low, high in intervals:
        if all(high < other_low or other_high < low for other_low, other_high in kept):
            kept.append((low, high))
    return kept


@st.composite
def functions(draw: st.DrawFn, *, safe: bool = False, calls: bool = False, size: int = 12) -> Function:
    """Functions that the verifier accepts.

    Args:
        draw: hypothesis.
        safe: nothing in them can fault, for any input.
        calls: they may call `clock`.
        size: about how many statements, of a few instructions each.
    """
    regions = tuple(draw(st.lists(st.sampled_from([MESSAGE, COUNTERS, OUTPUT]), unique=True, max_size=3)))
    parameters = tuple(Parameter(f"p{n}", draw(_TYPES)) for n in range(draw(st.integers(0, 3))))
    builder = Builder(
        "generated",
        regions=regions,
        parameters=parameters,
        results=tuple(draw(st.lists(_TYPES, max_size=3))),
        emits=tuple(draw(st.lists(_TYPES, max_size=2))),
        tables=tuple(draw(tables(f"table{n}")) for n in range(draw(st.integers(0, 2)))),
    )
    return _Generator(draw, builder, safe, calls, size).generate()


@st.composite
def inputs(draw: st.DrawFn, function: Function) -> tuple[dict[str, bytearray], tuple[int, ...]]:
    """Regions and parameters that fit the declarations of `function`."""
    regions = {}
    for region in function.regions:
        least = region.maximum if region.constant else 0
        regions[region.name] = bytearray(draw(st.binary(min_size=least, max_size=region.maximum)))
    return regions, tuple(draw(numbers(parameter.type)) for parameter in function.parameters)


class _Generator:
    """Draws one body after the other; `_scope` holds the visible values with their types."""

    def __init__(self, draw: st.DrawFn, builder: Builder, safe: bool, calls: bool, size: int) -> None:
        self._draw = draw
        self._builder = builder
        self._safe = safe
        self._calls = calls
        self._left = size
        self._depth = 0
        self._repeats = 1
        self._emitted = 0
        self._scope = [(Value(n), each.type) for n, each in enumerate(builder.parameters)]

    def generate(self) -> Function:
        self._statements()
        self._return()
        if self._builder.emits:
            self._builder.emit_limit = max(1, self._emitted) if self._safe else self._draw(st.integers(1, 4))
        return self._builder.finish()

    def _statements(self) -> None:
        """Append some statements; the values of nested bodies leave the scope with them."""
        for _ in range(self._draw(st.integers(0, 6))):
            if self._left <= 0:
                return
            self._left -= 1
            self._one_of(self._kinds())()

    def _kinds(self) -> list[Callable[[], None]]:
        kinds = [self._binary, self._binary, self._compare, self._convert, self._select]
        if self._builder.regions:
            kinds += [self._length, self._access, self._access]
        if self._builder.tables:
            kinds.append(self._lookup)
        if self._builder.emits:
            kinds.append(self._emit)
        if self._calls:
            kinds.append(self._call)
        if self._depth < _MAX_DEPTH:
            kinds += [self._if, self._if, self._for, self._early_return]
        return kinds

    def _one_of(self, choices: list[_T]) -> _T:
        return self._draw(st.sampled_from(choices))

    def _keep(self, value: Value, type_: Type) -> None:
        self._scope.append((value, type_))

    def _value(self, type_: Type) -> Value:
        """Return a visible value of this type, or a new constant."""
        fitting = [value for value, each in self._scope if each is type_]
        reuse = self._draw(st.integers(0, 3)) > 0
        if fitting and reuse:
            return self._one_of(fitting)
        value = self._builder.constant(type_, self._draw(numbers(type_)))
        self._keep(value, type_)
        return value

    def _values(self, types: tuple[Type, ...]) -> tuple[Value, ...]:
        return tuple(self._value(type_) for type_ in types)

    def _binary(self) -> None:
        operator = self._one_of(list(_OPERATORS))
        type_ = self._draw(_TYPES if operator in _BITWISE else _WIDE)
        left, right = self._value(type_), self._value(type_)
        wrapping = operator in _WRAPPING and (self._safe or self._draw(st.booleans()))
        if self._safe and operator in ("udiv", "urem"):
            right = self._builder.binary("or", right, self._builder.constant(type_, 1))
        if self._safe and operator in ("shl", "lshr"):
            right = self._builder.binary("and", right, self._builder.constant(type_, type_.bits - 1))
        self._keep(self._builder.binary(operator, left, right, wrapping), type_)

    def _compare(self) -> None:
        type_ = self._draw(_TYPES)
        comparison = self._one_of(list(_COMPARISONS))
        self._keep(self._builder.compare(comparison, self._value(type_), self._value(type_)), Type.U1)

    def _convert(self) -> None:
        source, target = self._draw(_TYPES), self._draw(_TYPES)
        wrapping = self._safe or self._draw(st.booleans())
        self._keep(self._builder.convert(target, self._value(source), wrapping), target)

    def _select(self) -> None:
        type_ = self._draw(_TYPES)
        self._keep(self._builder.select(self._value(Type.U1), self._value(type_), self._value(type_)), type_)

    def _length(self) -> None:
        self._keep(self._builder.length(self._one_of(list(self._builder.regions)).name), Type.U64)

    def _lookup(self) -> None:
        table = self._one_of(list(self._builder.tables))
        self._keep(self._builder.lookup(table.name, *self._values(table.keys)), table.value)

    def _emit(self) -> None:
        self._emitted += self._repeats
        self._builder.emit(*self._values(self._builder.emits))

    def _call(self) -> None:
        (now,) = self._builder.call("clock")
        self._keep(now, Type.U64)

    def _access(self) -> None:
        """Load or store, behind a bounds check if safe, else perhaps."""
        region = self._one_of(list(self._builder.regions))
        type_ = self._draw(_WIDE)
        order: Order = "be" if type_ is Type.U8 else self._draw(st.sampled_from(get_args(Order)))
        loads = region.rights == "read" or (region.rights == "read_write" and self._draw(st.booleans()))
        offset = self._offset()
        value = None if loads else self._value(type_)
        if not (self._safe or self._draw(st.booleans())):
            self._plain_access(region, type_, order, offset, value)
            return
        loaded = self._checked_access(region, type_, order, offset, value)
        if loaded is not None:
            self._keep(loaded, type_)

    def _offset(self) -> Value:
        if self._draw(st.booleans()):
            return self._value(Type.U64)
        return self._builder.constant(Type.U64, self._draw(st.integers(0, 25)))

    def _plain_access(
        self, region: Region, type_: Type, order: Order, offset: Value, value: Value | None
    ) -> None:
        if value is None:
            self._keep(self._builder.load(type_, region.name, offset, order), type_)
        else:
            self._builder.store(region.name, offset, value, order)

    def _checked_access(
        self, region: Region, type_: Type, order: Order, offset: Value, value: Value | None
    ) -> Value | None:
        """Access memory where size <= length and offset <= length - size; elsewhere a load gives 0."""
        builder = self._builder
        length = builder.length(region.name)
        size = builder.constant(Type.U64, type_.bytes)
        builder.if_(builder.compare("ule", size, length))
        builder.if_(builder.compare("ule", offset, builder.binary("sub", length, size)))
        if value is None:
            builder.yield_(builder.load(type_, region.name, offset, order))
            builder.else_()
            builder.yield_(builder.constant(type_, 0))
            builder.yield_(*builder.end())
            builder.else_()
            builder.yield_(builder.constant(type_, 0))
            return builder.end()[0]
        builder.store(region.name, offset, value, order)
        builder.end()
        builder.end()
        return None

    def _if(self) -> None:
        """An `if` with up to two targets; one arm may return instead."""
        condition = self._value(Type.U1)
        types = tuple(self._draw(st.lists(_TYPES, max_size=2)))
        returning = self._draw(st.sampled_from([None, None, None, 0, 1]))
        self._builder.if_(condition)
        self._arm(types, returning == 0)
        self._builder.else_()
        self._arm(types, returning == 1)
        for target, type_ in zip(self._builder.end(), types, strict=True):
            self._keep(target, type_)

    def _arm(self, types: tuple[Type, ...], returns: bool) -> None:
        visible = len(self._scope)
        self._depth += 1
        self._statements()
        if returns:
            self._return()
        else:
            self._builder.yield_(*self._values(types))
        self._depth -= 1
        del self._scope[visible:]

    def _for(self) -> None:
        maximum = self._draw(st.integers(0, 5))
        count = self._count(maximum)
        types = tuple(self._draw(st.lists(_TYPES, max_size=2)))
        initial = self._values(types)
        visible = len(self._scope)
        loop = self._builder.for_(count, maximum, initial)
        self._scope += [(loop.index, Type.U64), *zip(loop.carried, types, strict=True)]
        self._depth += 1
        self._repeats *= maximum
        self._statements()
        stop = self._value(Type.U1) if self._draw(st.booleans()) else None
        self._builder.next_(*self._values(types), condition=stop)
        self._repeats //= max(1, maximum)
        self._depth -= 1
        del self._scope[visible:]
        for target, type_ in zip(self._builder.end(), types, strict=True):
            self._keep(target, type_)

    def _count(self, maximum: int) -> Value:
        """Return a count; if safe, at most `maximum`."""
        if not self._safe:
            if self._draw(st.booleans()):
                return self._value(Type.U64)
            return self._builder.constant(Type.U64, self._draw(st.integers(0, maximum + 1)))
        count, most = self._value(Type.U64), self._builder.constant(Type.U64, maximum)
        return self._builder.select(self._builder.compare("ule", count, most), count, most)

    def _early_return(self) -> None:
        condition = self._value(Type.U1)
        visible = len(self._scope)
        with self._builder.when(condition):
            self._return()
        del self._scope[visible:]

    def _return(self) -> None:
        self._builder.return_(*self._values(self._builder.results))
