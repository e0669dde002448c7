"""Read the binary form, trusting nothing; `runtime.ir.binary` draws the layout.

In: bytes from anybody, behind the file's header. Out: a function, not yet verified, or a refusal. Every count
is held against a limit and against the bytes that are left before anything is made of that size.
"""

from __future__ import annotations

from runtime import limits
from runtime.ir.binary_bytes import ByteReader
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
    Parameter,
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

_OPCODES = tuple(Opcode)
_LARGEST_LIST = limits.MAX_INSTRUCTIONS  # operands of one instruction; the verifier knows better


class Reader:
    """The bytes, the declarations read so far, and the next free value number."""

    def __init__(self, data: bytes, position: int) -> None:
        self._bytes = ByteReader(data, position)
        self._regions: tuple[str, ...] = ()
        self._tables: tuple[str, ...] = ()
        self._next = 0
        self._depth = 0
        self._instructions_left = limits.MAX_INSTRUCTIONS
        self._entries_left = limits.MAX_TABLE_ENTRIES

    def decode(self) -> Function:
        """Return the function that the bytes hold."""
        read = self._bytes
        name = read.name()
        regions = read.listed(limits.MAX_REGIONS, "regions", self._region)
        self._regions = tuple(region.name for region in regions)
        parameters = read.listed(limits.MAX_PARAMETERS, "parameters", self._parameter)
        self._next = len(parameters)
        results = self._types("results")
        emits = self._types("numbers in an emitted tuple")
        emit_limit = read.number()
        tables = read.listed(limits.MAX_TABLES, "tables", self._table)
        self._tables = tuple(table.name for table in tables)
        body = self._body()
        read.expect_end()
        return Function(name, regions, parameters, results, emits, emit_limit, tables, body)

    # Declarations

    def _region(self) -> Region:
        name = self._bytes.name()
        flags = self._bytes.byte()
        constant = flags >= CONSTANT_LENGTH
        rights = self._bytes.pick(flags - CONSTANT_LENGTH * constant, RIGHTS, "right")
        return Region(name, rights, self._bytes.number(), constant)

    def _parameter(self) -> Parameter:
        return Parameter(self._bytes.name(), self._type())

    def _table(self) -> Table:
        read = self._bytes
        name = read.name()
        flags = read.byte()
        is_open = flags >= OPEN_TABLE
        kind = read.pick(flags - OPEN_TABLE * is_open, KINDS, "kind of table")
        keys = self._types("key columns")
        value = self._type()
        default = read.number()
        count = read.count(self._entries_left, "table entries")
        self._entries_left -= count
        entries = tuple([self._entry(kind, len(keys)) for _ in range(count)])
        return Table(name, kind, keys, value, default, entries, is_open)

    def _entry(self, kind: TableKind, columns: int) -> Entry:
        pairs = [self._column(kind) for _ in range(columns)]
        value = self._bytes.number()
        return Entry(tuple(low for low, _ in pairs), tuple(high for _, high in pairs), value)

    def _column(self, kind: TableKind) -> tuple[int, int]:
        low = self._bytes.number()
        match kind:
            case "exact":
                return low, low
            case "range" | "first":
                return low, low + self._bytes.number()
            case "prefix":
                free = self._bytes.choice(range(Type.U64.bits + 1), "number of free bits")
                return low, low | (1 << free) - 1

    def _type(self) -> Type:
        return self._bytes.choice(TYPES, "type")

    def _types(self, what: str) -> tuple[Type, ...]:
        return self._bytes.listed(limits.MAX_PARAMETERS, what, self._type)

    # Instructions

    def _body(self) -> Body:
        if self._depth > limits.MAX_NESTING:
            message = f"bodies are nested more than {limits.MAX_NESTING} deep"
            self._bytes.refuse("IR208", message, "return early, or combine conditions with `and`")
        self._depth += 1
        count = self._bytes.count(self._instructions_left, "instructions")
        self._instructions_left -= count
        body = tuple([self._instruction() for _ in range(count)])
        self._depth -= 1
        return body

    def _instruction(self) -> Instruction:
        """Read an instruction, and number the values that it defines."""
        opcode = self._bytes.choice(_OPCODES, "instruction")
        match opcode:
            case Opcode.STORE:
                order = self._bytes.choice(ORDERS, "byte order")
                region = self._bytes.choice(self._regions, "region")
                return Store(region, self._operand(), self._operand(), order)
            case Opcode.CALL:
                return self._call()
            case Opcode.EMIT:
                return Emit(self._operands())
            case Opcode.IF:
                return self._if()
            case Opcode.FOR:
                return self._for()
            case Opcode.YIELD:
                return Yield(self._operands())
            case Opcode.NEXT:
                return Next(None, self._operands())
            case Opcode.NEXT_IF:
                return Next(self._operand(), self._operands())
            case Opcode.RETURN:
                return Return(self._operands())
            case _:
                return self._computation(opcode)

    def _computation(self, opcode: Opcode) -> Instruction:
        """Read an instruction with one target."""
        read = self._bytes
        target = Value(self._next)
        instruction: Instruction
        match opcode:
            case Opcode.CONSTANT:
                instruction = Constant(target, self._type(), read.number())
            case Opcode.BINARY | Opcode.WRAPPING_BINARY:
                operator = read.choice(BINARY_OPERATORS, "operator")
                wrapping = opcode is Opcode.WRAPPING_BINARY
                instruction = Binary(target, operator, self._operand(), self._operand(), wrapping)
            case Opcode.COMPARE:
                comparison = read.choice(COMPARE_OPERATORS, "comparison")
                instruction = Compare(target, comparison, self._operand(), self._operand())
            case Opcode.CONVERT | Opcode.WRAPPING_CONVERT:
                wrapping = opcode is Opcode.WRAPPING_CONVERT
                instruction = Convert(target, self._type(), self._operand(), wrapping)
            case Opcode.SELECT:
                instruction = Select(target, self._operand(), self._operand(), self._operand())
            case Opcode.LENGTH:
                instruction = Length(target, read.choice(self._regions, "region"))
            case Opcode.LOAD:
                type_, order = self._type(), read.choice(ORDERS, "byte order")
                region = read.choice(self._regions, "region")
                instruction = Load(target, type_, region, self._operand(), order)
            case _:
                assert opcode is Opcode.LOOKUP, "the other opcodes have no single target"
                table = read.pick(read.number(), self._tables, "table")
                instruction = Lookup(target, table, self._operands())
        self._next += 1
        return instruction

    def _call(self) -> Call:
        count = self._bytes.byte()
        if count > limits.MAX_RESULTS:
            message = f"a call has {count} targets, the limit is {limits.MAX_RESULTS}"
            self._bytes.refuse("IR204", message, "no primitive has so many results")
        name = self._bytes.name()
        arguments = self._operands()
        return Call(self._define(count), name, arguments)

    def _if(self) -> If:
        """Read an `If`: it defines as many values as its arms yield."""
        condition = self._operand()
        then = self._body()
        otherwise = self._body()
        yields = [arm[-1] for arm in (then, otherwise) if arm]
        count = max([len(end.values) for end in yields if isinstance(end, Yield)], default=0)
        return If(self._define(count), condition, then, otherwise)

    def _for(self) -> For:
        """Read a `For`: it carries and defines as many values as it has initial values."""
        count = self._operand()
        maximum = self._bytes.number()
        initial = self._operands()
        (index,) = self._define(1)
        carried = self._define(len(initial))
        body = self._body()
        return For(self._define(len(initial)), index, count, maximum, carried, initial, body)

    # Values

    def _define(self, count: int) -> tuple[Value, ...]:
        first = self._next
        self._next += count
        return tuple([Value(number) for number in range(first, self._next)])

    def _operand(self) -> Value:
        back = self._bytes.number()
        if back > self._next:
            self._bytes.refuse("IR206", f"no value is {back} numbers back", "see runtime/ir/binary.py")
        return Value(self._next - back)

    def _operands(self) -> tuple[Value, ...]:
        return self._bytes.listed(_LARGEST_LIST, "operands", self._operand)
