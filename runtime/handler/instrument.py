"""What the kernel adds to a handler's function: the log by which an abort undoes stores, and the account.

In: a function that has been proved. Out: one with the same effects which, where it aborts, has put back what
it stored, and whose result is `verdict | charge << 32`. Nobody needs to believe this file for safety: what
comes out is verified, proved and validated again. That an abort changes nothing is what it is trusted for.

    store u32le memory[%5] = %7     %8 = load u32le memory[%5]        # what was there
                                    store undo[16 * n] = place; store undo[16 * n + 8] = %8; n = n + 1
    return %abort                   for %i < n { place, old = entry n - 1 - %i; store memory[place] = old }
                                    return %abort, charged

There is no log where no abort comes behind a store (`endings`).
"""

from __future__ import annotations

from dataclasses import replace

from runtime import limits
from runtime.check.bound import find_cost
from runtime.check.walk import walk_body
from runtime.diagnostic import Diagnostic, Refused
from runtime.handler.charge import find_body_charge, find_fixed_charge, is_data_loop
from runtime.handler.endings import find_constants, may_abort, may_need_undo
from runtime.handler.line import Line
from runtime.handler.nodes import ABORTED, OUTCOME_BITS, REGIONS, UNDO
from runtime.handler.thread import Numbers, weave_function
from runtime.ir.builder import always_returns
from runtime.ir.nodes import Body, For, Function, If, Instruction, Length, Region, Return, Store, Type, Value
from runtime.ir.value_types import find_value_types
from runtime.policy import Policy, RegionGrant

CHARGE_SHIFT = 32
_ENTRY = 16
_WIDTH_SHIFT, _REGION_SHIFT = 40, 48
_OFFSETS = (1 << _WIDTH_SHIFT) - 1
_WIDTHS = (Type.U64, Type.U32, Type.U16, Type.U8)

_LOGGED, _CHARGED = 0, 1
"""Places of the numbers that are threaded: entries of the log, instructions of data loops."""


def instrument_function(function: Function, policy: Policy) -> tuple[Function, Policy]:
    """Return `function` with log and account, and the policy that it keeps.

    Args:
        function: proved to keep `policy`.
        policy: of a handler's function.

    Raises:
        Refused: HND010 if there is too much to undo.
    """
    constants = find_constants(function)
    entries = count_entries(function)
    weaver = _Weaver(function, constants, entries)
    woven = weave_function(function, weaver)
    regions, grants = function.regions, policy.regions
    if entries:
        size = (entries + 1) * _ENTRY  # one more, so that no proof need know that offsets are aligned
        regions = (*regions, Region(UNDO, "read_write", size, constant=True))
        grants = (*grants, RegionGrant(UNDO, "read_write", size, constant=True))
    made = replace(woven, regions=regions, results=(Type.U64,))
    budget = find_cost(made).instructions
    return made, replace(policy, regions=grants, results=(Type.U64,), budget=budget)


def count_entries(function: Function) -> int:
    """Return how many entries the log has, a power of two; 0 where there is none.

    Raises:
        Refused: HND010 if there is too much to undo.
    """
    if not may_need_undo(function):
        return 0
    stores = _count_stores(function.body)
    if stores > limits.MAX_UNDO_ENTRIES:
        message = f"`{function.name}` may store {stores} times before it may still abort"
        notes = (f"at most {limits.MAX_UNDO_ENTRIES} stores can be undone: put all checks before the stores",)
        raise Refused(Diagnostic("HND010", message, function.span, notes))
    return 1 << (stores - 1).bit_length()


def _count_stores(body: Body) -> int:
    """Return the most stores of one run of `body`, added up from its end."""
    rest = 0
    for instruction in reversed(body):
        match instruction:
            case Store():
                rest += 1
            case If(then=then, otherwise=otherwise):
                rest = max(
                    _count_stores(arm) + (0 if always_returns(arm[-1]) else rest) for arm in (then, otherwise)
                )
            case For(body=inner, maximum=maximum):
                rest += maximum * _count_stores(inner)
            case _:
                pass
    return rest


