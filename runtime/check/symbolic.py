"""A function as terms: for each obligation that is left, when it is violated.

In: a verified function, what the fast pass found. Out: a `Model`: axioms about the inputs, and for each
obligation a Boolean term that holds exactly for the inputs that violate it. Where the execution was not exact
(`execute`), a violation may be an illusion.

    %2 = ule %1, %0
    if %2 { %4 = load u16be message[%3] }      # violated: 14 <= length and not (3 + 2 <= length)
"""

from __future__ import annotations

from runtime import limits
from runtime.check import smt
from runtime.check.execute import Executor, Inputs
from runtime.check.memory import ByteMemory, Memory
from runtime.check.model import Model, find_key
from runtime.check.obligation import (
    CountAtMost,
    ExactConvert,
    InBounds,
    NonZero,
    NoWrap,
    Obligation,
    ShiftBelow,
    list_obligations,
)
from runtime.check.ranges import Analysis
from runtime.check.smt import Term
from runtime.ir.nodes import Function, Instruction, Type


def build_model(function: Function, analysis: Analysis, unrolled_limit: int = limits.MAX_UNROLLED) -> Model:
    """Return the terms for what `analysis` has not proved: the first `limits.MAX_QUERIES` obligations.

    Args:
        function: verified.
        analysis: of `function`.
        unrolled_limit: instructions of loops that are written out; what is above is known by its invariant.
    """
    model = _describe_inputs(function)
    watch = _Watch(function, analysis, model, unrolled_limit)
    for instruction in function.body:
        if not watch.pending:
            break
        watch.visit_next(instruction)
    model.axioms += model.trace.axioms
    return model


def _describe_inputs(function: Function) -> Model:
    """Return terms for all inputs that the declarations allow."""
    model = Model()
    for region in function.regions:
        length = smt.unknown_term(f"length {region.name}", Type.U64)
        maximum = smt.number_term(region.maximum, Type.U64)
        if region.constant:
            length = maximum
        else:
            model.axioms.append(smt.compare_term("ule", length, maximum))
        model.lengths[region.name] = length
        model.memories[region.name] = smt.bytes_term(f"region {region.name}")
    for parameter in function.parameters:
        model.parameters.append(smt.unknown_term(f"parameter {parameter.name}", parameter.type))
    return model


class _Watch(Executor):
    """An execution that notes when obligations are violated, until all that are left have been met."""

    def __init__(self, function: Function, analysis: Analysis, model: Model, unrolled_limit: int) -> None:
        memories: dict[str, Memory] = {name: ByteMemory(term) for name, term in model.memories.items()}
        inputs = Inputs(model.lengths, memories, tuple(model.parameters))
        super().__init__(function, analysis, inputs, unrolled_limit=unrolled_limit)
        left = [find_key(each) for each in analysis.findings if not each.proved]
        self.left = set(left[: limits.MAX_QUERIES])
        self.pending = set(self.left)
        self.model = model
        self.model.trace = self.trace

    def visit_next(self, instruction: Instruction) -> None:
        """Note when the obligations of `instruction` are violated, and execute it."""
        for obligation in list_obligations(instruction, self.types):
            key = id(instruction), obligation
            if key in self.left:
                self.pending.discard(key)
                violated = smt.conjunction(self.reached, smt.negation(self.holds(obligation)))
                self.model.violations.setdefault(key, []).append(violated)
        self.visit(instruction)

    def holds(self, obligation: Obligation) -> Term:
        """Return when `obligation` holds."""
        match obligation:
            case InBounds(region=region, offset=offset, width=width):
                length, size = self.lengths[region], smt.number_term(width, Type.U64)
                last = smt.binary_term("sub", length, size)
                inside = smt.compare_term("ule", self.values[offset], last)
                return smt.conjunction(smt.compare_term("ule", size, length), inside)
            case NoWrap(operator=operator, left=left, right=right):
                first, second = self.values[left], self.values[right]
                if operator == "sub":
                    return smt.compare_term("ule", second, first)
                fits = {"add": smt.add_fits, "mul": smt.multiply_fits, "shl": smt.shift_fits}
                return fits[operator](first, second)
            case ExactConvert(value=value, type=type_):
                return self.compare_number("ule", value, type_.maximum)
            case NonZero(divisor=divisor):
                return self.compare_number("ne", divisor, 0)
            case ShiftBelow(amount=amount):
                return self.compare_number("ult", amount, self.types[amount].bits)
            case CountAtMost(count=count, maximum=maximum):
                return self.compare_number("ule", count, maximum)
