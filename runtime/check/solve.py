"""The slow pass: ask z3 about each obligation that the fast pass left.

In: a verified function and the fast pass's findings. Out: how many obligations were proved, and a
diagnostic for each that was not: with a counterexample that has been replayed, or saying that the prover
gave up. An input that does not fault when it is replayed is never shown as a counterexample.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from runtime import limits
from runtime.check import smt
from runtime.check.counterexample import Counterexample, replay_counterexample
from runtime.check.model import Model, find_key
from runtime.check.ranges import Analysis, Finding
from runtime.check.smt import Answer, Term
from runtime.check.symbolic import build_model
from runtime.diagnostic import Diagnostic
from runtime.ir.interpret import Fault
from runtime.ir.nodes import Function
from runtime.source import Span

_MAX_REFUTED = 5  # diagnostics of one function; more would not help its author
_SHRINK_BYTES = (0, 8, 32, 64, 256, 1024, 4096, 65536)  # sizes of inputs tried, smallest first
_FIRST_SHARE = 10  # of a loop, the first round is worth this fraction of a query's resource units
_SHRINK_SHARE = 10  # a smaller input is worth this fraction of a query's resource units

_CODES = {
    "bounds": "CHK001",
    "wrap": "CHK002",
    "convert": "CHK003",
    "divisor": "CHK004",
    "shift": "CHK005",
    "count": "CHK006",
}

_WAYS_OUT = {
    "bounds": "check the offset against `length` first, on the same path and without wrapping",
    "wrap": "compare the operands first, or say `wrapping` where wrapping is meant",
    "convert": "compare the number first, or mask it where losing high bits is meant",
    "divisor": "compare the divisor with 0 first",
    "shift": "mask or compare the shift amount first",
    "count": "raise the loop's `max`, or compare the count with it first",
}


@dataclass(slots=True)
class Solution:
    """What the slow pass found.

    Args:
        proved: number of obligations.
        effort: resource units spent.
        refuted: a diagnostic for each obligation that can be violated.
        counterexamples: for each of `refuted`.
        undecided: a diagnostic for each obligation that was neither proved nor refuted.
    """

    proved: int = 0
    effort: int = 0
    refuted: list[Diagnostic] = field(default_factory=list)
    counterexamples: list[Counterexample] = field(default_factory=list)
    undecided: list[Diagnostic] = field(default_factory=list)


def solve_obligations(function: Function, analysis: Analysis, budget: int) -> Solution:
    """Ask about every obligation that `analysis` has not proved, in the order of the text.

    Args:
        function: verified.
        analysis: of `function`.
        budget: instructions that a replay may take.
    """
    model = build_model(function, analysis)
    search = _Search(function, model, budget)
    left = [finding for finding in analysis.findings if not finding.proved]
    for number, finding in enumerate(left):
        if search.exhausted or number == limits.MAX_QUERIES:
            search.give_up(finding.instruction.span, "too much of this function needs z3")
            break
        search.decide(finding)
        if len(search.solution.refuted) == _MAX_REFUTED:
            break
    return search.solution


class _Search:
    """The state of one run: what was found, and which obligations are assumed because they were refuted."""

    def __init__(self, function: Function, model: Model, budget: int) -> None:
        self.function = function
        self.model = model
        self.budget = budget
        self.solution = Solution()
        self.queries = 0
        self.assumed: list[Term] = []
        self.blamed: set[int] = set()

    @property
    def exhausted(self) -> bool:
        """True when the function has had its share of z3."""
        return self.queries >= limits.MAX_QUERIES or self.solution.effort >= limits.Z3_TOTAL_RLIMIT

    def decide(self, finding: Finding) -> None:
        """Prove one obligation, or refute it and assume it for the questions that follow."""
        violations = self.model.violations.get(find_key(finding), ())
        violated = smt.disjunction(*violations)
        known = [*self.model.axioms, *self.assumed]
        assertions, answer = self.ask_first(known, violations)
        if answer.status != "possible":
            assertions = [*known, violated]
            answer = self.ask(assertions, limits.Z3_RLIMIT)
        if answer.status == "impossible":
            self.solution.proved += 1
            return
        self.assumed.append(smt.negation(violated))
        if answer.status == "unknown":
            self.give_up(finding.instruction.span, "z3 used up its resources on it")
            return
        inputs = self.find_inputs(assertions, answer)
        if inputs is None:
            self.give_up(
                finding.instruction.span, "inputs that would violate it are too large to be replayed"
            )
            return
        fault = replay_counterexample(self.function, inputs, self.budget)
        if fault is None:
            self.give_up(finding.instruction.span, "z3 knows too little of a loop or table before it")
        elif id(fault.instruction) not in self.blamed:
            self.blamed.add(id(fault.instruction))
            self.solution.refuted.append(_describe_fault(fault, inputs))
            self.solution.counterexamples.append(inputs)

    def ask_first(self, known: list[Term], violations: Sequence[Term]) -> tuple[list[Term], Answer]:
        """Ask about the first round of a loop alone: there most mistakes show, and it is a small question."""
        if len(violations) < 2:
            return [], Answer("unknown", 0, None)
        assertions = [*known, violations[0]]
        return assertions, self.ask(assertions, limits.Z3_RLIMIT // _FIRST_SHARE)

    def ask(self, assertions: Sequence[Term], rlimit: int) -> Answer:
        """Ask z3, within what is left of the whole function's resource units."""
        if any(term is smt.FALSE for term in assertions):
            return Answer("impossible", 0, None)
        if self.exhausted:
            return Answer("unknown", 0, None)
        self.queries += 1
        answer = smt.ask(assertions, min(rlimit, limits.Z3_TOTAL_RLIMIT - self.solution.effort))
        self.solution.effort += answer.effort
        return answer

    def give_up(self, span: Span, reason: str) -> None:
        """Note that an obligation was not decided."""
        message = "this could be neither proved nor disproved"
        notes = (
            reason,
            "make the check before it simpler, the loop shorter, or repeat the check inside the loop",
        )
        self.solution.undecided.append(Diagnostic("CHK030", message, span, notes))

    def find_inputs(self, assertions: list[Term], answer: Answer) -> Counterexample | None:
        """Return short inputs that violate the obligation; None: they are too large."""
        lengths = [self.model.lengths[region.name] for region in self.function.regions if not region.constant]
        low = -1
        for bound in _SHRINK_BYTES:
            smaller = self.ask_within(assertions, lengths, bound)
            if smaller.status == "possible":
                answer = smaller
                break
            low = bound
        high = self.count_bytes(answer, lengths)
        while low + 1 < high <= _SHRINK_BYTES[-1]:
            middle = (low + high) // 2
            smaller = self.ask_within(assertions, lengths, middle)
            if smaller.status == "possible":
                answer, high = smaller, min(middle, self.count_bytes(smaller, lengths))
            else:
                low = middle
        return self.read_inputs(answer)

    def ask_within(self, assertions: list[Term], lengths: list[Term], bound: int) -> Answer:
        """Ask again with the variable regions together at most `bound` bytes long."""
        return self.ask([*assertions, smt.sum_at_most(lengths, bound)], limits.Z3_RLIMIT // _SHRINK_SHARE)

    def count_bytes(self, answer: Answer, lengths: list[Term]) -> int:
        """Return the sum of the lengths in the answer's model."""
        assert answer.model is not None, "only a possible answer has inputs"
        return sum(smt.read_number(answer.model, length) for length in lengths)

    def read_inputs(self, answer: Answer) -> Counterexample | None:
        """Return the inputs of the answer's model."""
        model, found = self.model, answer.model
        assert found is not None, "only a possible answer has inputs"
        if self.count_bytes(answer, list(model.lengths.values())) > limits.MAX_MESSAGE_BYTES:
            return None
        regions: list[tuple[str, bytes]] = []
        for name, length in model.lengths.items():
            content = bytearray(smt.read_number(found, length))
            accesses = [(each.offset, each.width) for each in model.trace.loads if each.region == name]
            for place, byte in smt.collect_bytes(found, model.memories[name], accesses, len(content)).items():
                content[place] = byte
            regions.append((name, bytes(content)))
        parameters = tuple(
            (parameter.name, smt.read_number(found, term))
            for parameter, term in zip(self.function.parameters, model.parameters, strict=True)
        )
        answers = tuple(
            (name, tuple(smt.read_number(found, result) for result in results))
            for reached, name, results in model.trace.calls
            if smt.read_number(found, reached)
        )
        contents = tuple(
            (name, smt.read_number(found, answer))
            for reached, name, answer in model.trace.lookups
            if smt.read_number(found, reached)
        )
        return Counterexample(tuple(regions), parameters, answers, contents)


def _describe_fault(fault: Fault, inputs: Counterexample) -> Diagnostic:
    notes = (*inputs.render(), _WAYS_OUT[fault.kind])
    return Diagnostic(_CODES[fault.kind], fault.message, fault.instruction.span, notes)
