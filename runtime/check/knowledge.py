"""The state of the fast pass: the form of every value so far, and the scope of facts at the current place.

In: a function. Out: what `transfer`, `condition` and `ranges` read and extend while they walk over it.
"""

from __future__ import annotations

from dataclasses import dataclass

from runtime.check.facts import Effort, Known, Scope
from runtime.check.interval import Range, includes, make_range, single
from runtime.check.linear import MAX_TERMS, Linear, Symbol, constant_form, lone_symbol, symbol_form
from runtime.check.walk import walk_body
from runtime.ir.nodes import Function, Instruction, Store, Table, Type, Value
from runtime.ir.value_types import find_value_types


@dataclass(frozen=True, slots=True)
class Guard:
    """A joined value whose number tells which arm was taken: the arms' numbers and facts."""

    then: Linear
    then_range: Range
    then_scope: Scope
    otherwise: Linear
    otherwise_range: Range
    otherwise_scope: Scope


class Knowledge:
    """What is known at the place that the walk has reached.

    Args:
        function: verified.
    """

    def __init__(self, function: Function) -> None:
        self.function = function
        self.types = find_value_types(function)
        self.scope = Scope(Effort())
        self.forms: dict[Value, Linear] = {}
        self.ranges: dict[Value, Range] = {}
        self.definitions: dict[Value, Instruction] = {}
        self.guards: dict[Value, Guard] = {}
        self.stored = {each.region for each in walk_body(function.body) if isinstance(each, Store)}
        self.tables = {table.name: _answers(table) for table in function.tables if not table.open}
        self.lengths: dict[str, Linear] = {}
        for number, region in enumerate(function.regions):
            symbol = Symbol(-1 - number)
            self.scope.ranges[symbol] = make_range(0, region.maximum)
            form = constant_form(region.maximum) if region.constant else symbol_form(symbol)
            self.lengths[region.name] = form
        for number in range(len(function.parameters)):
            self.define_symbol(Value(number))

    def top(self, value: Value) -> int:
        """Return the largest number of the value's type."""
        return self.types[value].maximum

    def form(self, value: Value) -> Linear:
        """Return the form of `value`."""
        return self.forms[value]

    def range_of(self, value: Value) -> Range:
        """Return what is known of `value` at this place."""
        return self.scope.form_range(self.forms[value], self.top(value))

    def is_boolean(self, value: Value) -> bool:
        """Say whether `value` is a u1."""
        return self.types[value] is Type.U1

    def define(self, target: Value, form: Linear) -> None:
        """Say that `target` is `form`; a form that is too long becomes a symbol with its range."""
        known = self.scope.form_range(form, self.top(target))
        if len(form.terms) > MAX_TERMS:
            self.define_symbol(target, known)
            return
        self.forms[target] = form
        self.ranges[target] = known

    def define_symbol(self, target: Value, known: Range | None = None) -> Linear:
        """Say that `target` is a number in `known` (None: any of its type), and return its form."""
        within = make_range(0, self.top(target))
        if known is None or known.empty or not includes(within, known):
            known = within
        self.ranges[target] = known
        self.guards.pop(target, None)
        if known.low == known.high:
            self.forms[target] = constant_form(known.low)
            self.ranges[target] = single(known.low)
        else:
            self.scope.ranges[Symbol(target)] = known
            self.forms[target] = symbol_form(Symbol(target))
        return self.forms[target]

    def define_operation(self, target: Value, key: Known, known: Range | None) -> tuple[Linear, bool]:
        """Define `target` as a symbol, unless an equal operation has a form already.

        Returns:
            The form, and whether it is new, so that facts about it are worth adding.
        """
        before = self.scope.find_known(key)
        if before is not None:
            self.define(target, before)
            return before, False
        form = self.define_symbol(target, known)
        self.scope.known[key] = form
        return form, lone_symbol(form) is not None


def _answers(table: Table) -> Range:
    """Return the range of what `table`, which is not open, answers."""
    low = min((entry.value for entry in table.entries), default=table.default)
    high = max((entry.value for entry in table.entries), default=table.default)
    return make_range(min(low, table.default), max(high, table.default))
