"""What a body may change and whether it may stop: asked before the body is lowered.

In: statements. Out: the names that it assigns, which an `if` or a loop around it must carry out; whether it
leaves the innermost loop.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from udfc.language import syntax


def list_bodies(statement: syntax.Statement) -> tuple[tuple[syntax.Statement, ...], ...]:
    """Return the bodies that a statement holds."""
    match statement:
        case syntax.If(then=then, otherwise=otherwise):
            return then, otherwise
        case syntax.For(body=body) | syntax.Walk(body=body):
            return (body,)
        case _:
            return ()


def walk_statements(statements: Sequence[syntax.Statement]) -> Iterator[syntax.Statement]:
    """Yield all statements, those in bodies behind the one that holds them."""
    for statement in statements:
        yield statement
        for body in list_bodies(statement):
            yield from walk_statements(body)


def find_assigned(statements: Sequence[syntax.Statement]) -> frozenset[str]:
    """Return the names that are assigned, fields too."""
    return frozenset(
        each.target.name for each in walk_statements(statements) if isinstance(each, syntax.Assign)
    )


def may_stop(statements: Sequence[syntax.Statement]) -> bool:
    """Say whether a `stop if` leaves the loop that `statements` are in, or the function."""
    for statement in statements:
        match statement:
            case syntax.Stop():
                return True
            case syntax.If(then=then, otherwise=otherwise):
                if may_stop(then) or may_stop(otherwise):
                    return True
            case _:
                pass
    return False
