"""Facts that hold at a place in a function: bounds of values, and distances between them.

In: conditions that are known to be true or false. Out: the answer to comparisons that follow from them. Facts
are taken back in the opposite order in which they were learnt, when a body ends.

Two kinds of fact: - `low <= v <= high`, for a value v; - `base + k <= v`, for values base and v: an exact
sum of a value and a constant does not exceed v. This is what
  a length check behind a shift says: `off + 4 <= length` makes `off + 2 <= length` true.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from runtime.ir.nodes import Binary, Compare, Constant, Instruction, Length, Region, Type, Value

_Key = TypeVar("_Key")
_Fact = TypeVar("_Fact")

_MAX_DEPTH = 64  # sums and conjunctions are followed so far; deeper ones only teach less


@dataclass(frozen=True, slots=True)
class Bounds:
    """low <= value <= high."""

    low: int
    high: int


class Facts:
    """What is known here."""

    def __init__(self, types: Mapping[Value, Type], regions: tuple[Region, ...]) -> None:
        self._types = types
        self._lengths = {region.name: region for region in regions}
        self._definitions: dict[Value, Instruction] = {}
        self._bounds: dict[Value, Bounds] = {}
        self._sums: dict[tuple[Value, Value], int] = {}
        self._old_bounds: list[tuple[Value, Bounds | None]] = []
        self._old_sums: list[tuple[tuple[Value, Value], int | None]] = []

    def define(self, target: Value, instruction: Instruction) -> None:
        """Note that `instruction` computes `target`."""
        self._definitions[target] = instruction
        match instruction:
            case Constant(number=number):
                self._bounds[target] = Bounds(number, number)
            case Length(region=name):
                region = self._lengths[name]
                self._bounds[target] = Bounds(region.maximum if region.constant else 0, region.maximum)
            case _:
                pass

    def mark(self) -> tuple[int, int]:
        """Return a place to `forget` back to."""
        return len(self._old_bounds), len(self._old_sums)

    def forget(self, mark: tuple[int, int]) -> None:
        """Take back every fact learnt since `mark`."""
        _restore(self._bounds, self._old_bounds, mark[0])
        _restore(self._sums, self._old_sums, mark[1])

    def learn(self, condition: Value, holds: bool, depth: int = 0) -> None:
        """Add that the u1 `condition` is 1 (`holds`) or 0, and what follows from it."""
        self._limit(condition, int(holds), int(holds))
        if depth == _MAX_DEPTH:
            return
        match self._definitions.get(condition):
            case Binary(operator="and", left=left, right=right) if holds:
                self.learn(left, True, depth + 1)
                self.learn(right, True, depth + 1)
            case Binary(operator="or", left=left, right=right) if not holds:
                self.learn(left, False, depth + 1)
                self.learn(right, False, depth + 1)
            case Compare(operator=operator, left=left, right=right):
                self._learn_compare(operator, left, right, holds)
            case _:
                pass

    def decide(self, value: Value) -> int | None:
        """Return the number of `value` if the facts leave only one."""
        bounds = self._find_bounds(value)
        if bounds.low == bounds.high:
            return bounds.low
        match self._definitions.get(value):
            case Compare(operator="ule", left=left, right=right):
                return self._decide_order(left, right, 0)
            case Compare(operator="ult", left=left, right=right):
                return self._decide_order(left, right, 1)
            case Compare(operator="eq", left=left, right=right):
                return 0 if self._are_apart(left, right) else None
            case Compare(operator="ne", left=left, right=right):
                return 1 if self._are_apart(left, right) else None
            case _:
                return None

    def _decide_order(self, left: Value, right: Value, gap: int) -> int | None:
        """Return 1 if left + gap <= right always holds, 0 if it never does."""
        lower, upper = self._find_bounds(left), self._find_bounds(right)
        if lower.high + gap <= upper.low:
            return 1
        if lower.low + gap > upper.high:
            return 0
        base, offset = self._split_sum(left)
        known = self._sums.get((base, right))
        return 1 if known is not None and offset + gap <= known else None

    def _are_apart(self, left: Value, right: Value) -> bool:
        first, second = self._find_bounds(left), self._find_bounds(right)
        return first.high < second.low or second.high < first.low

    def _learn_compare(self, operator: str, left: Value, right: Value, holds: bool) -> None:
        match (operator, holds):
            case ("ule", True):
                self._learn_order(left, right, 0)
            case ("ult", True):
                self._learn_order(left, right, 1)
            case ("ule", False):
                self._learn_order(right, left, 1)
            case ("ult", False):
                self._learn_order(right, left, 0)
            case ("eq", True) | ("ne", False):
                self._learn_order(left, right, 0)
                self._learn_order(right, left, 0)
            case _:
                pass

    def _learn_order(self, left: Value, right: Value, gap: int) -> None:
        """Add that left + gap <= right."""
        lower, upper = self._find_bounds(left), self._find_bounds(right)
        self._limit(right, lower.low + gap, upper.high)
        self._limit(left, lower.low, upper.high - gap)
        base, offset = self._split_sum(left)
        known = self._sums.get((base, right))
        if known is None or known < offset + gap:
            self._old_sums.append(((base, right), known))
            self._sums[base, right] = offset + gap

    def _limit(self, value: Value, low: int, high: int) -> None:
        """Narrow the bounds of `value`; contradictory facts (a place that is never reached) teach nothing."""
        known = self._find_bounds(value)
        bounds = Bounds(max(known.low, low), min(known.high, high))
        if bounds != known and bounds.low <= bounds.high:
            self._old_bounds.append((value, self._bounds.get(value)))
            self._bounds[value] = bounds

    def _find_bounds(self, value: Value) -> Bounds:
        return self._bounds.get(value) or Bounds(0, self._types[value].maximum)

    def _split_sum(self, value: Value) -> tuple[Value, int]:
        """Return (base, k) such that value = base + k, exactly."""
        offset = 0
        for _ in range(_MAX_DEPTH):
            match self._definitions.get(value):
                case Binary(operator="add", left=left, right=right, wrapping=False):
                    if isinstance(self._definitions.get(left), Constant):
                        left, right = right, left
                    if not isinstance(self._definitions.get(right), Constant):
                        break
                    value, offset = left, offset + self._find_bounds(right).low
                case _:
                    break
        return value, offset


def _restore(facts: dict[_Key, _Fact], old: list[tuple[_Key, _Fact | None]], length: int) -> None:
    """Put facts back that were changed, latest first, until `old` has `length` entries."""
    while len(old) > length:
        key, fact = old.pop()
        if fact is None:
            facts.pop(key, None)
        else:
            facts[key] = fact
