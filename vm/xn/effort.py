"""How long asking an object can take, at most: what recovery and every comparison must be able to afford.

In: a set of proved templates. Out: instructions, or a refusal. The prover bounds each function; XN asks
`owns` once for each partition, and goes on into parts, so it bounds the whole. Nobody may make an object that
the kernel would later find too much: what can be allocated can be recovered.
"""

from __future__ import annotations

from runtime.check.bound import find_cost
from runtime.check.ranges import analyse_function
from runtime.ir.nodes import Return
from runtime.template.nodes import Template, TemplateSet
from vm.xn.limits import BLOCK, MAX_EFFORT, MAX_PARTITIONS
from vm.xok.refusal import Code, Refusal


def check_effort(templates: TemplateSet) -> None:
    """Refuse templates whose objects could take too long.

    Raises:
        Refusal: TYPE_REFUSED.
    """
    known: dict[str, int] = {}
    for name in templates:
        effort = _find_effort(name, templates, known)
        if effort > MAX_EFFORT:
            raise Refusal(Code.TYPE_REFUSED, f"asking a `{name}` what it owns may take {effort} instructions")


def has_few_partitions(template: Template) -> bool:
    """Say whether no object of a template has more partitions than XN asks about; else they are counted."""
    return _find_most(template) <= MAX_PARTITIONS


def _find_effort(name: str, templates: TemplateSet, known: dict[str, int]) -> int:
    """Return the most instructions of asking an object and its parts; no template is a part of itself."""
    if name in known:
        return known[name]
    template = templates[name]
    cost = find_cost(template.owns)
    partitions = min(MAX_PARTITIONS, _find_most(template))
    effort = max(1, partitions) * cost.instructions
    for kind in template.kinds:
        if kind.mode == "part" and kind.template in templates:
            inner = templates[kind.template]
            smallest = inner.maximum if inner.constant else 1
            most = min(partitions * cost.emits, min(template.maximum, BLOCK) // smallest)
            effort += most * _find_effort(kind.template, templates, known)
    known[name] = effort
    return effort


def _find_most(template: Template) -> int:
    """Return the largest number of partitions that an object may have, as far as the function shows it."""
    last = template.partitions.body[-1]
    assert isinstance(last, Return), "proved: the only `return` is at the end"
    return analyse_function(template.partitions).ranges[last.values[0]].high
