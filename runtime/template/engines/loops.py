"""Put a function about one partition into a loop over many: so the kernel's code asks about whole objects.

In: a template's `owns` and `partitions`, or `used` and `marks`, each with one `return`, its last instruction.
Out: a function with both bodies in it, so that no call stands between two partitions, and the policy that it
keeps. Of `owns`, with one parameter, comes

    func owns(region meta: ...; region arguments: ...; %0 first: u64; %1 count: u64) emits ... max 4096 {
      %2 = length meta
      ... %3, the number of partitions of an object of %2 bytes ...
      %4 = ult %0, %3
      if %4 {
        %5 = sub %3, %0
        ... %6, the least of %1, 4096 and %5 ...
        for %7 < %6 max 4096 {
          %8 = add %0, %7
          ... what the partition %8 owns ...; next
        }
      }
    }

Nobody needs to believe this file: the loop is verified, proved and validated like any downloaded function.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from runtime.check.bound import find_cost
from runtime.check.ranges import analyse_function
from runtime.check.walk import walk_body
from runtime.ir.nodes import (
    Binary,
    Body,
    Compare,
    Constant,
    For,
    Function,
    If,
    Instruction,
    Length,
    Next,
    Parameter,
    Region,
    Return,
    Select,
    Type,
    Value,
    Yield,
)
from runtime.ir.value_types import find_value_types
from runtime.opt.operands import rename_operands, rename_targets
from runtime.opt.renumber import renumber_values
from runtime.policy import Policy
from runtime.template.nodes import META

MOST_PARTITIONS = 4096
"""Of one call, at most."""

MOST_TUPLES = 16384
"""That one call may emit, unless a single partition may emit more: the buffer has room for them."""

_OVERHEAD = 32
"""Instructions around the bodies, in one iteration and before the first: no more than these."""

_FIRST, _COUNT = Value(0), Value(1)


@dataclass(frozen=True, slots=True)
class PartitionLoop:
    """A function about those of the partitions `first`, `first + 1` ... `first + count - 1` that there are.

    Args:
        function: takes `first` and `count`; of a larger count it does `chunk` partitions.
        policy: what it keeps.
        chunk: at least 1.
        whole: whether no object has more than `chunk` partitions.
    """

    function: Function
    policy: Policy
    chunk: int
    whole: bool


def make_loop(function: Function, counter: Function, policy: Policy) -> PartitionLoop | None:
    """Return the loop around `function`, or None where that cannot be made.

    Args:
        function: verified; emits, and takes the number of one partition.
        counter: verified; takes the length of an object, and returns how many partitions there are.
        policy: that `function` keeps, as the other keeps its own.
    """
    if not (_ends_in_return(function) and _ends_in_return(counter)):
        return None
    most = max(1, find_cost(function).emits)
    chunk = max(1, min(MOST_PARTITIONS, MOST_TUPLES // most))
    looped = Function(
        name=function.name,
        regions=tuple(Region(each.name, each.rights, each.maximum, each.constant) for each in policy.regions),
        parameters=(Parameter("first", Type.U64), Parameter("count", Type.U64)),
        results=(),
        emits=function.emits,
        emit_limit=chunk * most,
        tables=(*counter.tables, *function.tables),
        body=_make_body(function, counter, chunk),
        span=function.span,
    )
    kept = replace(
        policy,
        parameters=(Type.U64, Type.U64),
        emit_limit=chunk * most,
        budget=(chunk + 1) * (policy.budget + _OVERHEAD),
    )
    return PartitionLoop(renumber_values(looped), kept, chunk, _find_most(looped) <= chunk)


def _make_body(function: Function, counter: Function, chunk: int) -> Body:
    """Return the loop. Its own values are numbered above the counter's, and these above the function's."""
    partition = Value(2)
    length = Value(partition + len(find_value_types(function)))
    inside, rest, most, fewer, bound, less, times, index = (
        Value(length + len(find_value_types(counter)) + number) for number in range(8)
    )
    *counting, returned = (_move(each, length) for each in counter.body)
    assert isinstance(returned, Return), "asked by `make_loop`"
    (partitions,) = returned.values
    *owning, _ = (_move(each, partition) for each in function.body)
    loop = (
        Binary(rest, "sub", partitions, _FIRST),
        Constant(most, Type.U64, chunk),
        Compare(fewer, "ult", _COUNT, most),
        Select(bound, fewer, _COUNT, most),
        Compare(less, "ult", bound, rest),
        Select(times, less, bound, rest),
        For(
            (),
            index,
            times,
            chunk,
            (),
            (),
            (Binary(partition, "add", _FIRST, index), *owning, Next(None, ())),
        ),
        Yield(),
    )
    return (
        Length(length, META),
        *counting,
        Compare(inside, "ult", _FIRST, partitions),
        If((), inside, loop, (Yield(),)),
        Return(()),
    )


def _move(instruction: Instruction, by: int) -> Instruction:
    """Return `instruction` with all numbers larger by `by`, so that 0, the parameter, becomes `by`."""

    def move(value: Value) -> Value:
        return Value(value + by)

    moved = rename_targets(rename_operands(instruction, move), move)
    match moved:
        case If(then=then, otherwise=otherwise):
            arms = [tuple(_move(each, by) for each in arm) for arm in (then, otherwise)]
            return replace(moved, then=arms[0], otherwise=arms[1])
        case For(index=index, carried=carried, body=body):
            inner = tuple(_move(each, by) for each in body)
            numbers = tuple(move(value) for value in carried)
            return replace(moved, index=move(index), carried=numbers, body=inner)
        case _:
            return moved


def _ends_in_return(function: Function) -> bool:
    """Say whether the one `return` is the last instruction."""
    returns = sum(isinstance(each, Return) for each in walk_body(function.body))
    return isinstance(function.body[-1], Return) and returns == 1


def _find_most(looped: Function) -> int:
    """Return the largest number of partitions that an object may have."""
    comparison = looped.body[-3]
    assert isinstance(comparison, Compare), "of `first` and the number of partitions"
    return analyse_function(looped).ranges[comparison.right].high
