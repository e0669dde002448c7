"""Write the binary form; `runtime.ir.binary` draws the layout.

In: a verified function. Out: its bytes, without the file's header.
"""

from __future__ import annotations

from collections.abc import Sequence

from runtime.ir.binary_layout import (
    BINARY_OPERATORS,
    COMPARE_OPERATORS,
    CONSTANT_LENGTH,
    KINDS,
    OPEN_TABLE,
    ORDERS,
    RIGHTS,
    TYPES,
    Opcode,
)
from runtime.ir.nodes import (
    Binary,
    Body,
    Call,
    Compare,
    Constant,
    Convert,
    Emit,
    Entry,
    For,
    Function,
    If,
    Instruction,
    Length,
    Load,
    Lookup,
    Next,
    Region,
    Return,
    Select,
    Store,
    Table,
    TableKind,
    Type,
    Value,
    Yield,
)


class Writer:
    """The bytes so far, and the next free value number."""

    def __init__(self, function: Function) -> None:
        self._function = function
        self._bytes = bytearray()
        self._next = len(function.parameters)
        self._regions = {region.name: number for number, region in enumerate(function.regions)}
        self._tables = {table.name: number for number, table in enumerate(function.tables)}

    def encode(self) -> bytes:
        """Return the bytes of the function."""
        function = self._function
        self._name(function.name)
        self._number(len(function.regions))
        for region in function.regions:
            self._region(region)
        self._number(len(function.parameters))
        for parameter in function.parameters:
            self._name(parameter.name)
            self._type(parameter.type)
        self._types(function.results)
        self._types(function.emits)
        self._number(function.emit_limit)
        self._number(len(function.tables))
        for table in function.tables:
            self._table(table)
        self._body(function.body)
        return bytes(self._bytes)

    def _region(self, region: Region) -> None:
        self._name(region.name)
        self._bytes.append(RIGHTS.index(region.rights) + CONSTANT_LENGTH * region.constant)
        self._number(region.maximum)

    def _table(self, table: Table) -> None:
        self._name(table.name)
        self._bytes.append(KINDS.index(table.kind) + OPEN_TABLE * table.open)
        self._types(table.keys)
        self._type(table.value)
        self._number(table.default)
        self._number(len(table.entries))
        for entry in table.entries:
            self._entry(entry, table.kind)

    def _entry(self, entry: Entry, kind: TableKind) -> None:
        for low, high in zip(entry.low, entry.high, strict=True):
            self._number(low)
            if kind in ("range", "first"):
                self._number(high - low)
            elif kind == "prefix":
                self._bytes.append((low ^ high).bit_length())
        self._number(entry.value)

    def _body(self, body: Body) -> None:
        self._number(len(body))
        for instruction in body:
            self._instruction(instruction)

    def _instruction(self, instruction: Instruction) -> None:
        """Write an instruction, and count the values that it defines."""
        match instruction:
            case Store(region=region, offset=offset, value=value, order=order):
                self._opcode(Opcode.STORE, ORDERS.index(order), self._regions[region])
                self._operands(offset, value)
            case Call(targets=targets, primitive=primitive, arguments=arguments):
                self._opcode(Opcode.CALL, len(targets))
                self._name(primitive)
                self._list(arguments)
                self._next += len(targets)
            case Emit(values=values):
                self._opcode(Opcode.EMIT)
                self._list(values)
            case If(targets=targets, condition=condition, then=then, otherwise=otherwise):
                self._opcode(Opcode.IF)
                self._operands(condition)
                self._body(then)
                self._body(otherwise)
                self._next += len(targets)
            case For():
                self._for(instruction)
            case Yield(values=values):
                self._opcode(Opcode.YIELD)
                self._list(values)
            case Next(condition=condition, values=values):
                self._opcode(Opcode.NEXT if condition is None else Opcode.NEXT_IF)
                self._operands(*() if condition is None else (condition,))
                self._list(values)
            case Return(values=values):
                self._opcode(Opcode.RETURN)
                self._list(values)
            case _:
                self._computation(instruction)
                self._next += 1

    def _for(self, loop: For) -> None:
        """Write operands, carried numbers' initial values, and the body, in which index and carried count."""
        self._opcode(Opcode.FOR)
        self._operands(loop.count)
        self._number(loop.maximum)
        self._list(loop.initial)
        self._next += 1 + len(loop.carried)
        self._body(loop.body)
        self._next += len(loop.targets)

    def _computation(
        self, instruction: Constant | Binary | Compare | Convert | Select | Length | Load | Lookup
    ) -> None:
        """Write an instruction with one target: opcode, then numbers, then operands."""
        match instruction:
            case Constant(type=type_, number=number):
                self._opcode(Opcode.CONSTANT, TYPES.index(type_))
                self._number(number)
            case Binary(operator=operator, left=left, right=right, wrapping=wrapping):
                opcode = Opcode.WRAPPING_BINARY if wrapping else Opcode.BINARY
                self._opcode(opcode, BINARY_OPERATORS.index(operator))
                self._operands(left, right)
            case Compare(operator=comparison, left=left, right=right):
                self._opcode(Opcode.COMPARE, COMPARE_OPERATORS.index(comparison))
                self._operands(left, right)
            case Convert(type=type_, value=value, wrapping=wrapping):
                self._opcode(Opcode.WRAPPING_CONVERT if wrapping else Opcode.CONVERT, TYPES.index(type_))
                self._operands(value)
            case Select(condition=condition, yes=yes, no=no):
                self._opcode(Opcode.SELECT)
                self._operands(condition, yes, no)
            case Length(region=region):
                self._opcode(Opcode.LENGTH, self._regions[region])
            case Load(type=type_, region=region, offset=offset, order=order):
                self._opcode(Opcode.LOAD, TYPES.index(type_), ORDERS.index(order), self._regions[region])
                self._operands(offset)
            case Lookup(table=table, keys=keys):
                self._opcode(Opcode.LOOKUP)
                self._number(self._tables[table])
                self._list(keys)

    def _opcode(self, opcode: Opcode, *small: int) -> None:
        """Write the opcode and numbers below 128, one byte each."""
        self._bytes.append(opcode)
        self._bytes += bytes(small)

    def _operands(self, *values: Value) -> None:
        for value in values:
            self._number(self._next - value)

    def _list(self, values: Sequence[Value]) -> None:
        self._number(len(values))
        self._operands(*values)

    def _number(self, number: int) -> None:
        while number >= 0x80:
            self._bytes.append(number & 0x7F | 0x80)
            number >>= 7
        self._bytes.append(number)

    def _name(self, name: str) -> None:
        self._number(len(name))
        self._bytes += name.encode("ascii")

    def _type(self, type_: Type) -> None:
        self._bytes.append(TYPES.index(type_))

    def _types(self, types: Sequence[Type]) -> None:
        self._number(len(types))
        for type_ in types:
            self._type(type_)
