"""Theorems about the bytes that a method writes: those that say more than what its own partitions own.

In: the setting of a method. Out: goals. The other theorems compare tuples. Two changes escape them: of what a
block number means, and of bytes inside a part, whose template owns blocks by itself.
"""

from __future__ import annotations

from dataclasses import replace

from runtime.check import smt
from runtime.template.nodes import DATA, META
from runtime.template.theorem.goal import Goal, Violation
from runtime.template.theorem.method_setting import Setting, make_goal
from runtime.template.theorem.spans import Bytes, any_meet, equal, word


def list_byte_goals(setting: Setting) -> tuple[Goal, ...]:
    """Return the theorems about the bytes that a method writes."""
    parts = any(kind.mode == "part" and kind.template != DATA for kind in setting.template.kinds)
    return (_unit(setting), *((_parts(setting),) if parts else ()))


def _unit(setting: Setting) -> Goal:
    """Return that block numbers mean the same blocks afterwards."""
    unit = setting.template.unit
    before = setting.subject.run(unit, "unit before", meta=setting.before)
    after = setting.subject.run(unit, "unit after", meta=setting.body.meta)
    setting.runs += [before, after]
    changed = smt.conjunction(setting.done, smt.negation(equal(before.result, after.result)))
    goal = make_goal(
        setting,
        "unit unchanged",
        "a block number means the same block before and after",
        "TPL033",
        f"the method `{setting.method.name}` of `{setting.template.name}` changes what block numbers mean",
    )
    way_out = "leave the fields that `unit` reads as they are"
    return replace(goal, violations=(Violation(changed, setting.method.span),), way_out=way_out)


def _parts(setting: Setting) -> Goal:
    """Return that no byte of a part is written: its template would have to say what that gives and takes."""
    owns = setting.subject.owns(setting.p, "p and its parts", setting.before)
    setting.runs.append(owns)
    parts = [part.bytes for part in setting.subject.list_parts(owns) if part.kind.template != DATA]
    violations: list[Violation] = []
    for store in setting.body.trace.stores:
        if store.region == META:
            stored = Bytes(smt.conjunction(store.reached, setting.done), store.offset, word(store.width))
            violations.append(Violation(any_meet(parts, [stored]), store.instruction.span))
    goal = make_goal(
        setting,
        "parts not written",
        "a method writes no byte of a part",
        "TPL034",
        f"the method `{setting.method.name}` of `{setting.template.name}` writes bytes of a part",
    )
    way_out = "make it a method of the part's template, which says what that gives and takes"
    return replace(goal, violations=tuple(violations), way_out=way_out, numbers=(("p", setting.p),))
