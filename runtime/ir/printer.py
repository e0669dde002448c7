"""The text form of a function: what `--emit ir` shows, what tests compare, what `runtime.ir.parser` reads.

In: a function, nested no deeper than `limits.MAX_NESTING`. Out: text; `parse_function` of it gives an equal
function if the function passes the verifier. For instance:

    func web(region message: read, max 1514) -> (u32) {
      table ports exact (u16) -> u32 default 0 {
        80 -> 1
      }
      %0 = length message
      %1 = const u64 37
      %2 = ult %1, %0
      %3 = if %2 {
        %4 = const u64 36
        %5 = load u16be message[%4]
        %6 = lookup ports(%5)
        yield %6
      } else {
        %7 = const u32 0
        yield %7
      }
      return %3
    }
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

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
    Order,
    Parameter,
    Region,
    Return,
    Select,
    Store,
    Table,
    Type,
    Value,
    Yield,
)
from runtime.ir.value_types import find_value_types

_INDENT = "  "


def print_function(function: Function) -> str:
    """Return the text of `function`, ending in a line end."""
    types = find_value_types(function)
    lines = [_header(function)]
    for table in function.tables:
        lines += _table(table)
    lines += _body(function.body, types, _INDENT)
    lines.append("}")
    return "\n".join(lines) + "\n"


def print_instruction(instruction: Instruction, types: Mapping[Value, Type]) -> str:
    """Return the instruction's first line, for messages: of an `If` or `For` up to the opening brace.

    Args:
        instruction: any instruction.
        types: types of values, from `find_value_types`; a `Store` shows its operand's.
    """
    match instruction:
        case Constant(target=target, type=type_, number=number):
            return f"%{target} = const {_type(type_)} {number}"
        case Binary(target=target, operator=operator, left=left, right=right, wrapping=wrapping):
            return f"%{target} = {_wrapping(wrapping)}{operator} %{left}, %{right}"
        case Compare(target=target, operator=comparison, left=left, right=right):
            return f"%{target} = {comparison} %{left}, %{right}"
        case Convert(target=target, type=type_, value=value, wrapping=wrapping):
            return f"%{target} = {_wrapping(wrapping)}convert {_type(type_)} %{value}"
        case Select(target=target, condition=condition, yes=yes, no=no):
            return f"%{target} = select %{condition}, %{yes}, %{no}"
        case Length(target=target, region=region):
            return f"%{target} = length {region}"
        case Load(target=target, type=type_, region=region, offset=offset, order=order):
            return f"%{target} = load {_width(type_, order)} {region}[%{offset}]"
        case Store(region=region, offset=offset, value=value, order=order):
            return f"store {_width(types.get(value), order)} {region}[%{offset}] = %{value}"
        case Lookup(target=target, table=table, keys=keys):
            return f"%{target} = lookup {table}({_values(keys)})"
        case Call(targets=targets, primitive=primitive, arguments=arguments):
            return f"{_targets(targets)}call {primitive}({_values(arguments)})"
        case Emit(values=values):
            return f"emit {_values(values)}"
        case If(targets=targets, condition=condition):
            return f"{_targets(targets)}if %{condition} {{"
        case For():
            return _for_header(instruction)
        case Yield(values=values):
            return f"yield {_values(values)}".rstrip()
        case Next(condition=stop, values=values):
            test = "" if stop is None else f" if %{stop}"
            return f"next{test} ({_values(values)})" if values else f"next{test}"
        case Return(values=values):
            return f"return {_values(values)}".rstrip()


def _header(function: Function) -> str:
    declarations = [_region(region) for region in function.regions]
    declarations += [_parameter(number, each) for number, each in enumerate(function.parameters)]
    text = f"func {function.name}({'; '.join(declarations)})"
    if function.results:
        text += f" -> ({_types(function.results)})"
    if function.emits:
        text += f" emits ({_types(function.emits)}) max {function.emit_limit}"
    return text + " {"


def _region(region: Region) -> str:
    bound = "size" if region.constant else "max"
    return f"region {region.name}: {region.rights}, {bound} {region.maximum}"


def _parameter(number: int, parameter: Parameter) -> str:
    return f"%{number} {parameter.name}: {_type(parameter.type)}"


def _table(table: Table) -> Iterator[str]:
    """Yield the lines of a table, one per entry; an open table is one line."""
    header = f"table {table.name} {table.kind} ({_types(table.keys)}) -> {_type(table.value)}"
    header += f" default {table.default}"
    if table.open:
        yield f"{_INDENT}open {header}"
        return
    yield f"{_INDENT}{header} {{"
    for entry in table.entries:
        yield f"{_INDENT}{_INDENT}{_key(entry)} -> {entry.value}"
    yield f"{_INDENT}}}"


def _key(entry: Entry) -> str:
    columns = [
        str(low) if low == high else f"{low}..{high}" for low, high in zip(entry.low, entry.high, strict=True)
    ]
    return columns[0] if len(columns) == 1 else f"({', '.join(columns)})"


def _body(body: Body, types: Mapping[Value, Type], indent: str) -> Iterator[str]:
    """Yield the lines of a body."""
    for instruction in body:
        yield indent + print_instruction(instruction, types)
        if isinstance(instruction, If):
            yield from _arms(instruction, types, indent)
        elif isinstance(instruction, For):
            yield from _body(instruction.body, types, indent + _INDENT)
            yield indent + "}"


def _arms(instruction: If, types: Mapping[Value, Type], indent: str) -> Iterator[str]:
    """Yield the arms of an `If`; the final `yield` of an arm without values goes without saying."""
    yield from _body(_without_empty_yield(instruction.then), types, indent + _INDENT)
    otherwise = _without_empty_yield(instruction.otherwise)
    if otherwise:
        yield indent + "} else {"
        yield from _body(otherwise, types, indent + _INDENT)
    yield indent + "}"


def _without_empty_yield(arm: Body) -> Body:
    return arm[:-1] if arm and arm[-1] == Yield(()) else arm


def _for_header(loop: For) -> str:
    text = f"{_targets(loop.targets)}for %{loop.index} < %{loop.count} max {loop.maximum}"
    if loop.carried:
        text += " with " + ", ".join(f"%{each} = %{start}" for each, start in zip(loop.carried, loop.initial))
    return text + " {"


def _type(type_: Type) -> str:
    return f"u{type_.bits}"


def _width(type_: Type | None, order: Order) -> str:
    """Return a load's or store's width, with the byte order where there are several bytes."""
    if type_ is None:
        return f"?{order}"
    return "u8" if type_ is Type.U8 and order == "be" else f"{_type(type_)}{order}"


def _types(types: Iterable[Type]) -> str:
    return ", ".join(_type(type_) for type_ in types)


def _values(values: Iterable[Value]) -> str:
    return ", ".join(f"%{value}" for value in values)


def _targets(targets: tuple[Value, ...]) -> str:
    return f"{_values(targets)} = " if targets else ""


def _wrapping(wrapping: bool) -> str:
    return "wrapping " if wrapping else ""
