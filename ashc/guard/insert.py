"""Put checks into a function: as early as what they need is known, so that many become one.

In: a function and needs. Out: the function with checks, in each of which it aborts. A check may stand before
the instruction that needs it, but in the same body, and not before something that may end the handler
otherwise than by an abort: so it fails only where the handler would have come to the instruction, or
aborted. It stands before what is stored if it can: then nothing has to be logged.

    %2 = load u16be message[12]       %0 = length message; %1 = ule 42, %0
    if %3 { return ABORTED | 0 }      if not %1 { return ABORTED | 0 }
    %4 = load u32be message[38]       %2 = load u16be message[12]
                                      if %3 { return ABORTED | 1 }
                                      %4 = load u32be message[38]
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from ashc.guard.condition import Group, add_need, make_condition, say_group
from ashc.guard.need import Need
from runtime.check.knowledge import Knowledge
from runtime.check.walk import walk_body
from runtime.handler.endings import find_constants, may_abort
from runtime.handler.line import Line
from runtime.handler.nodes import ABORTED, OUTCOME_BITS, Check, CheckKind, make_verdict, read_outcome
from runtime.ir.nodes import Body, Constant, For, Function, If, Instruction, Return, Store, Type, Value, Yield
from runtime.ir.value_types import find_value_types
from runtime.opt.operands import list_targets
from runtime.opt.renumber import renumber_values


@dataclass(slots=True)
class Point:
    """A place for a check: before instruction `index` of its body."""

    index: int
    groups: list[Group] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Guarded:
    """A function with its checks, those that were there included."""

    function: Function
    checks: tuple[Check, ...]


def insert_checks(
    function: Function,
    knowledge: Knowledge,
    needs: Sequence[Need],
    checks: Sequence[Check],
    layers: Sequence[tuple[int, int]],
    divided: bool,
) -> Guarded:
    """Return `function` with checks for `needs`.

    Args:
        function: with aborts of its own, whose numbers are those of `checks`.
        knowledge: of the function.
        needs: in the order of the text.
        checks: so far.
        layers: positions in the body where parts of layers begin, with the layers, ascending.
        divided: whether it matters which layer gives up: then no check moves from one to another.
    """
    inserter = _Inserter(function, knowledge, needs, checks, layers, divided)
    body = inserter.visit_function(function.body)
    made = renumber_values(replace(function, body=body))
    return _number_by_text(made, tuple(inserter.checks))


class _Inserter:
    def __init__(
        self,
        function: Function,
        knowledge: Knowledge,
        needs: Sequence[Need],
        checks: Sequence[Check],
        layers: Sequence[tuple[int, int]],
        divided: bool,
    ) -> None:
        self._knowledge = knowledge
        self._needs: dict[int, list[Need]] = {}
        for need in needs:
            self._needs.setdefault(id(need.instruction), []).append(need)
        self._numbers = count(len(find_value_types(function)))
        self._constants = find_constants(function)
        self._layers, self._layer = dict(layers), 0
        self._barriers = frozenset(self._layers) if divided else frozenset[int]()
        self.checks = list(checks)

    def visit_function(self, body: Body) -> Body:
        """Return the body of the function with its checks."""
        return self._visit_body(body, outermost=True)

    def _visit_body(self, body: Body, outermost: bool = False) -> Body:
        """Return `body` with its checks, and those of the bodies in it."""
        points = self._find_points(body, self._barriers if outermost else frozenset())
        line = Line(self._numbers)
        for index, instruction in enumerate(body):
            if outermost:
                self._layer = self._layers.get(index, self._layer)
            for point in points:
                if point.index == index:
                    self._add_check(line, point)
            line.body.append(self._visit_inside(instruction))
        return tuple(line.body)

    def _visit_inside(self, instruction: Instruction) -> Instruction:
        match instruction:
            case If(then=then, otherwise=otherwise):
                arms = self._visit_body(then), self._visit_body(otherwise)
                return replace(instruction, then=arms[0], otherwise=arms[1])
            case For(body=body):
                return replace(instruction, body=self._visit_body(body))
            case _:
                return instruction

    def _find_points(self, body: Body, barriers: frozenset[int]) -> list[Point]:
        """Return where checks are to stand in `body` itself."""
        known: dict[Value, int] = {}
        points: list[Point] = []
        stores: list[int] = []
        barrier = 0
        for index, instruction in enumerate(body):
            barrier = index if index in barriers else barrier
            for need in self._needs.get(id(instruction), ()):
                earliest = max([barrier, *(known.get(value, 0) for value in need.values)])
                before_stores = next((store for store in stores if store >= earliest), index)
                self._place_need(points, need, earliest, before_stores)
            for value in list_targets(instruction):
                known[value] = index + 1
            if any(isinstance(each, Store) for each in walk_body((instruction,))):
                stores.append(index)
            if self._may_end(instruction):
                barrier = index + 1
        return points

    def _place_need(self, points: list[Point], need: Need, earliest: int, latest: int) -> None:
        """Give the need to the first point that is not too early, or make one."""
        for point in points:
            if point.index >= earliest:
                add_need(point.groups, need)
                return
        points.append(Point(latest))
        add_need(points[-1].groups, need)

    def _may_end(self, instruction: Instruction) -> bool:
        """Say whether the handler may end inside, otherwise than by an abort."""
        inside = walk_body((instruction,))
        return any(isinstance(each, Return) and not self._always_aborts(each) for each in inside)

    def _always_aborts(self, instruction: Return) -> bool:
        (verdict,) = instruction.values
        return verdict in self._constants and may_abort(instruction, self._constants)

    def _add_check(self, line: Line, point: Point) -> None:
        """Append  if not (all conditions) { return ABORTED | number }."""
        conditions = [make_condition(line, self._knowledge, group) for group in point.groups]
        holds = conditions[0]
        for condition in conditions[1:]:
            holds = line.binary("and", holds, condition)
        fails = line.binary("xor", holds, line.constant(1, Type.U1))
        number = len(self.checks)
        first = point.groups[0].needs[0]
        texts = dict.fromkeys(say_group(group) for group in point.groups)
        kinds = {need.kind for group in point.groups for need in group.needs}
        kind: CheckKind = "budget" if kinds == {"budget"} else "check"
        self.checks.append(Check(kind, self._layer, " and ".join(texts), first.instruction.span))
        arm = line.inner()
        verdict = arm.constant(make_verdict(ABORTED, number), Type.U32)
        arm.body.append(Return((verdict,), first.instruction.span))
        line.body.append(If((), fails, tuple(arm.body), (Yield(),), first.instruction.span))


def _number_by_text(function: Function, checks: tuple[Check, ...]) -> Guarded:
    """Return the function with its aborts numbered in the order of the text."""
    constants = find_constants(function)
    verdicts: dict[Value, int] = {}
    for instruction in walk_body(function.body):
        if isinstance(instruction, Return):
            (verdict,) = instruction.values
            number = constants[verdict]
            if read_outcome(number) == ABORTED:
                verdicts[verdict] = number >> OUTCOME_BITS
    order = list(dict.fromkeys(verdicts.values()))
    numbers = {old: new for new, old in enumerate(order)}
    body = _renumber(function.body, {value: numbers[old] for value, old in verdicts.items()})
    return Guarded(replace(function, body=body), tuple(checks[old] for old in order))


def _renumber(body: Body, numbers: dict[Value, int]) -> Body:
    made: list[Instruction] = []
    for instruction in body:
        match instruction:
            case Constant(target=target) if target in numbers:
                verdict = make_verdict(ABORTED, numbers[target])
                made.append(replace(instruction, number=verdict))
            case If(then=then, otherwise=otherwise):
                arms = _renumber(then, numbers), _renumber(otherwise, numbers)
                made.append(replace(instruction, then=arms[0], otherwise=arms[1]))
            case For(body=inner):
                made.append(replace(instruction, body=_renumber(inner, numbers)))
            case _:
                made.append(instruction)
    return tuple(made)
