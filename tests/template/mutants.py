"""Mutants of methods, made mechanically from their syntax: what somebody might write by mistake."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace

from udfc.language import syntax

_TURNED = {"==": "!=", "!=": "==", "<": "<=", "<=": "<", ">": ">=", ">=": ">"}
_ONE = syntax.Number(1)
_MAXIMUM = (1 << 64) - 1


@dataclass(frozen=True)
class Mutant:
    label: str
    method: syntax.Method


@dataclass(frozen=True)
class _Pool:
    numbers: tuple[str, ...]
    arrays: tuple[str, ...]
    partitions: tuple[syntax.Partition, ...]
    types: tuple[syntax.TypeUse, ...]


def list_mutants(template: syntax.TemplateDeclaration, method: syntax.Method) -> list[Mutant]:
    """Return the mutants of `method`, each once; some mean the same, and some are no programs."""
    pool = _make_pool(template, method)
    found: dict[syntax.Method, str] = {}
    for name in ("touches", "transfers", "body"):
        part = getattr(method, name)
        for label, varied in _vary_row(part, pool):
            mutant = replace(method, **{name: varied})
            if mutant != method:
                found.setdefault(mutant, label)
    return [Mutant(label, mutant) for mutant, label in found.items()]


def _make_pool(template: syntax.TemplateDeclaration, method: syntax.Method) -> _Pool:
    declared = [
        each for layout in template.clauses if isinstance(layout, syntax.Layout) for each in layout.fields
    ]
    numbers = [each.name for each in (*method.parameters, *template.parameters)]
    numbers += [each.name for each in declared if not each.type.counts and each.type.name[0] == "u"]
    arrays = [each.name for each in declared if each.type.counts and each.type.name[0] == "u"]
    partitions = [each for each in template.clauses if isinstance(each, syntax.Partition) and not each.used]
    types = [each for partition in partitions for each in _list_types(partition.body)]
    unique = tuple(dict.fromkeys((*types, syntax.TypeUse("data", ()))))
    return _Pool(tuple(numbers), tuple(arrays), tuple(partitions), unique)


def _list_types(body: tuple[syntax.Statement, ...]) -> Iterator[syntax.TypeUse]:
    for statement in body:
        match statement:
            case syntax.Own(type=type_):
                yield type_
            case syntax.If(then=then, otherwise=otherwise):
                yield from _list_types((*then, *otherwise))


def _vary_row(row: tuple[object, ...], pool: _Pool) -> Iterator[tuple[str, tuple[object, ...]]]:
    """Vary each of a row; leave one out; swap neighbours."""
    for number, each in enumerate(row):
        before, after = row[:number], row[number + 1 :]
        if not isinstance(each, syntax.Let | syntax.View):
            yield f"{type(each).__name__} left out", (*before, *after)
        if after and isinstance(each, syntax.Assign | syntax.Let):
            yield "statements swapped", (*before, after[0], each, *after[1:])
        for label, varied in _vary(each, pool):
            yield label, (*before, varied, *after)


def _vary(node: object, pool: _Pool) -> Iterator[tuple[str, object]]:
    """Yield what is one mistake away from `node`."""
    yield from _mistake(node, pool)
    if not is_dataclass(node) or isinstance(node, type):
        return
    for field in fields(node):
        value = getattr(node, field.name)
        if field.name == "span":
            continue
        rows = isinstance(value, tuple) and value and isinstance(node, syntax.If | syntax.For | syntax.Walk)
        variants = _vary_row(value, pool) if rows else _vary_value(value, pool)
        for label, varied in variants:
            yield label, replace(node, **{field.name: varied})


def _vary_value(value: object, pool: _Pool) -> Iterator[tuple[str, object]]:
    if not isinstance(value, tuple):
        yield from _vary(value, pool)
        return
    for number, each in enumerate(value):
        for label, varied in _vary(each, pool):
            yield label, (*value[:number], varied, *value[number + 1 :])


def _mistake(node: object, pool: _Pool) -> Iterator[tuple[str, object]]:
    match node:
        case syntax.Number(value=value):
            yield from (
                ("number changed", syntax.Number(n)) for n in (value + 1, value - 1, 0) if 0 <= n <= _MAXIMUM
            )
        case syntax.Compare(operator=operator):
            yield "comparison changed", replace(node, operator=_TURNED[operator])
        case syntax.Logical(operator=operator, left=left, right=right):
            yield "condition shortened", left
            yield "condition shortened", right
            yield "and for or", replace(node, operator="or" if operator == "and" else "and")
        case syntax.Binary(operator="+" | "-" as sign):
            yield "sum for difference", replace(node, operator="-" if sign == "+" else "+")
        case syntax.Not(operand=operand):
            yield "not left out", operand
        case syntax.Path(steps=()):
            yield from (("other name", replace(node, name=each)) for each in pool.numbers)
        case syntax.Path(steps=(syntax.Index(),)):
            yield from (("other field", replace(node, name=each)) for each in pool.arrays)
        case syntax.Index(index=index):
            yield "wrong index", replace(node, index=syntax.Binary("+", index, _ONE))
            yield "wrong index", replace(node, index=syntax.Number(0))
        case syntax.Assign(value=value):
            yield "other value", replace(node, value=syntax.Number(0))
            yield "other value", replace(node, value=syntax.Binary("+", value, _ONE))
        case syntax.Touch():
            yield from _mistake_touch(node, pool)
        case syntax.Transfer(gives=gives, condition=condition):
            yield "gives for takes", replace(node, gives=not gives)
            if condition is not None:
                yield "condition left out", replace(node, condition=None)
                yield "condition inverted", replace(node, condition=syntax.Not(condition))
        case syntax.TypeUse():
            yield from (("wrong kind", each) for each in pool.types)
        case _:
            return


def _mistake_touch(touch: syntax.Touch, pool: _Pool) -> Iterator[tuple[str, syntax.Touch]]:
    if touch.index is not None:
        yield "wrong partition", replace(touch, index=syntax.Binary("+", touch.index, _ONE))
        yield "wrong partition", replace(touch, index=syntax.Number(0))
    for partition in pool.partitions:
        index = None if partition.every is None else touch.index or syntax.Number(0)
        yield "wrong partition", syntax.Touch(partition.name, index)
