"""What filters mean: alternatives, stacks, negations and references put together.

In: a scope and a link type. Out: the formula of each filter, for given arguments.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from dpfc.formula import And, Formula, Not, Or, Test
from dpfc.language import syntax
from dpfc.names.alternatives import Alternative, expand_statement, join_alternatives
from dpfc.names.bind import bind_arguments
from dpfc.names.condition import resolve_condition
from dpfc.names.connect import conjoin, disjoin, negate
from dpfc.names.expression import View, check_field, resolve_number
from dpfc.names.header import Named, list_paths
from dpfc.names.known import Known, Names, evaluate_constant
from dpfc.names.place import START, move
from dpfc.names.reading import Reader
from dpfc.names.scope import Scope, find_header, suggest
from dpfc.names.stacks import Graph, Stack, make_graph
from runtime.diagnostic import Diagnostic, Refused
from runtime.source import Span

MAX_PARTS = 20_000  # of one filter's formula: tests and connectives
MAX_DEPTH = 150  # of one filter's formula
MAX_REFERENCES = 16  # filters that refer to one another in a row


@dataclass(slots=True)
class Meaning:
    """The filters of one program on one link type.

    Args:
        scope: where names are defined.
        link_type: what the messages start with.
    """

    scope: Scope
    link_type: int
    _graph: Graph = field(init=False)
    _reader: Reader = field(init=False)
    _defined: dict[str, Known] = field(default_factory=dict)
    _expanded: dict[str, tuple[Alternative, ...]] = field(default_factory=dict)
    _formulas: dict[str, Formula] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._graph = make_graph(self.scope.headers, self.link_type)
        self._reader = Reader(self.names({}), self.link_type)

    def names(self, bindings: Mapping[str, Known]) -> Names:
        """Return where bare names are looked up in a filter with these arguments."""
        return Names(self.scope, bindings, self._defined)

    def check_definitions(self, files: Iterable[syntax.File]) -> None:
        """Refuse headers, constants and sets of `files` that are wrong even if no filter uses them."""
        names = self.names({})
        for file in files:
            for declaration in file.declarations:
                match declaration:
                    case syntax.HeaderDeclaration(name=name):
                        self._reader.check_header(self.scope.headers[name])
                    case syntax.ConstantDeclaration(name=name) | syntax.SetDeclaration(name=name):
                        evaluate_constant(syntax.Name(name, declaration.span), names)
                    case syntax.FilterDeclaration() | syntax.InstanceDeclaration():
                        continue

    def find_filter(self, name: str, span: Span) -> syntax.FilterDeclaration:
        """Return the filter called `name`.

        Raises:
            Refused: DPF013 if there is none.
        """
        found = self.scope.filters.get(name)
        if found is None:
            notes = suggest(name, self.scope.filters)
            raise Refused(Diagnostic("DPF013", f"there is no filter `{name}`", span, notes))
        return found

    def of_filter(self, declaration: syntax.FilterDeclaration, bindings: Mapping[str, Known]) -> Formula:
        """Return the formula of `declaration` with its parameters bound.

        Raises:
            Refused: DPF010 to DPF043.
        """
        if not declaration.parameters and declaration.name in self._formulas:
            return self._formulas[declaration.name]
        if declaration.name in self._open:
            note = f"`{'` refers to `'.join([*self._open, declaration.name])}`"
            raise Refused(
                Diagnostic("DPF015", f"`{declaration.name}` refers to itself", declaration.span, (note,))
            )
        if len(self._open) >= MAX_REFERENCES:
            message = f"more than {MAX_REFERENCES} filters refer to one another in a row"
            raise Refused(Diagnostic("DPF043", message, declaration.span, ("write some of them out",)))
        self._open.append(declaration.name)
        names = self.names(bindings)
        try:
            formula = disjoin(
                self._read(alternative, View(names, (), START), declaration.span)
                for alternative in self._expand(declaration)
            )
        finally:
            self._open.pop()
        _check_size(formula, declaration)
        if not declaration.parameters:
            self._formulas[declaration.name] = formula
        return formula

    def has_stack(self, declaration: syntax.FilterDeclaration) -> bool:
        """Return whether messages of this link type can have all headers that `declaration` names."""
        return any(
            not one.wishes or self._graph.find_stacks(one.wishes, declaration.span)
            for one in self._expand(declaration)
        )

    def _expand(self, declaration: syntax.FilterDeclaration) -> tuple[Alternative, ...]:
        known = self._expanded.get(declaration.name)
        if known is None:
            for statement in declaration.statements:
                for named in list_paths(statement, negated=True):
                    self._check_named(named)
            factors = [expand_statement(statement) for statement in declaration.statements]
            known = self._expanded[declaration.name] = join_alternatives(factors, declaration.span)
        return known

    def _check_named(self, named: Named) -> None:
        headers = [find_header(self.scope, name, named.span) for name in named.headers]
        if isinstance(named, syntax.FieldPath):
            check_field(headers[-1], named.name, named.span)

    def _read(self, alternative: Alternative, outer: View, span: Span) -> Formula:
        """Return the meaning of `alternative` on all its stacks that go on from the stack of `outer`."""
        around = tuple(standing.header.name for standing in outer.stack)
        if not alternative.wishes:
            return self._conjoin(alternative, outer, ())
        readings: list[Formula] = []
        for stack in self._graph.extend_stack(around, alternative.wishes, span):
            reading = self._reader.place_stack(stack)
            shared = _count_shared(around, stack)
            view = View(outer.names, reading.standings, outer.raw)
            readings.append(self._conjoin(alternative, view, reading.guards[shared:]))
        return disjoin(readings)

    def _conjoin(self, alternative: Alternative, view: View, guards: tuple[Formula, ...]) -> Formula:
        parts = list(guards)
        for statement in alternative.conditions:
            match statement:
                case syntax.ShiftBy(amount=amount, span=span):
                    raw = move(view.raw, resolve_number(amount, view), span)
                    view = replace(view, raw=raw)
                case _:
                    parts.append(resolve_condition(statement, view, self._resolve_special))
        return conjoin(parts)

    def _resolve_special(self, part: syntax.Negation | syntax.Reference, view: View) -> Formula:
        match part:
            case syntax.Negation(part=inner, span=span):
                return negate(disjoin(self._read(one, view, span) for one in expand_statement(inner)))
            case syntax.Reference(name=name, arguments=arguments, span=span):
                found = self.find_filter(name, span)
                return self.of_filter(found, bind_arguments(found, arguments, view.names, span))


def _count_shared(some: Stack, other: Stack) -> int:
    """Return how many headers both stacks begin with."""
    return next((i for i, (a, b) in enumerate(zip(some, other)) if a != b), min(len(some), len(other)))


def _check_size(formula: Formula, declaration: syntax.FilterDeclaration) -> None:
    parts, depth = _measure(formula)
    if parts > MAX_PARTS or depth > MAX_DEPTH:
        message = f"`{declaration.name}` is too large: {parts} conditions, {depth} deep, when written out"
        note = f"at most {MAX_PARTS} conditions, {MAX_DEPTH} deep: refer to fewer filters, use sets"
        raise Refused(Diagnostic("DPF043", message, declaration.span, (note,)))


def _measure(formula: Formula) -> tuple[int, int]:
    """Return the number of parts of `formula` and its depth."""
    match formula:
        case Test():
            return 1, 1
        case Not(part=part):
            parts, depth = _measure(part)
            return parts + 1, depth + 1
        case And(parts=inner) | Or(parts=inner):
            measured = [_measure(part) for part in inner]
            return sum(m[0] for m in measured) + 1, max((m[1] for m in measured), default=0) + 1
