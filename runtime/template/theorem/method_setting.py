"""What the theorems about one method speak of: the method, run once on any object with any arguments.

In: a template and one of its methods. Out: `Setting`: the change, what it claims, and what any partition owns
before and after.
"""

from __future__ import annotations

from dataclasses import dataclass

from runtime import limits
from runtime.check import smt
from runtime.check.memory import Conflicts, WordMemory
from runtime.check.smt import Term
from runtime.check.trace import Trace
from runtime.template.nodes import TOUCHES, Method, Template
from runtime.template.theorem.goal import Goal
from runtime.template.theorem.spans import below, equal, word
from runtime.template.theorem.subject import Run, Subject


@dataclass(frozen=True, slots=True, eq=False)
class Listed:
    """A partition that the method lists: counted when `present`, so that none is counted twice."""

    present: Term
    number: Term


class Setting:
    """The runs that the theorems about one method speak of.

    `done` says that no `require` refuses; `exact` is False when not all listed partitions are in `listed`.
    """

    def __init__(self, template: Template, method: Method, exact: bool) -> None:
        self.template, self.method = template, method
        self.subject = Subject(template, method.parameters, unrolled_limit=limits.MAX_METHOD_UNROLLED)
        self.conflicts = Conflicts(exact)
        self.before = WordMemory(self.subject.start, self.conflicts)
        self.p = self.subject.partition("p")
        self.body = self.subject.run(method.body, "body", meta=self.before, method=True)
        self.changes = self.subject.run(method.changes, "changes", meta=self.before, method=True)
        self.done = equal(self.body.result, word(0))
        self.runs = [self.body, self.changes]
        listed = _list_touched(self.changes, self.subject.partitions)
        self.listed = listed[: limits.MAX_LISTED]
        self.exact = len(listed) == len(self.listed)

    def owns(self, partition: Term, name: str) -> tuple[Run, Run]:
        """Return what a partition owns before and after the change."""
        before = self.subject.owns(partition, f"{name} before", self.before)
        after = self.subject.owns(partition, f"{name} after", self.body.meta)
        self.runs += [before, after]
        return before, after

    @property
    def traces(self) -> tuple[Trace, ...]:
        """What was run."""
        return tuple(run.trace for run in self.runs)


def make_goal(setting: Setting, name: str, says: str, code: str, failed: str) -> Goal:
    """Return a theorem about the method, still without its violations."""
    way_out = "list what changes in `changes`, `gives` and `takes`, or `require` what the change relies on"
    return Goal(
        name,
        says,
        code,
        failed,
        way_out,
        setting.subject,
        (),
        (),
        setting.traces,
        setting.method.name,
    )


def _list_touched(changes: Run, partitions: Term) -> list[Listed]:
    """Return the partitions that the changes list, each present only the first time."""
    found: list[Listed] = []
    for each in changes.trace.emitted:
        listed = smt.conjunction(each.reached, equal(each.words[0], word(TOUCHES)))
        if listed is smt.FALSE:
            continue
        number = smt.simplify(each.words[1])
        earlier = [smt.conjunction(one.present, equal(one.number, number)) for one in found]
        present = smt.conjunction(listed, below(number, partitions), smt.negation(smt.disjunction(*earlier)))
        found.append(Listed(present, number))
    return found
