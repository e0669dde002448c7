"""What a body may change: asked before the body is lowered.

In: statements, and the names in sight. Out: the variables that it may assign, which an `if` or a loop around
it must carry out: also the cursor, and the registers of pipes that data is sent through.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ashc.language import syntax
from ashc.lowering.frame import CURSOR, Instance
from grammar.lowering.meaning import Variable


def walk_statements(statements: Sequence[syntax.Statement]) -> Iterator[syntax.Statement]:
    """Yield all statements, those in bodies behind the one that holds them."""
    for statement in statements:
        yield statement
        match statement:
            case syntax.If(then=then, otherwise=otherwise):
                yield from walk_statements(then)
                yield from walk_statements(otherwise)
            case syntax.For(body=body):
                yield from walk_statements(body)
            case _:
                pass


def find_carried(names: Mapping[str, object], statements: Sequence[syntax.Statement]) -> list[str]:
    """Return which variables of `names` the statements may assign, in order of their names."""
    found: set[str] = set()
    for statement in walk_statements(statements):
        match statement:
            case syntax.Assign(target=target):
                found.add(_name_target(target))
            case syntax.Command(name=name, arguments=arguments):
                found |= {CURSOR} if name == "consume" else set()
                found |= {register for each in arguments for register in _list_registers(names, each)}
            case _:
                pass
    return sorted(name for name in found if _changes(names.get(name)))


def _changes(meaning: object) -> bool:
    return isinstance(meaning, Variable) and meaning.changes


def _name_target(target: syntax.Path) -> str:
    match target.steps:
        case (syntax.Member(name=name),):
            return f"{target.name}.{name}"
        case _:
            return target.name


def _list_registers(names: Mapping[str, object], argument: syntax.Expression) -> Iterator[str]:
    """Yield the registers of the pipe instance that an argument names, if it does."""
    match argument:
        case syntax.Path(name=name, steps=()):
            found = names.get(name)
            if isinstance(found, Instance):
                yield from (f"{name}.{register.name}" for register in found.pipe.registers)
        case _:
            return
