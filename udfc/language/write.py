"""Syntax trees back to UDF text, in one layout.

In: a `syntax.File`. Out: text that parses to an equal tree; blanks, comments and needless brackets are gone.
"""

from __future__ import annotations

from collections.abc import Iterator

from grammar.fields.write import write_expression, write_field, write_items, write_path
from udfc.language import syntax

_INDENT = "    "


def write_file(file: syntax.File) -> str:
    """Return the text of `file`."""
    return "".join(f"{line}\n" for declaration in file.declarations for line in _declaration(declaration))


def _declaration(declaration: syntax.Declaration) -> Iterator[str]:
    match declaration:
        case syntax.Import(name=name):
            yield f"import {name}"
        case syntax.ConstantDeclaration(name=name, value=value):
            yield f"const {name} = {write_expression(value)}"
        case syntax.Definition(name=name, parameters=parameters, value=value):
            yield f"define {name}({', '.join(parameters)}) = {write_expression(value)}"
        case syntax.StructDeclaration(name=name, fields=fields):
            yield from _wrap(f"struct {name}", (write_field(field) for field in fields))
        case syntax.TemplateDeclaration(name=name, parameters=parameters, size=size, clauses=clauses):
            given = _parameters(parameters) if parameters else ""
            length = f"{'up to ' if size.upto else ''}{write_expression(size.bytes)} bytes"
            yield from _wrap(
                f"template {name}{given} : {length}", (line for clause in clauses for line in _clause(clause))
            )


def _wrap(head: str, lines: Iterator[str]) -> Iterator[str]:
    yield f"{head} {{"
    for line in lines:
        yield _INDENT + line
    yield "}"


def _parameters(parameters: tuple[syntax.Parameter, ...]) -> str:
    given = (
        f"{one.name}: {one.type}" + (f" in {write_items(one.allowed)}" if one.allowed else "")
        for one in parameters
    )
    return f"({', '.join(given)})"


def _clause(clause: syntax.Clause) -> Iterator[str]:
    match clause:
        case syntax.Layout(fields=fields):
            yield from _wrap("layout", (write_field(field) for field in fields))
        case syntax.Property(name=name, value=value):
            yield f"{name}{' at' if name == 'root' else ''} {write_expression(value)}"
        case syntax.Sticky():
            yield "sticky"
        case syntax.Ranges(name=name, ranges=ranges):
            yield f"{name} {_ranges(ranges)}"
        case syntax.Partition(name=name, every=every, reads=reads, body=body, used=used):
            head = f"{'used' if used else 'partition'} {name}" + ("" if every is None else _every(every))
            yield from _block(head + ("" if reads is None else f" reads {_ranges(reads)}"), body)
        case syntax.Routine(name=name, parameters=parameters, body=body):
            yield from _block(name + (f"({', '.join(parameters)})" if name == "acl" else ""), body)
        case syntax.Method():
            yield from _block(_method(clause), clause.body)


def _every(every: syntax.Every) -> str:
    if every.array is not None:
        return f"[{every.name} in {write_path(every.array)}]"
    assert every.low is not None, "a range has bounds"
    assert every.high is not None, "a range has bounds"
    return f"[{every.name} in {write_expression(every.low)}..{write_expression(every.high)}]"


def _ranges(ranges: tuple[syntax.Range, ...]) -> str:
    return ", ".join(_range(one) for one in ranges)


def _range(one: syntax.Range) -> str:
    match one:
        case syntax.ByteRange(low=low, high=high):
            return f"@{write_expression(low)}..{write_expression(high)}"
        case syntax.FieldRange(path=path, slice=cut):
            bounds = "" if cut is None else f"[{write_expression(cut[0])}..{write_expression(cut[1])}]"
            return write_path(path) + bounds


def _method(method: syntax.Method) -> str:
    parts = [f"method {method.name}{_parameters(method.parameters)}"]
    touches = (
        touch.partition + ("" if touch.index is None else f"[{write_expression(touch.index)}]")
        for touch in method.touches
    )
    parts += [f"changes {', '.join(touches)}"] if method.touches else []
    for transfer in method.transfers:
        condition = "" if transfer.condition is None else f" if {write_expression(transfer.condition)}"
        parts.append(f"{'gives' if transfer.gives else 'takes'} {_statement_line(transfer.own)}{condition}")
    return " ".join(parts)


def _block(head: str, body: tuple[syntax.Statement, ...], *last: str) -> Iterator[str]:
    lines = [line for statement in body for line in _statement(statement)]
    yield from _wrap(head, iter([*lines, *last]))


def _statement(statement: syntax.Statement) -> Iterator[str]:
    match statement:
        case syntax.If():
            yield from _if(statement, "if")
        case syntax.For(name=name, low=low, high=high, maximum=maximum, body=body):
            most = "" if maximum is None else f" max {write_expression(maximum)}"
            yield from _block(f"for {name} in {write_expression(low)}..{write_expression(high)}{most}", body)
        case syntax.Walk(name=name, low=low, high=high, step=step, body=body, advance=advance):
            bounds = f"{write_expression(low)}..{write_expression(high)} step {write_expression(step)}"
            yield from _block(f"walk {name} in {bounds}", body, f"advance {write_expression(advance)}")
        case _:
            yield _statement_line(statement)


def _if(statement: syntax.If, head: str) -> Iterator[str]:
    yield from _block(f"{head} {write_expression(statement.condition)}", statement.then)
    match statement.otherwise:
        case ():
            return
        case (syntax.If() as other,):
            yield from _if(other, "else if")
        case body:
            yield from _block("else", body)


def _type(type_: syntax.TypeUse) -> str:
    """Return the text of a use of a template."""
    if not type_.arguments and type_.name != "like":
        return type_.name
    return f"{type_.name}({', '.join(write_expression(each) for each in type_.arguments)})"


def _statement_line(statement: syntax.Statement) -> str:
    write = write_expression
    match statement:
        case syntax.Let(name=name, value=value, changes=changes):
            return f"{'var' if changes else 'let'} {name} = {write(value)}"
        case syntax.View(name=name, struct=struct, offset=offset):
            return f"view {name}: {struct} @ {write(offset)}"
        case syntax.Assign(target=target, value=value):
            return f"{write_path(target)} = {write(value)}"
        case syntax.Stop(condition=condition):
            return f"stop if {write(condition)}"
        case syntax.Own(start=start, count=count, type=type_):
            return f"own({write(start)}, {write(count)}, {_type(type_)})"
        case syntax.Part(offset=offset, length=None, type=type_):
            return f"part({write(offset)}, {_type(type_)})"
        case syntax.Part(offset=offset, length=length, type=type_) if length is not None:
            return f"part({write(offset)}, {write(length)}, {_type(type_)})"
        case syntax.Mark(start=start, count=count):
            return f"mark({write(start)}, {write(count)})"
        case syntax.NameEntry(offset=offset, length=length, identity=identity):
            return f"name({write(offset)}, {write(length)}, {write(identity)})"
        case syntax.Require(condition=condition):
            return f"require {write(condition)}"
        case syntax.Return(value=value):
            return f"return {write(value)}"
        case _:
            raise AssertionError(f"`{type(statement).__name__}` takes more than a line")
