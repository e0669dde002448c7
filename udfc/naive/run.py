"""Statements, executed as they stand, and the functions of a template.

In: a `State`. Out: what a partition emits, what a method does, what a routine answers. The rule that a
function does nothing where the object is too short for the bytes that it names is not modelled: that is
`Wrong` here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from grammar.fields.constant import evaluate_constant
from grammar.fields.fieldtype import Packed
from runtime.template.nodes import Mode
from udfc.language import syntax
from udfc.naive.value import State, Tuple, Where, Wrong, holds, number, place, store
from udfc.names.extents import resolve_array
from udfc.names.header import list_clauses
from udfc.names.scope import LIKE


class _Stop(Exception):  # noqa: N818  (control flow)
    """`stop if` leaves the innermost loop, or the function."""


class _Unmet(Exception):  # noqa: N818  (control flow)
    """A `require` does not hold; its argument is that statement."""


def emit_partition(state: State, partition: int, used: bool = False) -> list[Tuple]:
    """Return what a partition emits; nothing if there is none of this number.

    Raises:
        Wrong: something has no value.
    """
    for each in list_clauses(state.header.declaration, syntax.Partition):
        if each.used != used:
            continue
        count = count_partitions(state, each)
        if partition < count:
            run = replace(state, names={each.every.name: partition} if each.every else {}, emitted=[])
            _run_body(run, each.body)
            return run.emitted
        partition -= count
    return []


def count_partitions(state: State, partition: syntax.Partition) -> int:
    """Return how many partitions a clause describes."""
    every = partition.every
    if every is None:
        return 1
    if every.array is None:
        assert every.high is not None, "a range has an end"
        return number(state, every.high)
    offset, type_ = resolve_array(state.header, every.array)
    if type_.count is not None:
        return type_.count
    bits = 12 if isinstance(type_, Packed) else 8 * type_.element.size
    return 8 * max(0, len(state.memory) - offset) // bits


def list_names(state: State) -> list[Tuple]:
    """Return what `names` emits."""
    run = replace(state, names={}, emitted=[])
    _run_body(run, _find_routine(state, "names").body)
    return run.emitted


def answer(state: State, name: str, *numbers: int) -> int:
    """Return what `acl` or `size` answers."""
    routine = _find_routine(state, name)
    run = replace(state, names=dict(zip(routine.parameters, numbers, strict=True)))
    last = routine.body[-1]
    assert isinstance(last, syntax.Return), "a routine ends in `return`"
    _execute(run, routine.body[:-1])
    return int(holds(run, last.value)) if name == "acl" else number(run, last.value)


def call_method(state: State, name: str, arguments: Mapping[str, int]) -> int:
    """Run a method on the object, and return 0, or the number of the `require` that does not hold."""
    method = _find_method(state, name)
    requires = [each for each in method.body if isinstance(each, syntax.Require)]
    try:
        _execute(replace(state, names=dict(arguments)), method.body)
    except _Unmet as unmet:
        return 1 + next(place for place, each in enumerate(requires) if each is unmet.args[0])
    return 0


def list_transfers(state: State, name: str, arguments: Mapping[str, int]) -> list[tuple[bool, Tuple]]:
    """Return what a method gives (True) and takes, evaluated on the object as it is."""
    run = replace(state, names=dict(arguments))
    return [
        (each.gives, _words(run, each.own))
        for each in _find_method(state, name).transfers
        if each.condition is None or holds(run, each.condition)
    ]


def _find_routine(state: State, name: str) -> syntax.Routine:
    routines = list_clauses(state.header.declaration, syntax.Routine)
    return next(each for each in routines if each.name == name)


def _find_method(state: State, name: str) -> syntax.Method:
    methods = list_clauses(state.header.declaration, syntax.Method)
    return next(each for each in methods if each.name == name)


def _run_body(state: State, statements: Sequence[syntax.Statement]) -> None:
    try:
        _execute(state, statements)
    except _Stop:
        return


def _execute(state: State, statements: Sequence[syntax.Statement]) -> None:
    for statement in statements:
        _do(state, statement)


def _do(state: State, statement: syntax.Statement) -> None:
    match statement:
        case syntax.Let(name=name, value=value):
            conditions = syntax.Compare | syntax.Membership | syntax.Logical | syntax.Not
            is_condition = isinstance(value, conditions)
            state.names[name] = int(holds(state, value)) if is_condition else number(state, value)
        case syntax.View(name=name, struct=struct, offset=offset):
            found = state.header.structs.find(struct)
            assert found is not None, "the struct exists"
            state.names[name] = Where(state.memory, number(state, offset), found, {})
        case syntax.Assign(target=target, value=value) if target.name in state.names:
            state.names[target.name] = number(state, value)
        case syntax.Assign(target=target, value=value):
            store(place(state, target), number(state, value))
        case syntax.If(condition=condition, then=then, otherwise=otherwise):
            _execute(state, then if holds(state, condition) else otherwise)
        case syntax.For(low=low, high=high):
            for index in range(number(state, low), number(state, high)):
                state.names[statement.name] = index
                if not _goes_on(state, statement.body):
                    break
        case syntax.Walk():
            _walk(state, statement)
        case syntax.Stop(condition=condition):
            if holds(state, condition):
                raise _Stop
        case syntax.Require(condition=condition):
            if not holds(state, condition):
                raise _Unmet(statement)
        case syntax.Return():
            raise AssertionError("`return` is the last statement of a routine")
        case syntax.Own() | syntax.Part() | syntax.Mark() | syntax.NameEntry():
            state.emitted.append(_words(state, statement))


def _goes_on(state: State, body: Sequence[syntax.Statement]) -> bool:
    try:
        _execute(state, body)
    except _Stop:
        return False
    return True


def _walk(state: State, walk: syntax.Walk) -> None:
    cursor, high = number(state, walk.low), number(state, walk.high)
    while cursor < high:
        state.names[walk.name] = cursor
        if not _goes_on(state, walk.body):
            return
        distance = number(state, walk.advance)
        if distance < evaluate_constant(state.header.scope, walk.step):
            raise Wrong(f"the walk advances by {distance}")
        cursor += distance


def _words(state: State, statement: syntax.Own | syntax.Part | syntax.Mark | syntax.NameEntry) -> Tuple:
    """Return what a statement emits; the length of a part that does not say it is -1."""
    match statement:
        case syntax.Own(start=start, count=count, type=use):
            mode: Mode = "like" if use.name == LIKE else "own"
            words = number(state, start), number(state, count)
        case syntax.Part(offset=offset, length=length, type=use):
            mode = "part"
            words = number(state, offset), -1 if length is None else number(state, length)
        case syntax.Mark(start=start, count=count):
            return number(state, start), number(state, count)
        case syntax.NameEntry(offset=offset, length=length, identity=identity):
            return number(state, offset), number(state, length), number(state, identity)
    name = "" if use.name == LIKE else use.name
    return (*words, mode, name, *(number(state, each) for each in use.arguments))
