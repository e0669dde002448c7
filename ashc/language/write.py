"""Syntax trees back to ASH text, in one layout.

In: a `syntax.File`. Out: text that parses to an equal tree; blanks, comments and needless brackets are gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ashc.language import syntax
from grammar.fields.write import write_expression, write_field, write_path

_INDENT = "    "


def write_file(file: syntax.File) -> str:
    """Return the text of `file`."""
    return "".join(f"{line}\n" for declaration in file.declarations for line in _declaration(declaration))


def _declaration(declaration: syntax.Declaration) -> Iterator[str]:
    write = write_expression
    match declaration:
        case syntax.Import(name=name):
            yield f"import {name}"
        case syntax.ConstantDeclaration(name=name, value=value):
            yield f"const {name} = {write(value)}"
        case syntax.Definition(name=name, parameters=parameters, value=value):
            yield f"define {name}({', '.join(parameters)}) = {write(value)}"
        case syntax.StructDeclaration(name=name, fields=fields):
            yield from _wrap(f"struct {name}", (write_field(field) for field in fields))
        case syntax.RegionDeclaration(size=size, fields=fields):
            head = f"region {write(size)} bytes"
            yield from _wrap(head, (write_field(field) for field in fields)) if fields else (head,)
        case syntax.PipeDeclaration():
            yield from _wrap(_pipe(declaration), (_step(step) for step in declaration.steps))
        case syntax.LayerDeclaration(name=name, clauses=clauses):
            yield from _wrap(f"layer {name}", (line for clause in clauses for line in _clause(clause)))
        case syntax.HandlerDeclaration(name=name, size=size, clauses=clauses, layers=layers):
            head = f"handler {name}" + ("" if size is None else f" : up to {write(size)} bytes")
            if layers:
                yield f"{head} = {', '.join(layer.name for layer in layers)}"
            else:
                yield from _wrap(head, (line for clause in clauses for line in _clause(clause)))
        case syntax.PredicateDeclaration(name=name, words=words, products=products):
            lines = [_word(word) for word in words] + [_product(each) for each in products]
            yield from _wrap(f"predicate {name}", lines)


def _wrap(head: str, lines: Iterable[str]) -> Iterator[str]:
    yield f"{head} {{"
    for line in lines:
        yield _INDENT + line
    yield "}"


def _pipe(pipe: syntax.PipeDeclaration) -> str:
    gauge = pipe.input if pipe.input == pipe.output else f"{pipe.input} -> {pipe.output}"
    attributes = " commutative" * pipe.commutative + " no_mod" * pipe.no_mod
    return f"pipe {pipe.name} : {gauge}{attributes}"


def _step(step: syntax.PipeStep) -> str:
    match step:
        case syntax.Keep(name=name, type=type_, seed=seed):
            return f"keep {name}: {type_}" + ("" if seed is None else f" = {write_expression(seed)}")
        case syntax.Input(name=name):
            return f"input {name}"
        case syntax.Output(value=value):
            return f"output {write_expression(value)}"
        case syntax.Let() | syntax.Assign():
            return _line(step)


def _clause(clause: syntax.Clause) -> Iterator[str]:
    match clause:
        case syntax.Message(fields=fields):
            yield from _wrap("message", (write_field(field) for field in fields))
        case syntax.Budget(value=value):
            yield f"budget {write_expression(value)}"
        case syntax.Part(name=name, body=body):
            yield from _block(name, body)


def _block(head: str, body: tuple[syntax.Statement, ...]) -> Iterator[str]:
    yield from _wrap(head, (line for statement in body for line in _statement(statement)))


def _statement(statement: syntax.Statement) -> Iterator[str]:
    match statement:
        case syntax.If():
            yield from _if(statement, "if")
        case syntax.For(name=name, low=low, high=high, maximum=maximum, body=body):
            most = "" if maximum is None else f" max {write_expression(maximum)}"
            yield from _block(f"for {name} in {write_expression(low)}..{write_expression(high)}{most}", body)
        case _:
            yield _line(statement)


def _if(statement: syntax.If, head: str) -> Iterator[str]:
    yield from _block(f"{head} {write_expression(statement.condition)}", statement.then)
    match statement.otherwise:
        case ():
            return
        case (syntax.If() as other,):
            yield from _if(other, "else if")
        case body:
            yield from _block("else", body)


def _line(
    statement: syntax.Let
    | syntax.View
    | syntax.Use
    | syntax.Assign
    | syntax.Require
    | syntax.Ending
    | syntax.Command,
) -> str:
    write = write_expression
    match statement:
        case syntax.Let(name=name, value=value, changes=changes):
            return f"{'var' if changes else 'let'} {name} = {write(value)}"
        case syntax.View(name=name, struct=struct, place=place):
            return f"view {name}: {struct} = {write_path(place)}"
        case syntax.Use(name=name, pipe=pipe):
            return f"use {name} = {pipe}"
        case syntax.Assign(target=target, value=value):
            return f"{write_path(target)} = {write(value)}"
        case syntax.Require(condition=condition):
            return f"require {write(condition)}"
        case syntax.Ending(name=ending):
            return ending
        case syntax.Command(name=command, arguments=arguments):
            return f"{command}({', '.join(write(each) for each in arguments)})"


def _word(word: syntax.Word) -> str:
    match word.source:
        case syntax.KernelWord(name=name):
            source = f"kernel {name}"
        case syntax.PageWord(page=page, offset=offset):
            source = f"page {write_expression(page)} @ {write_expression(offset)}"
    return f"word {word.name}: {word.type} = {source}"


def _product(product: syntax.When | syntax.Postfix) -> str:
    match product:
        case syntax.When(condition=condition, tag=tag):
            return f"when {write_expression(condition)}" + (
                "" if tag is None else f" tag {write_expression(tag)}"
            )
        case syntax.Postfix(terms=terms):
            return f"postfix {{ {' '.join(_term(term) for term in terms)} }}"


def _term(term: syntax.Term) -> str:
    match term:
        case syntax.Sign(operator=operator):
            return operator
        case syntax.Alternative():
            return "or"
        case syntax.Tag(value=value):
            return f"tag {_tight(value)}"
        case _:
            return _tight(term)


def _tight(expression: syntax.Expression) -> str:
    """Return the text of an expression that stands beside others: in brackets, if it is more than a word."""
    text = write_expression(expression)
    return text if isinstance(expression, syntax.Number | syntax.Path) else f"({text})"
