"""How often `for i in a..b` runs.

In: the operands of both ends. Out: the operand of the number of rounds, 0 where the first is the larger one.
"""

from __future__ import annotations

from grammar.lowering.arithmetic import combine, compare_operands
from grammar.lowering.making import Making
from grammar.lowering.operand import Known, Made, Operand
from runtime.ir.nodes import Type
from runtime.source import Span

MAX_ROUNDS = 1 << 16
"""Of a loop that does not say how often it may run."""


def count_rounds(frame: Making, low: Operand, high: Operand, span: Span) -> Operand:
    """Return `b - a`, or 0 where a > b."""
    if low == Known(0):
        return high
    if isinstance(low, Known) and isinstance(high, Known):
        return Known(max(high.number - low.number, 0))
    ascending = compare_operands(frame, "<=", low, high)
    builder = frame.builder
    builder.if_(frame.value(ascending, Type.U1))
    builder.yield_(frame.value(combine(frame, "-", high, low, span)))
    builder.else_()
    builder.yield_(frame.number(0))
    least = low.number if isinstance(low, Known) else 0
    return Made(builder.end()[0], max(high.high - least, 0))
