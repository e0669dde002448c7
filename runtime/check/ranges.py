"""The fast pass: walk over a function once, keeping ranges and linear facts, and discharge what they prove.

In: a verified function. Out: which obligations are left for z3, the range of every value, and an invariant
for every loop. On generated packet filters nothing is left, and z3 is never loaded.

    %1 = const u64 14
    %2 = ule %1, %0            # %0 = length message
    if %2 {                    # here 14 - length <= 0
      %4 = load u16be message[%3]      # %3 = 12: 12 + 2 - length <= 0 follows
"""

from __future__ import annotations

from dataclasses import dataclass

from runtime.check.condition import assume_value
from runtime.check.decide import decide_obligation
from runtime.check.facts import Scope
from runtime.check.interval import Range, join, meet
from runtime.check.invariant import Invariant, leave_loop, start_attempt
from runtime.check.knowledge import Guard, Knowledge
from runtime.check.linear import Linear, add_forms, constant_form, scale_form, shift_form, symbol_form
from runtime.check.obligation import Obligation, list_obligations
from runtime.check.transfer import (
    transfer_any,
    transfer_binary,
    transfer_compare,
    transfer_convert,
    transfer_load,
    transfer_lookup,
)
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
    Return,
    Select,
    Store,
    Value,
    Yield,
)

_PATIENCE = 8  # instructions analysed per instruction of the function, on average, before loops are given up
_MAX_LIMITS = 6  # forms that a joined value is compared with


@dataclass(frozen=True, slots=True)
class Finding:
    """One obligation and whether the fast pass proved it."""

    instruction: Instruction
    obligation: Obligation
    proved: bool


@dataclass(frozen=True, slots=True)
class Analysis:
    """What the fast pass found.

    Args:
        findings: every obligation, in the order of the text.
        ranges: for every value, a set that holds all numbers that it can have.
        invariants: for every loop, by the number of its index.
    """

    findings: tuple[Finding, ...]
    ranges: dict[Value, Range]
    invariants: dict[Value, Invariant]


def analyse_function(function: Function) -> Analysis:
    """Run the fast pass over `function`."""
    walk = Walk(function)
    walk.visit_body(function.body)
    return Analysis(tuple(walk.findings), walk.knowledge.ranges, walk.invariants)