class _Weaver:
    """Threads the number of log entries and the charge of data loops.

    Args:
        function: as it was.
        constants: of it.
        entries: that the log has room for.
    """

    def __init__(self, function: Function, constants: dict[Value, int], entries: int) -> None:
        self._constants, self._entries = constants, entries
        self._fixed = find_fixed_charge(function, constants)
        self._types = find_value_types(function)
        stores = [each for each in walk_body(function.body) if isinstance(each, Store)]
        kinds = dict.fromkeys((each.region, self._types[each.value]) for each in stores)
        self._kinds = sorted(kinds, key=lambda each: (each[0], each[1].bits))
        self._start: Numbers = ()

    def begin(self, line: Line) -> Numbers:
        """Both numbers are 0 at first."""
        zero = line.constant(0)
        self._start = (zero, zero)
        return self._start

    def changed_by(self, body: Body) -> frozenset[int]:
        """Stores are logged, data loops are charged."""
        inside = tuple(walk_body(body))
        stores = self._entries and any(isinstance(each, Store) for each in inside)
        loops = any(isinstance(each, For) and is_data_loop(each, self._constants) for each in inside)
        return frozenset([_LOGGED] * bool(stores) + [_CHARGED] * loops)

    def enter(self, line: Line, loop: For, numbers: Numbers) -> Numbers:
        """Charge the rounds of a data loop. They are at most its maximum: nothing wraps."""
        if not is_data_loop(loop, self._constants):
            return numbers
        each = line.constant(find_body_charge(loop.body, self._constants))
        charge = line.binary("mul", loop.count, each, wrapping=True)
        return numbers[_LOGGED], line.binary("add", numbers[_CHARGED], charge, wrapping=True)

    def weave(self, line: Line, instruction: Instruction, numbers: Numbers) -> Numbers:
        """Log a store; undo before an abort, and return the account."""
        match instruction:
            case Store() if self._entries:
                numbers = (self._log(line, instruction, numbers[_LOGGED]), numbers[_CHARGED])
                line.body.append(instruction)
            case Return():
                self._return(line, instruction, numbers)
            case _:
                line.body.append(instruction)
        return numbers

    def _place(self, line: Line, number: Value) -> Value:
        """Return where entry `number` is; the mask changes nothing, and spares a proof about `number`."""
        masked = line.binary("and", number, line.constant(self._entries - 1))
        return line.binary("mul", masked, line.constant(_ENTRY))

    def _log(self, line: Line, store: Store, logged: Value) -> Value:
        type_ = self._types[store.value]
        old = line.load(type_, store.region, store.offset)
        if type_ is not Type.U64:
            old = line.convert(Type.U64, old)
        what = _kind(store.region, type_) << _WIDTH_SHIFT
        place = self._place(line, logged)
        line.store(UNDO, place, line.binary("or", store.offset, line.constant(what)), Type.U64)
        line.store(UNDO, line.binary("add", place, line.constant(8)), old, Type.U64)
        return line.binary("add", logged, line.constant(1), wrapping=True)

    def _return(self, line: Line, instruction: Return, numbers: Numbers) -> None:
        (verdict,) = instruction.values
        stored = numbers[_LOGGED] != self._start[_LOGGED]
        if stored and may_abort(instruction, self._constants):
            self._undo(line, verdict, numbers[_LOGGED])
        known = self._constants.get(verdict)
        if known is not None and numbers[_CHARGED] == self._start[_CHARGED]:
            packed = line.constant(known | self._fixed << CHARGE_SHIFT)
        else:
            packed = self._pack(line, verdict, numbers[_CHARGED])
        line.body.append(replace(instruction, values=(packed,)))

    def _pack(self, line: Line, verdict: Value, charged: Value) -> Value:
        total = line.binary("add", charged, line.constant(self._fixed), wrapping=True)
        high = line.binary("shl", total, line.constant(CHARGE_SHIFT), wrapping=True)
        return line.binary("or", high, line.convert(Type.U64, verdict))

    def _undo(self, line: Line, verdict: Value, logged: Value) -> None:
        """Append the loop that puts back what was there, the last first, if the verdict is an abort."""
        loop, index = line.inner(), line.fresh()
        last = loop.binary("sub", logged, loop.constant(1), wrapping=True)
        place = self._place(loop, loop.binary("sub", last, index, wrapping=True))
        what = loop.load(Type.U64, UNDO, place)
        old = loop.load(Type.U64, UNDO, loop.binary("add", place, loop.constant(8)))
        offset = loop.binary("and", what, loop.constant(_OFFSETS))
        kind = loop.binary("lshr", what, loop.constant(_WIDTH_SHIFT))
        self._put_back(loop, offset, kind, old)
        times = line.binary("and", logged, line.constant(2 * self._entries - 1))
        within = line.compare("ule", times, line.constant(self._entries))
        body = line.inner()
        body.loop(times, self._entries, index, loop)
        if verdict in self._constants:
            line.when(within, body)
            return
        outcome = line.binary("and", verdict, line.constant((1 << OUTCOME_BITS) - 1, Type.U32))
        aborts = line.compare("ule", line.constant(ABORTED, Type.U32), outcome)
        line.when(line.binary("and", within, aborts), body)

    def _put_back(self, loop: Line, offset: Value, kind: Value, old: Value) -> None:
        """Append a store for each kind that there is; the log has no others, but the prover cannot know."""
        for region, type_ in self._kinds:
            arm, inside = loop.inner(), loop.inner()
            end = arm.binary("add", offset, arm.constant(type_.bytes))
            stored = old if type_ is Type.U64 else inside.convert(type_, old, wrapping=True)
            inside.store(region, offset, stored, type_)
            length = arm.fresh()
            arm.body.append(Length(length, region))
            arm.when(arm.compare("ule", end, length), inside)
            loop.when(loop.compare("eq", kind, loop.constant(_kind(region, type_))), arm)


def _kind(region: str, type_: Type) -> int:
    return _WIDTHS.index(type_) | REGIONS.index(region) << (_REGION_SHIFT - _WIDTH_SHIFT)
