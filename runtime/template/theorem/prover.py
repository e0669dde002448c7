"""Decide a theorem: ask z3, split into cases where it gives up, replay what it proposes.

In: a goal. Out: proved, refuted with a counterexample that has been replayed, or unknown. Effort is counted
in z3's resource units, so every machine gives the same answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

from runtime import limits
from runtime.check import smt
from runtime.check.smt import Answer, Term
from runtime.ir.nodes import Type
from runtime.source import NOWHERE, Span
from runtime.template.counterexample import Counterexample
from runtime.template.nodes import ARGUMENTS, META, TemplateSet
from runtime.template.policies import arguments_bytes
from runtime.template.replay import replay_fault
from runtime.template.replays.case import Fault
from runtime.template.theorem.goal import Goal
from runtime.template.theorem.spans import at_most, equal, word
from runtime.template.theorem.subject import Subject

_FIRST_SHARE = 4  # before cases are split, a question is worth this fraction of the largest effort
_TOGETHER_SHARE = 20  # and all violations together this
_MAX_VALUES = 16  # of a parameter that is split
_MAX_CASES = 64
_LENGTHS = (0, 16, 64, 256, 1024, 4096, 65536)  # of objects that are tried, smallest first
_SMALL = 9  # numbers up to this are easy to look at
_SHRINK_SHARE = 20  # a smaller object or number is worth this fraction of the largest effort


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to one goal.

    Args:
        status: `unknown` also when what z3 proposed did not happen in the interpreter.
        effort: resource units spent.
        span: what is to blame.
        counterexample: for `refuted`.
        fault: what it shows.
    """

    status: Literal["proved", "refuted", "unknown"]
    effort: int
    span: Span = NOWHERE
    counterexample: Counterexample | None = None
    fault: Fault | None = None


def decide_goal(goal: Goal, templates: TemplateSet, rlimit: int) -> Decision:
    """Decide one theorem.

    Args:
        goal: its terms; the caller holds the solver's lock.
        templates: to replay counterexamples with.
        rlimit: resource units for all questions together.
    """
    violations = [(smt.simplify(each.term), each.span) for each in goal.violations]
    possible = [each for each in violations if each[0] is not smt.FALSE]
    if not possible:
        return Decision("proved", 0)
    question = _Question(goal.subject, rlimit)
    answer = question.ask_all([term for term, _ in possible])
    if answer.status == "impossible":
        return Decision("proved", question.effort)
    if answer.status == "unknown":
        return Decision("unknown", question.effort, possible[0][1])
    answer = question.make_small(answer, [*goal.subject.arguments, *(term for _, term in goal.numbers)])
    span = next((span for term, span in possible if _holds(answer, term)), possible[0][1])
    counterexample = read_counterexample(goal, answer)
    fault = None if counterexample is None else replay_fault(templates, counterexample)
    if fault is None:
        return Decision("unknown", question.effort, span)
    return Decision("refuted", question.effort, span, counterexample, fault)


def _holds(answer: Answer, term: Term) -> bool:
    assert answer.model is not None, "only a possible answer has a model"
    return bool(smt.read_number(answer.model, term))


class _Question:
    """What is asked about one object, and the effort that was spent on it."""

    def __init__(self, subject: Subject, rlimit: int) -> None:
        self.subject = subject
        self.rlimit = rlimit
        self.effort = 0
        self.possible: tuple[Term, ...] = ()

    def ask(self, assertions: Sequence[Term], rlimit: int) -> Answer:
        """Ask, within what is left for one theorem."""
        left = self.rlimit - self.effort
        if left <= 0:
            return Answer("unknown", 0, None)
        answer = smt.ask([*self.subject.axioms, *assertions], max(1, min(rlimit, left)))
        self.effort += answer.effort
        if answer.status == "possible":
            self.possible = tuple(assertions)
        return answer

    def ask_all(self, violations: Sequence[Term]) -> Answer:
        """Ask whether one of `violations` is possible: together, which is mostly quicker, or one by one."""
        share = _FIRST_SHARE if len(violations) == 1 else _TOGETHER_SHARE
        answer = self.ask([smt.disjunction(*violations)], limits.Z3_RLIMIT // share)
        if answer.status != "unknown":
            return answer
        for violation in violations:
            if len(violations) > 1:
                answer = self.ask([violation], limits.Z3_RLIMIT // _FIRST_SHARE)
            if answer.status == "unknown":
                answer = self.ask_cases(violation)
            if answer.status != "impossible":
                break
        return answer

    def ask_cases(self, violation: Term) -> Answer:
        """Ask again for each value of parameters that have few."""
        answer = Answer("unknown", 0, None)
        for case in _list_cases(self.subject):
            answer = self.ask([*case, violation], limits.Z3_RLIMIT)
            if answer.status != "impossible":
                break
        return answer

    def make_small(self, answer: Answer, numbers: Sequence[Term]) -> Answer:
        """Return an answer that is easier to look at: with a shorter object, and with smaller numbers.

        Args:
            answer: the last possible one.
            numbers: each of them is made small by itself, if it can be.
        """
        for length in () if self.subject.template.constant else _LENGTHS:
            shorter = self.ask_also(at_most(self.subject.length, word(length)))
            if shorter.status == "possible":
                answer = shorter
                break
        for number in numbers:
            smaller = self.ask_also(at_most(number, word(_SMALL)))
            if smaller.status == "possible":
                answer = smaller
        return answer

    def ask_also(self, assertion: Term) -> Answer:
        """Ask whether what was possible is so with one assertion more."""
        return self.ask([*self.possible, assertion], limits.Z3_RLIMIT // _SHRINK_SHARE)


def _list_cases(subject: Subject) -> Iterator[tuple[Term, ...]]:
    """Yield what is assumed in each case; a single empty case where no parameter has few values."""
    choices: list[list[Term]] = []
    cases = 1
    few = [
        (len(values), number, values)
        for number, parameter in enumerate(subject.parameters)
        if (values := _list_values(parameter.allowed))
    ]
    for count, number, values in sorted(few):
        if cases * count > _MAX_CASES:
            break
        cases *= count
        choices.append([equal(subject.arguments[number], word(value)) for value in values])
    yield from product(*choices)


def _list_values(allowed: tuple[tuple[int, int], ...]) -> list[int]:
    """Return the values of a domain; empty: there are too many."""
    if sum(high - low + 1 for low, high in allowed) > _MAX_VALUES:
        return []
    return [value for low, high in allowed for value in range(low, high + 1)]


def read_counterexample(goal: Goal, answer: Answer) -> Counterexample | None:
    """Return the inputs of the answer's model; None: the object is too large."""
    model, subject = answer.model, goal.subject
    assert model is not None, "only a possible answer has a model"
    length = smt.read_number(model, subject.length)
    if length > limits.MAX_MESSAGE_BYTES:
        return None
    content = bytearray(length)
    if not goal.zero:
        loads = [load for trace in goal.traces for load in trace.loads if load.region == META]
        accesses = [(load.offset, load.width) for load in loads]
        for place, byte in smt.collect_bytes(model, subject.start, accesses, length).items():
            content[place] = byte
    words = b"".join(smt.read_number(model, term).to_bytes(8, "little") for term in subject.arguments)
    arguments = words.ljust(arguments_bytes(len(subject.arguments)), b"\0")
    numbers = tuple((name, smt.read_number(model, term)) for name, term in goal.numbers)
    assert all(number <= Type.U64.maximum for _, number in numbers), "all numbers are words"
    return Counterexample(
        goal.name,
        subject.template.name,
        goal.method,
        ((META, bytes(content)), (ARGUMENTS, arguments)),
        numbers,
    )
