"""Syntax trees back to DPF text, in one layout.

In: a `syntax.File`. Out: text that parses to an equal tree.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from dpfc.language import syntax


def write_file(file: syntax.File) -> str:
    """Return the text of `file`."""
    return "".join(f"{line}\n" for declaration in file.declarations for line in _declaration(declaration))


def _declaration(declaration: syntax.Declaration) -> Iterator[str]:
    match declaration:
        case syntax.ConstantDeclaration(name=name, value=value):
            yield f"const {name} = {write_expression(value)}"
        case syntax.SetDeclaration(name=name, items=items):
            yield f"set {name} = {{{_items(items)}}}"
        case syntax.InstanceDeclaration(name=name, filter=target, arguments=arguments):
            yield f"instance {name} = {target}({_items(arguments)})"
        case syntax.FilterDeclaration():
            yield from _filter(declaration)
        case syntax.HeaderDeclaration(name=name, origins=origins, elements=elements):
            yield f"header {name} on"
            yield ",\n".join(f"    {_origin(origin)}" for origin in origins) + " {"
            for element in elements:
                yield from _element(element)
            yield "}"


def _filter(declaration: syntax.FilterDeclaration) -> Iterator[str]:
    parameters = ", ".join(
        f"{p.name} = {_items(p.default)}" if p.default else p.name for p in declaration.parameters
    )
    head = f"filter {declaration.name}" + (f"({parameters})" if parameters else "")
    yield head + ("" if declaration.priority is None else f" priority {declaration.priority}") + " {"
    for statement in declaration.statements:
        match statement:
            case syntax.ShiftBy(amount=amount):
                yield f"    shift {write_expression(amount)}"
            case _:
                yield f"    {write_condition(statement)}"
    yield "}"


def _origin(origin: syntax.Origin) -> str:
    match origin:
        case syntax.LinkOrigin(link=link, condition=syntax.Truth(value=True)):
            return f"link {link}"
        case syntax.LinkOrigin(link=link, condition=condition):
            return f"link {link} and ({write_condition(condition)})"
        case syntax.ParentOrigin(condition=condition):
            return write_condition(condition)


def _element(element: syntax.Element) -> Iterator[str]:
    match element:
        case syntax.FieldLine(name=name, bits=bits, format=form):
            yield f"    {name} : {bits}{_format(form)}"
        case syntax.PlacedField(name=name, offset=offset, bits=bits, little=little, format=form):
            yield f"    {name} at {offset}:{bits}{' le' if little else ''}{_format(form)}"
        case syntax.Skipped(bits=bits):
            yield f"    : {bits}"
        case syntax.HeaderLength(amount=amount):
            yield f"    length = {write_expression(amount)}"
        case syntax.ChainBlock(name=name, key=key, limit=limit, links=links):
            yield f"    chain {name} from {key} limit {limit} {{"
            for link in links:
                when = "" if link.when == syntax.Truth(True) else f" when {write_condition(link.when)}"
                steps = f"next {write_expression(link.next_key)} skip {write_expression(link.skip)}"
                yield f"        {_items(link.keys)}{when} -> {steps}"
            yield "    }"


def write_condition(condition: syntax.Condition) -> str:
    """Return the text of `condition`."""
    match condition:
        case syntax.Compare(operator=operator, left=left, right=right):
            return f"{write_expression(left)} {operator} {write_expression(right)}"
        case syntax.Member(subject=subject, negated=negated, items=items):
            return f"{write_expression(subject)} {'not ' if negated else ''}in {{{_items(items)}}}"
        case syntax.Present(headers=headers):
            return "/".join(headers)
        case syntax.Truth(value=value):
            return "true" if value else "false"
        case syntax.AllOf(parts=parts):
            return " and ".join(_part(part) for part in parts)
        case syntax.AnyOf(parts=parts):
            return " or ".join(_part(part) for part in parts)
        case syntax.Negation(part=part):
            return f"not {_part(part)}"
        case syntax.Reference(name=name, arguments=arguments):
            return f"@{name}" + (f"({_items(arguments)})" if arguments else "")


def write_expression(expression: syntax.Expression) -> str:
    """Return the text of `expression`."""
    match expression:
        case syntax.Constant(value=value, kind=kind):
            return _literal(value, kind)
        case syntax.Prefix(value=value, length=length, kind=kind):
            return f"{_literal(value, kind)}/{length}"
        case syntax.Name(name=name):
            return name
        case syntax.FieldPath(headers=headers, name=name):
            return f"{'/'.join(headers)}.{name}"
        case syntax.RawLoad(base=base, bits=bits, little=little):
            return f"{_operand(base)}:{bits}{' le' if little else ''}"
        case syntax.Binary(operator=operator, left=left, right=right):
            return f"{_operand(left)} {operator} {_operand(right)}"


def _part(condition: syntax.Condition) -> str:
    text = write_condition(condition)
    return f"({text})" if isinstance(condition, syntax.AllOf | syntax.AnyOf) else text


def _operand(expression: syntax.Expression) -> str:
    text = write_expression(expression)
    simple = isinstance(expression, syntax.Constant | syntax.Prefix | syntax.Name | syntax.FieldPath)
    return text if simple else f"({text})"


def _items(items: tuple[syntax.Item, ...]) -> str:
    return ", ".join(_item(item) for item in items)


def _item(item: syntax.Item) -> str:
    low = write_expression(item.low)
    return low if item.low is item.high else f"{low}..{write_expression(item.high)}"


def _literal(value: int, kind: syntax.LiteralKind) -> str:
    match kind:
        case "number":
            return str(value)
        case "ip":
            return str(ipaddress.IPv4Address(value))
        case "ip6":
            return str(ipaddress.IPv6Address(value))
        case "mac":
            return value.to_bytes(6, "big").hex(":")


def _format(form: syntax.Format) -> str:
    return "" if form == "number" else f" {form}"