class Walk:
    """The state of one run; `runtime.check.comparisons` asks more of it."""

    def __init__(self, function: Function) -> None:
        self.knowledge = Knowledge(function)
        self.findings: list[Finding] = []
        self.invariants: dict[Value, Invariant] = {}
        self.visits = 0
        self.patience = 20_000 + _PATIENCE * len(self.knowledge.types)

    def visit_body(self, body: Body) -> Instruction | None:
        """Walk over `body` and return its end, or None when no execution gets there."""
        for instruction in body:
            self.visits += 1
            for obligation in list_obligations(instruction, self.knowledge.types):
                proved = decide_obligation(self.knowledge, obligation)
                self.findings.append(Finding(instruction, obligation, proved))
            self.visit(instruction)
            if isinstance(instruction, Return):
                self.knowledge.scope.dead = True
        return None if self.knowledge.scope.dead else body[-1]

    def visit(self, instruction: Instruction) -> None:
        """Define the targets of `instruction`."""
        knowledge = self.knowledge
        match instruction:
            case Constant(target=target, number=number):
                knowledge.define(target, constant_form(number))
            case Binary(target=target):
                knowledge.definitions[target] = instruction
                transfer_binary(knowledge, instruction)
            case Compare(target=target):
                knowledge.definitions[target] = instruction
                transfer_compare(knowledge, instruction)
            case Convert():
                transfer_convert(knowledge, instruction)
            case Select(target=target):
                knowledge.definitions[target] = instruction
                self.visit_select(instruction)
            case Length(target=target, region=region):
                knowledge.define(target, knowledge.lengths[region])
            case Load():
                transfer_load(knowledge, instruction)
            case Lookup():
                transfer_lookup(knowledge, instruction)
            case Call(targets=targets):
                transfer_any(knowledge, targets)
            case If():
                self.visit_if(instruction)
            case For():
                self.visit_for(instruction)
            case Store() | Emit() | Yield() | Next() | Return():
                return

    def visit_select(self, instruction: Select) -> None:
        """Join the two choices, each seen under its condition."""
        outer = self.knowledge.scope
        arms: list[_Arm] = []
        for number, value in ((1, instruction.yes), (0, instruction.no)):
            self.knowledge.scope = outer.open()
            assume_value(self.knowledge, instruction.condition, number)
            arms.append(_Arm(self.knowledge.scope, (self.knowledge.form(value),)))
        self.knowledge.scope = outer
        self.join_arms((instruction.target,), arms[0], arms[1])

    def visit_if(self, instruction: If) -> None:
        """Walk over both arms and join what they leave."""
        outer = self.knowledge.scope
        arms: list[_Arm] = []
        for number, body in ((1, instruction.then), (0, instruction.otherwise)):
            self.knowledge.scope = outer.open()
            assume_value(self.knowledge, instruction.condition, number)
            end = self.visit_body(body)
            values = end.values if isinstance(end, Yield) else ()
            arms.append(_Arm(self.knowledge.scope, tuple(map(self.knowledge.form, values))))
        self.knowledge.scope = outer
        self.join_arms(instruction.targets, arms[0], arms[1])

    def join_arms(self, targets: tuple[Value, ...], then: _Arm, otherwise: _Arm) -> None:
        """Define `targets` from the arms that execution can come out of."""
        knowledge = self.knowledge
        if then.scope.dead or otherwise.scope.dead:
            survivor = otherwise if then.scope.dead else then
            knowledge.scope.absorb(survivor.scope)
            if knowledge.scope.dead:
                transfer_any(knowledge, targets)
                return
            for target, form in zip(targets, survivor.forms, strict=True):
                knowledge.define(target, form)
            return
        for number, target in enumerate(targets):
            self.join_target(target, then, then.forms[number], otherwise, otherwise.forms[number])

    def join_target(self, target: Value, then: _Arm, first: Linear, otherwise: _Arm, second: Linear) -> None:
        """Define `target` as one of two forms, keeping what both arms prove about it."""
        knowledge = self.knowledge
        if first == second and _is_outer(knowledge.scope, first):
            knowledge.define(target, first)
            return
        top = knowledge.top(target)
        ranges = then.scope.form_range(first, top), otherwise.scope.form_range(second, top)
        form = knowledge.define_symbol(target, join(*ranges))
        if _tells_apart(*ranges) and form.terms:
            guard = Guard(first, ranges[0], then.scope, second, ranges[1], otherwise.scope)
            knowledge.guards[target] = guard
        if knowledge.is_boolean(target) or not form.terms:
            return
        for limit in _limits(knowledge, first, second):
            distance = add_forms(form, limit, -1)
            low, high = knowledge.scope.bounds(distance)
            ends = (then.scope, add_forms(first, limit, -1)), (otherwise.scope, add_forms(second, limit, -1))
            most = max(scope.upper_bound(end) for scope, end in ends)
            least = -max(scope.upper_bound(scale_form(end, -1)) for scope, end in ends)
            if most < high:
                knowledge.scope.assume(shift_form(distance, -most))
            if least > low:
                knowledge.scope.assume(shift_form(scale_form(distance, -1), least))

    def visit_for(self, loop: For) -> None:
        """Walk over the body until an assumption about the carried values holds at its end as well.

        The assumption starts as what holds before the loop and only ever gets weaker.
        """
        knowledge, outer, mark = self.knowledge, self.knowledge.scope, len(self.findings)
        attempt = start_attempt(knowledge, loop)
        while True:
            if self.visits > self.patience:
                attempt = attempt.give_up(knowledge)
            del self.findings[mark:]
            knowledge.scope = outer.open()
            attempt.enter(knowledge)
            end = self.visit_body(loop.body)
            results = tuple(map(knowledge.form, end.values)) if isinstance(end, Next) else None
            following = attempt.weaken(knowledge, results)
            if following is None:
                break
            attempt = following
        inner, knowledge.scope = knowledge.scope, outer
        self.invariants[loop.index] = attempt.invariant()
        leave_loop(knowledge, attempt, inner, results)


@dataclass(frozen=True, slots=True)
class _Arm:
    """What one arm leaves: its facts, and the forms of what it yields."""

    scope: Scope
    forms: tuple[Linear, ...]


def _tells_apart(first: Range, second: Range) -> bool:
    """Say whether some number of a joined value means that one of the arms was not taken."""
    return meet(first, second).empty or first.low == first.high or second.low == second.high


def _limits(knowledge: Knowledge, first: Linear, second: Linear) -> list[Linear]:
    """Return the forms worth comparing a joined value with: what its arms start from, and the lengths."""
    limits = [form for form in (first, second) if form.terms and _is_outer(knowledge.scope, form)]
    symbols = [symbol for form in (first, second) for symbol, _ in form.terms]
    limits += [symbol_form(each) for each in symbols if knowledge.scope.find_range(each) is not None]
    limits += [form for form in knowledge.lengths.values() if form.terms]
    return list(dict.fromkeys(limits))[:_MAX_LIMITS]


def _is_outer(scope: Scope, form: Linear) -> bool:
    """Say whether all symbols of `form` are defined at this place."""
    return all(scope.find_range(symbol) is not None for symbol, _ in form.terms)
