"""The stages of the handler compiler, in order: from the name of a file to what the kernel is handed.

In: an .ash file's path, or the name of a shipped one. Out: a `Compiled`. Nothing of it is believed: the
kernel (`runtime.handler.install`) proves it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ashc.guard.guard import guard_function
from ashc.language import syntax
from ashc.language.load import load_files
from ashc.language.walk import walk_nodes
from ashc.lowering.handler import Program, lower_handler
from ashc.names.check import check_declarations
from ashc.names.header import Header, resolve_header, resolve_memory
from ashc.names.scope import Scope, build_scope
from ashc.pipes.pipe import resolve_pipes
from ashc.pipes.prove import prove_pipes
from ashc.predicate.lower import compile_predicate
from grammar.fields.layout import Structs
from runtime.handler.nodes import Handler
from runtime.predicate.nodes import Predicate


@dataclass(frozen=True, slots=True)
class Compiled:
    """What a file declares, compiled.

    Args:
        handlers: by name, in order.
        budgets: of the handlers.
        predicates: by name, in order.
    """

    scope: Scope
    handlers: Mapping[str, Handler]
    budgets: Mapping[str, int]
    predicates: Mapping[str, Predicate]


def compile_program(
    path_or_name: str, given: Mapping[str, int] | None = None, cache: Path | None = None
) -> Compiled:
    """Return what a file and what it imports declare.

    Args:
        path_or_name: of the file.
        given: numbers for constants.
        cache: a directory of earlier proofs about pipes.

    Raises:
        Refused: the text is no program.
        OSError: the file cannot be read.
    """
    files = load_files(path_or_name)  # text -> syntax, imports first
    return compile_files(files, given, cache)  # syntax -> names -> IR -> IR with checks


def compile_files(
    files: Sequence[syntax.File], given: Mapping[str, int] | None = None, cache: Path | None = None
) -> Compiled:
    """Return what `files`, imports first, declare; arguments as for `compile_program`.

    Raises:
        Refused: ASH010 to ASH079.
    """
    scope = build_scope(files, given)
    structs = Structs(scope, {})
    program = Program(scope, structs, resolve_pipes(scope))
    memory = resolve_memory(scope, structs)
    check_declarations(scope, structs)
    prove_pipes(program, _list_pipes(files, program), cache)
    headers = {name: resolve_header(scope, structs, memory, each) for name, each in scope.handlers.items()}
    handlers = {name: compile_handler(program, header) for name, header in headers.items()}
    budgets = {name: header.budget for name, header in headers.items()}
    predicates = {name: compile_predicate(scope, each) for name, each in scope.predicates.items()}
    return Compiled(scope, handlers, budgets, predicates)


def _list_pipes(files: Sequence[syntax.File], program: Program) -> list[str]:
    """Return the pipes that are declared in the file itself, or used: others were proved where they are."""
    found = [each.name for each in files[-1].declarations if isinstance(each, syntax.PipeDeclaration)]
    scope = program.scope
    for node in walk_nodes((tuple(scope.layers.values()), tuple(scope.handlers.values()))):
        match node:
            case syntax.Use(pipe=name) | syntax.Path(name=name, steps=()) if name in program.pipes:
                found.append(name)
            case _:
                pass
    return list(dict.fromkeys(found))


def compile_handler(program: Program, header: Header) -> Handler:
    """Return one handler.

    Raises:
        Refused: ASH010 to ASH069.
    """
    body, recovery = lower_handler(program, header)
    guarded = guard_function(body, header.budget, divided=recovery is not None)
    recovered = None if recovery is None else guard_function(recovery, header.budget, divided=False)
    return Handler(
        header.name,
        header.message,
        header.memory.size,
        tuple(layer.name for layer in header.layers),
        guarded.checks,
        guarded.function,
        None if recovered is None else recovered.function,
        header.span,
    )
