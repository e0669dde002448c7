"""Replay a counterexample in the reference interpreter: does what it says really happen?

In: a template set and a counterexample, from the prover or from a file. Out: `Fault`: what happens, in words,
and the bytes that matter; None when nothing of the kind happens. What is not seen here is never shown as a
counterexample.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from runtime.check.counterexample import replay_counterexample as run_again
from runtime.ir import interpret
from runtime.template.counterexample import SAFE, Counterexample
from runtime.template.nodes import META, Template, TemplateSet
from runtime.template.policies import list_functions
from runtime.template.replays.ask import Object
from runtime.template.replays.case import Case, Fault
from runtime.template.replays.dump import dump_object
from runtime.template.replays.methods import (
    replay_changes,
    replay_delta,
    replay_frame,
    replay_refusal,
    replay_unit_change,
    replay_written,
)
from runtime.template.replays.partitions import (
    replay_apart,
    replay_complete,
    replay_disjoint,
    replay_inside,
    replay_kinds,
    replay_raw,
    replay_unit,
    replay_zero,
)
from runtime.template.replays.parts import (
    replay_part_raw,
    replay_part_reads,
    replay_parts_disjoint,
    replay_parts_inside,
    replay_raw_over_part,
    replay_unread,
)

_PARTITIONS = ("p", "q")


def replay_fault(templates: TemplateSet, counterexample: Counterexample) -> Fault | None:
    """Return what happens; None: nothing that the theorem forbids."""
    template = templates.get(counterexample.template)
    if template is None or not _is_possible(template, counterexample):
        return None
    if counterexample.theorem == SAFE:
        return _replay_safe(template, counterexample)
    replay = _REPLAYS.get(counterexample.theorem)
    if replay is None:
        return None
    subject = Object(template, counterexample.meta, counterexample.arguments)
    case = Case(subject, templates, dict(counterexample.numbers), counterexample.function)
    try:
        partitions = subject.partitions()
        if any(case.numbers[name] >= partitions for name in _PARTITIONS if name in case.numbers):
            return None
        return replay(case)
    except (interpret.Fault, ValueError):
        return None  # a fault is the matter of another theorem; a ValueError says that the regions do not fit


def _is_possible(template: Template, counterexample: Counterexample) -> bool:
    """Say whether the object can have this length, and the arguments these values."""
    length = len(counterexample.meta)
    return length <= template.maximum and (not template.constant or length == template.maximum)


def render_counterexample(
    template: Template, counterexample: Counterexample, fault: Fault | None
) -> tuple[str, ...]:
    """Return the lines of a note: the object with its fields, the arguments, and what happens."""
    lines: list[str] = []
    for name, content in counterexample.regions:
        if name not in ("meta", "after"):
            continue
        what = template.name if name == META else f"{template.name} as it would be afterwards"
        lines.append(f"with a `{what}` of {len(content)} bytes{_zeros(content)}")
        lines += dump_object(template, content, fault.places if fault is not None else ())
    lines += [f"with `{name}` = {number}" for name, number in _list_arguments(template, counterexample)]
    lines += [
        f"with {'partition ' if name in _PARTITIONS else ''}`{name}` = {number}"
        for name, number in counterexample.numbers
        if name != "byte"
    ]
    lines += [f"with `{name}` answering {', '.join(map(str, each))}" for name, each in counterexample.answers]
    return (*lines, *(fault.lines if fault is not None else ("nothing that is forbidden happens",)))


def replay(templates: TemplateSet, counterexample: Counterexample) -> tuple[str, ...]:
    """Return the lines that `udfc run --counterexample` prints."""
    template = templates.get(counterexample.template)
    if template is None:
        return (f"there is no template `{counterexample.template}`",)
    fault = replay_fault(templates, counterexample)
    return (
        f"theorem: {counterexample.theorem}",
        *render_counterexample(template, counterexample, fault),
    )


def _zeros(content: bytes) -> str:
    return ":" if any(content) else ", all of them 0"


def _list_arguments(template: Template, counterexample: Counterexample) -> list[tuple[str, int]]:
    parameters = list(template.parameters)
    wanted = counterexample.function.removeprefix("changes of ").removeprefix("method ")
    parameters += [each for method in template.methods if method.name == wanted for each in method.parameters]
    words = counterexample.arguments
    return [
        (parameter.name, int.from_bytes(words[8 * number : 8 * number + 8], "little"))
        for number, parameter in enumerate(parameters)
        if 8 * number + 8 <= len(words)
    ]


def _replay_safe(template: Template, counterexample: Counterexample) -> Fault | None:
    for role, function, policy in list_functions(template):
        if role != counterexample.function:
            continue
        declared = {region.name for region in function.regions}
        regions = tuple(each for each in counterexample.regions if each[0] in declared)
        try:
            fault = run_again(function, replace(counterexample.inputs(), regions=regions), policy.budget)
        except (ValueError, KeyError):
            return None
        return None if fault is None else Fault((f"`{role}` faults: {fault.message}",))
    return None


_REPLAYS: dict[str, Callable[[Case], Fault | None]] = {
    "kinds known": replay_kinds,
    "zeros own nothing": replay_zero,
    "unit reads the discriminator": replay_unit,
    "read sets complete": replay_complete,
    "parts told apart by the discriminator": replay_part_reads,
    "read sets inside": replay_inside,
    "read sets disjoint": replay_disjoint,
    "read sets apart from the discriminator": replay_apart,
    "raw writes harmless": replay_raw,
    "parts inside": replay_parts_inside,
    "parts disjoint": replay_parts_disjoint,
    "parts not read": replay_unread,
    "parts keep the discriminator": replay_part_raw,
    "parts keep their bytes": replay_raw_over_part,
    "changes well formed": replay_changes,
    "refusal changes nothing": replay_refusal,
    "unlisted partitions unchanged": replay_frame,
    "owned after = before + gives - takes": replay_delta,
    "unit unchanged": replay_unit_change,
    "parts not written": replay_written,
}
