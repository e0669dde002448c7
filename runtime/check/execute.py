"""Run a function on terms: all inputs at a time.

In: a verified function, what the fast pass found, and terms for its regions and parameters. Out: a `Trace`,
and what the regions hold at the end. Loops are unrolled; a loop that is too long is replaced by its
invariant, and then what was found is more than can happen (`Trace.exact` is False).

    %2 = ule %1, %0
    if %2 { %4 = load u16be message[%3] }      # a load that is reached when 14 <= length
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from runtime import limits
from runtime.check import smt
from runtime.check.bound import find_body_cost
from runtime.check.invariant import Invariant
from runtime.check.linear import Linear
from runtime.check.memory import Memory
from runtime.check.ranges import Analysis
from runtime.check.smt import Term
from runtime.check.trace import Access, Emission, Trace
from runtime.check.walk import walk_body
from runtime.ir.nodes import (
    Binary,
    Body,
    Call,
    Compare,
    Constant,
    Convert,
    Emit,
    Entry,
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
    Table,
    Type,
    Value,
    Yield,
)
from runtime.ir.value_types import find_value_types

_MAX_CHAIN = 64  # entries of a table that are written out; larger tables are opaque, with a range
_MAX_COEFFICIENT = 1 << 64  # larger ones do not fit the terms of `smt.at_most_zero`; the fact is left out


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """What a function is run on.

    Args:
        lengths: of the regions, in bytes, by name.
        memories: of the regions, by name.
        parameters: in order.
    """

    lengths: dict[str, Term]
    memories: dict[str, Memory]
    parameters: tuple[Term, ...]


class Executor:
    """One pass over a function, in the order of execution.

    `reached` is when the current place is reached; `memories` what the regions hold there. `name` is put
    before the names of terms that the execution makes up, so that two executions do not share them.
    """

    def __init__(
        self,
        function: Function,
        analysis: Analysis,
        inputs: Inputs,
        name: str = "",
        unrolled_limit: int = limits.MAX_UNROLLED,
    ) -> None:
        self.types = find_value_types(function)
        self.ranges = analysis.ranges
        self.invariants = analysis.invariants
        self.tables = {table.name: (table, _precedence(table)) for table in function.tables}
        self.regions = tuple(region.name for region in function.regions)
        self.name = name
        self.unrolled_limit = unrolled_limit
        self.unrolled = 0
        self.unrolling = False
        self.repeated = False
        self.fresh = 0
        self.reached = smt.TRUE
        self.lengths = inputs.lengths
        self.memories = {name: inputs.memories[name] for name in self.regions}
        self.values = {Value(number): term for number, term in enumerate(inputs.parameters)}
        self.trace = Trace()

    def visit_body(self, body: Body) -> Instruction:
        """Execute `body` and return its end."""
        for instruction in body:
            self.visit_next(instruction)
        return body[-1]

    def visit_next(self, instruction: Instruction) -> None:
        """Execute `instruction`."""
        self.visit(instruction)

    def compare_number(self, operator: Literal["ule", "ult", "ne"], value: Value, number: int) -> Term:
        """Return the comparison of a value with a number of its type."""
        return smt.compare_term(operator, self.values[value], smt.number_term(number, self.types[value]))

    def visit(self, instruction: Instruction) -> None:
        """Define the targets of `instruction`."""
        values = self.values
        match instruction:
            case Constant(target=target, type=type_, number=number):
                values[target] = smt.number_term(number, type_)
            case Binary(target=target, operator=operator, left=left, right=right):
                values[target] = smt.binary_term(operator, values[left], values[right])
            case Compare(target=target, operator=comparison, left=left, right=right):
                values[target] = smt.compare_term(comparison, values[left], values[right])
            case Convert(target=target, type=type_, value=value):
                values[target] = smt.convert_term(values[value], type_)
            case Select(target=target, condition=condition, yes=yes, no=no):
                values[target] = smt.choice(values[condition], values[yes], values[no])
            case Length(target=target, region=region):
                values[target] = self.lengths[region]
            case Load(target=target, type=type_, region=region, offset=offset, order=order):
                values[target] = self.memories[region].load(values[offset], type_, order, self.reached)
                access = Access(self.reached, region, values[offset], type_.bytes, instruction)
                self.trace.loads.append(access)
            case Store(region=region, offset=offset, value=value, order=order):
                self.memories[region] = self.memories[region].store(values[offset], values[value], order)
                width = self.types[value].bytes
                self.trace.stores.append(Access(self.reached, region, values[offset], width, instruction))
            case Lookup():
                self.visit_lookup(instruction)
            case Call(targets=targets, primitive=primitive):
                self.forget(targets)
                results = tuple(values[target] for target in targets)
                self.trace.calls.append((self.reached, primitive, results))
            case If():
                self.visit_if(instruction)
            case For():
                self.visit_for(instruction)
            case Emit():
                words = tuple(values[each] for each in instruction.values)
                self.trace.emitted.append(Emission(self.reached, words, instruction, self.repeated))
            case Return():
                results = tuple(values[each] for each in instruction.values)
                self.trace.returned.append((self.reached, results))
                self.reached = smt.FALSE
            case Yield() | Next():
                return

    def visit_lookup(self, instruction: Lookup) -> None:
        """Write a small table out; of a large one, know the range of its answers; of an open one, nothing."""
        table, entries = self.tables[instruction.table]
        if table.open:
            self.forget((instruction.target,))
            answer = self.values[instruction.target]
            self.trace.lookups.append((self.reached, table.name, answer))
            return
        keys = [self.values[key] for key in instruction.keys]
        if len(entries) <= _MAX_CHAIN:
            self.values[instruction.target] = smt.lookup_term(entries, table.default, table.value, keys)
            return
        answer = smt.opaque_lookup(f"{self.name}{table.name}", table.value, keys)
        self.values[instruction.target] = answer
        known = self.in_range(instruction.target)  # as known here; elsewhere equal keys may be asked for
        self.trace.axioms.append(smt.disjunction(smt.negation(self.reached), known))
        self.trace.exact = False

    def visit_if(self, instruction: If) -> None:
        """Execute both arms; a target is a choice between what they yield."""
        condition, before, memories = self.values[instruction.condition], self.reached, self.memories
        arms: list[_Arm] = []
        for taken, arm in ((condition, instruction.then), (smt.negation(condition), instruction.otherwise)):
            self.reached, self.memories = smt.conjunction(before, taken), dict(memories)
            entered = self.reached
            end = self.visit_body(arm)
            yielded = tuple(self.values[each] for each in end.values) if isinstance(end, Yield) else None
            arms.append(_Arm(self.reached, self.reached is entered, self.memories, yielded))
        then, otherwise = arms
        self.reached = before
        if not (then.complete and otherwise.complete):
            self.reached = smt.disjunction(then.reached, otherwise.reached)
        self.memories = self.choose_memories(condition, then.memories, otherwise.memories)
        yes = then.values if then.values is not None else otherwise.values
        no = otherwise.values if otherwise.values is not None else yes
        for target, first, second in zip(instruction.targets, yes or (), no or ()):
            self.values[target] = smt.choice(condition, first, second)

    def choose_memories(
        self, condition: Term, yes: dict[str, Memory], no: dict[str, Memory]
    ) -> dict[str, Memory]:
        """Return the contents of the regions: `yes` where `condition` holds, else `no`."""
        return {
            name: yes[name] if yes[name] is no[name] else yes[name].or_else(condition, no[name])
            for name in self.regions
        }

    def visit_for(self, loop: For) -> None:
        """Unroll the loop if that is short enough, else use its invariant."""
        bound = max(0, min(loop.maximum, self.ranges[loop.count].high))
        size = 0 if self.unrolling else bound * find_body_cost(loop.body).instructions
        if self.unrolled + size > self.unrolled_limit:
            self.visit_by_invariant(loop)
            return
        self.unrolled += size
        outer, self.unrolling = self.unrolling, True
        self.visit_unrolled(loop, bound)
        self.unrolling = outer

    def visit_unrolled(self, loop: For, bound: int) -> None:
        """Execute the body `bound` times; `running` is when an iteration is still to come."""
        running, count = smt.TRUE, self.values[loop.count]
        current = [self.values[start] for start in loop.initial]
        for number in range(bound):
            index = smt.number_term(number, Type.U64)
            running = smt.conjunction(running, smt.compare_term("ult", index, count))
            if running is smt.FALSE:
                break
            self.values[loop.index] = index
            self.values.update(zip(loop.carried, current, strict=True))
            before, memories = self.reached, dict(self.memories)
            self.reached = entered = smt.conjunction(before, running)
            end = self.visit_body(loop.body)
            complete, left = self.reached is entered, self.reached
            skipped = smt.conjunction(before, smt.negation(running))
            self.reached = before if complete else smt.disjunction(skipped, left)
            self.memories = self.choose_memories(running, self.memories, memories)
            if not isinstance(end, Next):
                break
            current = [
                smt.choice(running, self.values[new], old)
                for new, old in zip(end.values, current, strict=True)
            ]
            if end.condition is not None:
                running = smt.conjunction(running, self.values[end.condition])
        self.values.update(zip(loop.targets, current, strict=True))

    def visit_by_invariant(self, loop: For) -> None:
        """Execute the body once, for any iteration; know only the ranges of what comes out."""
        self.trace.exact = False
        before, repeated = self.reached, self.repeated
        self.forget_stores(loop.body)
        self.forget((loop.index, *loop.carried))
        index_below = smt.compare_term("ult", self.values[loop.index], self.values[loop.count])
        self.reached = smt.conjunction(
            before, index_below, self.assume_invariant(self.invariants[loop.index])
        )
        self.repeated = True
        self.visit_body(loop.body)
        self.repeated = repeated
        self.forget_stores(loop.body)
        self.forget(loop.targets)
        self.reached = smt.conjunction(before, *map(self.in_range, loop.targets))

    def forget(self, targets: tuple[Value, ...]) -> None:
        """Make `targets` numbers of which nothing is known."""
        for target in targets:
            self.fresh += 1
            name = f"{self.name}value {target} number {self.fresh}"
            self.values[target] = smt.unknown_term(name, self.types[target])

    def forget_stores(self, body: Body) -> None:
        """Forget the contents of the regions that `body` writes."""
        for region in sorted({each.region for each in walk_body(body) if isinstance(each, Store)}):
            self.fresh += 1
            name = f"{self.name}region {region} number {self.fresh}"
            self.memories[region] = self.memories[region].forget(name)

    def in_range(self, value: Value) -> Term:
        """Return that `value` is in the range that the fast pass found for it."""
        type_, known = self.types[value], self.ranges[value]
        if type_ is Type.U1 or known.empty:
            return smt.TRUE
        return smt.conjunction(
            self.compare_number("ule", value, known.high),
            smt.compare_term("ule", smt.number_term(known.low, type_), self.values[value]),
        )

    def assume_invariant(self, invariant: Invariant) -> Term:
        """Return that the carried values are as the invariant says."""
        terms: list[Term] = []
        for value, known in invariant.ranges:
            if self.types[value] is not Type.U1:
                low = smt.number_term(known.low, self.types[value])
                terms.append(self.compare_number("ule", value, known.high))
                terms.append(smt.compare_term("ule", low, self.values[value]))
        terms += [self.assume_fact(fact) for fact in invariant.facts]
        return smt.conjunction(*terms)

    def assume_fact(self, fact: Linear) -> Term:
        """Return that `fact` is at most 0."""
        if max(abs(fact.constant), *(abs(each) for _, each in fact.terms)) > _MAX_COEFFICIENT:
            return smt.TRUE
        terms: list[tuple[Term, int]] = []
        for symbol, coefficient in fact.terms:
            name = self.regions[-1 - symbol] if symbol < 0 else None
            term = self.values[Value(symbol)] if name is None else self.lengths[name]
            terms.append((term, coefficient))
        return smt.at_most_zero(terms, fact.constant)


@dataclass(frozen=True, slots=True, eq=False)
class _Arm:
    """What one arm of an `If` leaves.

    Args:
        reached: when its end is reached.
        complete: True when every execution that enters it gets to its end.
        memories: contents of the regions.
        values: what it yields; None when it returns.
    """

    reached: Term
    complete: bool
    memories: dict[str, Memory]
    values: tuple[Term, ...] | None


def _precedence(table: Table) -> tuple[Entry, ...]:
    """Return the entries of `table`, those that win first: of nested prefixes, the smallest."""
    if table.kind != "prefix":
        return table.entries
    return tuple(sorted(table.entries, key=_entry_size))


def _entry_size(entry: Entry) -> int:
    size = 1
    for low, high in zip(entry.low, entry.high, strict=True):
        size *= high - low + 1
    return size
