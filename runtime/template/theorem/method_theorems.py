"""Theorems about methods: owned after = owned before + gives - takes, for every object and all arguments.

In: a template and one of its methods. Out: goals. Partitions that are not listed are one symbolic number `p`;
of the listed ones, what each owns before and after is counted, for one symbolic tuple, so that arrays of any
length cost the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from runtime.check import smt
from runtime.check.smt import Term
from runtime.check.trace import Emission
from runtime.template.nodes import TAKES, TOUCHES, Method, Template
from runtime.template.theorem.goal import Goal, Violation
from runtime.template.theorem.method_accounts import differ_as_multisets, list_account_goals
from runtime.template.theorem.method_bytes import list_byte_goals
from runtime.template.theorem.method_setting import Setting, make_goal
from runtime.template.theorem.spans import at_most, equal, word


@dataclass(frozen=True, slots=True, eq=False)
class MethodGoals:
    """What is to be shown of one method.

    Args:
        sound: that loads after stores see whole numbers, on which the other goals rest.
        single: theorems about every tuple and every store by itself.
        whole: theorems about all of them together, each as goals that imply it, to be tried in order.
        exact: False when loops were left out: then `whole` cannot be decided.
    """

    sound: Goal
    single: tuple[Goal, ...]
    whole: tuple[tuple[Goal, ...], ...]
    exact: bool


def list_method_goals(template: Template, method: Method, exact: bool = False) -> MethodGoals:
    """Return the theorems about `method`.

    Args:
        template: whose method it is.
        method: its functions are proved safe.
        exact: True reasons about bytes, not words; slower, for methods whose numbers overlap.
    """
    setting = Setting(template, method, exact)
    frame, accounts = _frame(setting), list_account_goals(setting)
    single = (_kinds(setting), _refusal(setting), *list_byte_goals(setting))
    sound = make_goal(setting, "whole numbers", "loads after stores see whole numbers", "", "")
    violations = tuple(Violation(term, method.span) for term in setting.conflicts.terms)
    known = setting.exact and all(run.trace.exact for run in setting.runs)
    return MethodGoals(replace(sound, violations=violations), single, (frame, accounts), known)


def _kinds(setting: Setting) -> Goal:
    """Return that the changes are well formed; a part is nothing that can be given or taken."""
    blocks = [word(number) for number, kind in enumerate(setting.template.kinds) if kind.mode != "part"]
    violations: list[Violation] = []
    for each in setting.changes.trace.emitted:
        known = smt.disjunction(
            equal(each.words[0], word(TOUCHES)),
            smt.conjunction(
                at_most(each.words[0], word(TAKES)),
                smt.disjunction(*(equal(each.words[3], kind) for kind in blocks)),
            ),
        )
        violations.append(
            Violation(smt.conjunction(each.reached, smt.negation(known)), each.instruction.span)
        )
    name = f"`{setting.method.name}` of `{setting.template.name}`"
    goal = make_goal(
        setting,
        "changes well formed",
        "what the method gives and takes are blocks of one of the declared kinds",
        "TPL010",
        f"the method {name} gives or takes something that is not blocks of a declared kind",
    )
    return replace(goal, violations=tuple(violations))


def _refusal(setting: Setting) -> Goal:
    """Return that a method that refuses has changed nothing."""
    refused = smt.negation(setting.done)
    violations = [
        Violation(smt.conjunction(store.reached, refused), store.instruction.span)
        for store in setting.body.trace.stores
    ]
    goal = make_goal(
        setting,
        "refusal changes nothing",
        "when a `require` does not hold, the object is as before",
        "TPL030",
        f"the method `{setting.method.name}` of `{setting.template.name}` changes the object and refuses",
    )
    return replace(goal, violations=tuple(violations))


def _frame(setting: Setting) -> tuple[Goal, ...]:
    """Return that partitions that are not listed own what they owned: tuple by tuple, or as multisets."""
    before, after = setting.owns(setting.p, "p")
    touched = smt.disjunction(
        *(smt.conjunction(each.present, equal(each.number, setting.p)) for each in setting.listed)
    )
    assumed = smt.conjunction(setting.done, smt.negation(touched))
    changes: list[Term] = []
    if len(before.trace.emitted) == len(after.trace.emitted):  # else a loop was cut short in one of them
        pairs = zip(before.trace.emitted, after.trace.emitted)
        changes.append(smt.disjunction(*(_differ(one, other) for one, other in pairs)))
    changes.append(differ_as_multisets(before, after, setting.template))
    goal = make_goal(
        setting,
        "unlisted partitions unchanged",
        "a partition that the method does not list owns the same before and after",
        "TPL031",
        f"the method `{setting.method.name}` of `{setting.template.name}` changes a partition that it does "
        "not list",
    )
    goal = replace(goal, numbers=(("p", setting.p),))
    violations = [Violation(smt.conjunction(assumed, each), setting.method.span) for each in changes]
    return tuple(replace(goal, violations=(each,)) for each in violations)


def _differ(one: Emission, other: Emission) -> Term:
    """Return that one of two emissions of the same instruction differs from the other."""
    words = smt.disjunction(
        *(smt.negation(equal(first, second)) for first, second in zip(one.words, other.words))
    )
    either = smt.disjunction(
        smt.conjunction(one.reached, smt.negation(other.reached)),
        smt.conjunction(other.reached, smt.negation(one.reached)),
    )
    return smt.disjunction(either, smt.conjunction(one.reached, words))
