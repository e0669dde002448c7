"""The type of every value of a function: passes that need types ask here instead of tracking them.

In: a function; usually verified, but a damaged one is no error. Out: value -> type, without the values whose
definition makes no sense (the verifier says what is wrong with those).
"""

from __future__ import annotations

from runtime.ir.nodes import (
    Binary,
    Body,
    Call,
    Compare,
    Constant,
    Convert,
    Emit,
    For,
    Function,
    If,
    Instruction,
    Length,
    Load,
    Lookup,
    Next,
    Return,
    Select,
    Store,
    Type,
    Value,
    Yield,
)
from runtime.ir.primitives import find_primitive


def find_value_types(function: Function) -> dict[Value, Type]:
    """Return the type of each value that `function` defines, in the order of definition.

    Nested bodies are visited recursively: the function's nesting must be within `limits.MAX_NESTING`, which
    the parser, the decoder and the verifier all enforce.
    """
    types = {Value(number): parameter.type for number, parameter in enumerate(function.parameters)}
    tables = {table.name: table.value for table in function.tables}
    _visit_body(function.body, types, tables)
    return types


def _visit_body(body: Body, types: dict[Value, Type], tables: dict[str, Type]) -> None:
    for instruction in body:
        _visit_instruction(instruction, types, tables)


def _visit_instruction(instruction: Instruction, types: dict[Value, Type], tables: dict[str, Type]) -> None:
    match instruction:
        case (
            Constant(target=target, type=type_)
            | Convert(target=target, type=type_)
            | Load(target=target, type=type_)
        ):
            types[target] = type_
        case Binary(target=target, left=like) | Select(target=target, yes=like):
            _copy_types((target,), (like,), types)
        case Compare(target=target):
            types[target] = Type.U1
        case Length(target=target):
            types[target] = Type.U64
        case Lookup(target=target, table=table):
            if table in tables:
                types[target] = tables[table]
        case Call(targets=targets, primitive=name):
            primitive = find_primitive(name)
            if primitive is not None:
                types.update(zip(targets, primitive.results))
        case If(targets=targets, then=then, otherwise=otherwise):
            _visit_body(then, types, tables)
            _visit_body(otherwise, types, tables)
            for arm in (then, otherwise):
                if arm and isinstance(arm[-1], Yield):
                    _copy_types(targets, arm[-1].values, types)
        case For(targets=targets, index=index, carried=carried, initial=initial, body=body):
            types[index] = Type.U64
            _copy_types(carried, initial, types)
            _visit_body(body, types, tables)
            _copy_types(targets, initial, types)
        case Store() | Emit() | Yield() | Next() | Return():
            return


def _copy_types(targets: tuple[Value, ...], sources: tuple[Value, ...], types: dict[Value, Type]) -> None:
    for target, source in zip(targets, sources):
        if source in types:
            types[target] = types[source]
