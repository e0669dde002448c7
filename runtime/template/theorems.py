"""Every theorem about a template, in order: the list of theorems is the list of what `udfc prove` prints.

In: a template whose functions are safe. Out: for each theorem its status, and a refusal for each that does
not hold. A method that can be neither proved nor refuted is `tested`: the kernel compares before and after.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from time import perf_counter

from runtime import limits
from runtime.check.prove import SOLVER
from runtime.check.walk import walk_body
from runtime.diagnostic import Diagnostic, Refused
from runtime.ir.nodes import For
from runtime.template.counterexample import Counterexample
from runtime.template.nodes import Method, Template, TemplateSet
from runtime.template.replay import render_counterexample
from runtime.template.result import Proof, Status, TheoremResult
from runtime.template.theorem.goal import Goal
from runtime.template.theorem.method_theorems import list_method_goals
from runtime.template.theorem.part_theorems import list_domain_goals, list_part_goals, list_part_method_goals
from runtime.template.theorem.partition_theorems import list_partition_goals
from runtime.template.theorem.prover import Decision, decide_goal
from runtime.template.theorem.subject import Scene, set_scene

_DOMAIN_RLIMIT = 2_000_000
"""What it is worth to prove that arguments are allowed: at run time it costs one comparison each."""


def prove_theorems(template: Template, templates: TemplateSet) -> Proof:
    """Decide every theorem about `template`."""
    with SOLVER:
        ledger = _Ledger(template, templates)
        try:
            _prove_all(ledger)
        except Refused as refused:  # too large to be judged
            ledger.diagnostics += refused.diagnostics
    return ledger.proof()


def _prove_all(ledger: _Ledger) -> None:
    """Decide every theorem; those about partitions first with loops that stand for any one round.

    That is much less to think about, and mostly enough: they are about every single tuple and load. Only
    what cannot be decided so is asked again, with the loops unrolled.
    """
    template, templates = ledger.template, ledger.templates
    limit = 0 if _has_loops(template) else limits.MAX_UNROLLED
    scene = set_scene(template, limit)
    finer: list[Goal] = []
    for number, goal in enumerate(_list_goals(template, templates, scene)):
        decision = ledger.decide(goal)
        if decision.status == "unknown" and limit == 0:
            finer = finer or _list_goals(template, templates, set_scene(template, limits.MAX_UNROLLED))
            again = ledger.decide(finer[number])
            decision = replace(again, effort=again.effort + decision.effort)
        ledger.settle(goal, decision)
    for goal in list_domain_goals(template, templates, scene):
        ledger.settle_or_test(goal, ledger.decide(goal, _DOMAIN_RLIMIT))
    for goal in list_part_method_goals(template, templates, scene):
        ledger.settle_or_test(goal, ledger.decide(goal))
    if not ledger.diagnostics:  # the theorems about methods rest on the others
        for method in template.methods:
            _prove_method(ledger, method)


def prove_method(template: Template, method: Method, templates: TemplateSet) -> Proof:
    """Decide the theorems about one method of `template`, which has been proved without it."""
    with SOLVER:
        ledger = _Ledger(template, templates)
        _prove_method(ledger, method)
    return ledger.proof()


def _list_goals(template: Template, templates: TemplateSet, scene: Scene) -> list[Goal]:
    return [*list_partition_goals(template, scene), *list_part_goals(template, templates, scene)]


def _has_loops(template: Template) -> bool:
    bodies = (template.owns.body, template.reads.body, template.partitions.body, template.unit.body)
    return any(isinstance(each, For) for body in bodies for each in walk_body(body))


@dataclass(slots=True)
class _Ledger:
    """What has been decided so far."""

    template: Template
    templates: TemplateSet
    theorems: list[TheoremResult] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    counterexamples: list[tuple[int, Counterexample]] = field(default_factory=list)
    started: float = field(default_factory=perf_counter)
    effort: int = 0

    def decide(self, goal: Goal, rlimit: int = limits.Z3_TOTAL_RLIMIT) -> Decision:
        """Decide a goal within what is left for the template."""
        left = limits.Z3_TEMPLATE_RLIMIT - self.effort
        decision = decide_goal(goal, self.templates, min(rlimit, left))
        self.effort += decision.effort
        return decision

    def settle(self, goal: Goal, decision: Decision) -> None:
        """Note a theorem; refuse the template where it does not hold."""
        self.note(goal, decision.status, decision.effort)
        if decision.status == "proved":
            return
        notes: tuple[str, ...] = ("it could be neither proved nor disproved",)
        if decision.counterexample is not None:
            notes = render_counterexample(self.template, decision.counterexample, decision.fault)
            self.counterexamples.append((len(self.diagnostics), decision.counterexample))
        code, message = goal.code, goal.failed
        if decision.status == "unknown":
            code, message = "TPL040", f"it is not certain that {goal.says} (`{self.template.name}`)"
        diagnostic = Diagnostic(code, message, decision.span, (*notes, goal.way_out))
        self.diagnostics.append(diagnostic)

    def settle_or_test(self, goal: Goal, decision: Decision) -> None:
        """Note a theorem that the kernel can test at run time instead."""
        self.note(goal, "proved" if decision.status == "proved" else "tested", decision.effort)

    def note(self, goal: Goal, status: Status, effort: int) -> None:
        """Note a theorem and the time since the one before."""
        now = perf_counter()
        name = f"{goal.method}: {goal.name}" if goal.method else goal.name
        self.theorems.append(
            TheoremResult(
                self.template.name, name, goal.says, status, now - self.started, effort, goal.method
            )
        )
        self.started = now

    def proof(self) -> Proof:
        """Return everything."""
        return Proof(tuple(self.theorems), tuple(self.diagnostics), tuple(self.counterexamples))


def _prove_method(ledger: _Ledger, method: Method) -> None:
    """Decide the theorems about one method, over words where that is sound, else over bytes."""
    goals = list_method_goals(ledger.template, method)
    sound = ledger.decide(goals.sound)
    effort = sound.effort
    if sound.status != "proved":
        goals = list_method_goals(ledger.template, method, exact=True)
    for ways in (*((goal,) for goal in goals.single), *(goals.whole if goals.exact else ())):
        for goal in ways:
            decision = ledger.decide(goal)
            effort += decision.effort
            if decision.status != "unknown":
                break
        if decision.status == "refuted":
            ledger.settle(goal, replace(decision, effort=effort))
            return  # one counterexample is enough to see what is wrong
        ledger.note(goal, "proved" if decision.status == "proved" else "tested", effort)
        effort = 0
    for ways in () if goals.exact else goals.whole:
        ledger.note(ways[0], "tested", 0)
