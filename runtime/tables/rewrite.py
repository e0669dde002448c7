"""Put instructions in the place of lookups; everything else is copied, renumbered.

In: a function, and what writes a lookup with a builder. Out: a function without tables. For instance:

    %1 = lookup ports(%0)           %1 = const u16 80
    return %1                       %2 = eq %0, %1
                          becomes   %3 = const u32 1
                                    %4 = const u32 0
                                    %5 = select %2, %3, %4
                                    return %5
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from runtime import limits
from runtime.diagnostic import Diagnostic, Refused
from runtime.ir.builder import Builder
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
    Region,
    Return,
    Select,
    Store,
    Value,
    Yield,
)

LookupWriter: TypeAlias = Callable[[Builder, str, Sequence[tuple[Value, ...]]], Sequence[Value]]
"""Appends the lookups of several keys, side by side if it likes, in the table of this name."""


def rewrite_lookups(function: Function, regions: tuple[Region, ...], write: LookupWriter) -> Function:
    """Return `function` with `regions`, without tables, and with what `write` writes in place of lookups.

    Raises:
        Refused: TAB002 if that is too long.
    """
    builder = Builder(
        function.name, regions, function.parameters, function.results, function.emits, function.emit_limit
    )
    copier = _Copier(builder, write)
    for number in range(len(function.parameters)):
        copier.names[Value(number)] = Value(number)
    copier.copy_body(function.body)
    builder.span = function.span
    return builder.finish()


class _Copier:
    """The new function so far; `names` says which of its values stands for which old one."""

    def __init__(self, builder: Builder, write: LookupWriter) -> None:
        self.names: dict[Value, Value] = {}
        self._builder = builder
        self._write = write

    def copy_body(self, body: Body) -> None:
        """Append the instructions of `body`."""
        place = 0
        while place < len(body):
            run = _find_run(body, place)
            with self._builder.at(body[place].span):
                if run:
                    self._copy_lookups(run)
                else:
                    self._copy(body[place])
            place += max(1, len(run))

    def _copy_lookups(self, run: Sequence[Lookup]) -> None:
        answers = self._write(self._builder, run[0].table, [self._rename(each.keys) for each in run])
        for lookup, answer in zip(run, answers, strict=True):
            self.names[lookup.target] = answer
        _refuse_size(answers[-1], run[-1])

    def _rename(self, values: Sequence[Value]) -> tuple[Value, ...]:
        return tuple([self.names[value] for value in values])

    def _copy(self, instruction: Instruction) -> None:
        builder, names = self._builder, self.names
        match instruction:
            case Store(region=region, offset=offset, value=value, order=order):
                builder.store(region, names[offset], names[value], order)
            case Call(targets=targets, primitive=primitive, arguments=arguments):
                results = builder.call(primitive, *self._rename(arguments))
                names.update(zip(targets, results, strict=True))
            case Emit(values=values):
                builder.emit(*self._rename(values))
            case If():
                self._copy_if(instruction)
            case For():
                self._copy_for(instruction)
            case Yield(values=values):
                builder.yield_(*self._rename(values))
            case Next(condition=condition, values=values):
                going = None if condition is None else names[condition]
                builder.next_(*self._rename(values), condition=going)
            case Return(values=values):
                builder.return_(*self._rename(values))
            case _:
                names[instruction.target] = self._copy_computation(instruction)

    def _copy_computation(
        self, instruction: Constant | Binary | Compare | Convert | Select | Length | Load | Lookup
    ) -> Value:
        builder, names = self._builder, self.names
        match instruction:
            case Constant(type=type_, number=number):
                return builder.constant(type_, number)
            case Binary(operator=operator, left=left, right=right, wrapping=wrapping):
                return builder.binary(operator, names[left], names[right], wrapping)
            case Compare(operator=comparison, left=left, right=right):
                return builder.compare(comparison, names[left], names[right])
            case Convert(type=type_, value=value, wrapping=wrapping):
                return builder.convert(type_, names[value], wrapping)
            case Select(condition=condition, yes=yes, no=no):
                return builder.select(names[condition], names[yes], names[no])
            case Length(region=region):
                return builder.length(region)
            case Load(type=type_, region=region, offset=offset, order=order):
                return builder.load(type_, region, names[offset], order)
            case Lookup():
                raise AssertionError("lookups are copied in runs")

    def _copy_if(self, branch: If) -> None:
        self._builder.if_(self.names[branch.condition])
        self.copy_body(branch.then)
        self._builder.else_()
        self.copy_body(branch.otherwise)
        self.names.update(zip(branch.targets, self._builder.end(), strict=True))

    def _copy_for(self, old: For) -> None:
        loop = self._builder.for_(self.names[old.count], old.maximum, self._rename(old.initial))
        self.names[old.index] = loop.index
        self.names.update(zip(old.carried, loop.carried, strict=True))
        self.copy_body(old.body)
        self.names.update(zip(old.targets, self._builder.end(), strict=True))


def _find_run(body: Body, place: int) -> tuple[Lookup, ...]:
    """Return the lookups from `place` on in one table, none of which waits for the answer of another."""
    run: list[Lookup] = []
    for instruction in body[place:]:
        match instruction:
            case Lookup(table=table, keys=keys) if not run or table == run[0].table:
                if any(each.target in keys for each in run):
                    break
                run.append(instruction)
            case _:
                break
    return tuple(run)


def _refuse_size(answer: Value, lookup: Lookup) -> None:
    """Stop before many lookups in large tables use up time and memory; values are counted in order."""
    if answer > limits.MAX_INSTRUCTIONS:
        message = f"with lookups written out, the function has over {limits.MAX_INSTRUCTIONS} instructions"
        notes = ("ask fewer tables, or look up once what is needed several times",)
        raise Refused(Diagnostic("TAB002", message, lookup.span, notes))
