"""Theorems about parts: bytes of an object that are an object of their own.

In: a template and the set that it belongs to. Out: goals. What may be done to a part without its owner being
asked must not change what the owner says.
"""

from __future__ import annotations

from collections.abc import Iterator

from runtime import limits
from runtime.check import smt
from runtime.check.memory import Conflicts, WordMemory
from runtime.check.smt import Term
from runtime.check.trace import Emission, Trace
from runtime.diagnostic import Diagnostic, Refused
from runtime.template.nodes import DATA, Method, Template, TemplateSet
from runtime.template.theorem.goal import Goal, Violation
from runtime.template.theorem.spans import (
    Bytes,
    add,
    any_meet,
    at_most,
    below,
    equal,
    leaves,
    meet,
    place_extent,
    word,
)
from runtime.template.theorem.subject import PartTerm, Scene, Subject, in_domain, read_spans


def list_part_goals(template: Template, templates: TemplateSet, scene: Scene) -> Iterator[Goal]:
    """Yield the theorems about the parts of `template`; none where it has no parts."""
    if any(kind.mode == "part" for kind in template.kinds):
        yield _inside(template, templates, scene)
        yield _disjoint(template, scene)
        yield _unread(template, scene)
        yield _raw(template, templates, scene)
        yield _raw_over_parts(template, scene)


def _inside(template: Template, templates: TemplateSet, scene: Scene) -> Goal:
    subject = scene.subject
    p = scene.p
    owns = scene.owns_p
    violations: list[Violation] = []
    for part in subject.list_parts(owns):
        child = templates.get(part.kind.template)
        wrong = smt.FALSE  # `data` may have any length
        if child is not None:
            size = word(child.maximum)
            length = part.bytes.length
            fits = equal(length, size) if child.constant else at_most(length, size)
            wrong = smt.conjunction(part.bytes.present, smt.negation(fits))
        bad = smt.disjunction(leaves(part.bytes, subject.length), wrong)
        violations.append(Violation(bad, part.emission.instruction.span))
    return Goal(
        "parts inside",
        "every part lies inside the object and has the size of its template",
        "TPL020",
        f"a part of `{template.name}` leaves the object, or has not the size of its template",
        "compare the part's end with `length`; the length of a part of constant size is that size",
        subject,
        tuple(violations),
        (("p", p),),
        (owns.trace,),
    )


def _disjoint(template: Template, scene: Scene) -> Goal:
    subject = scene.subject
    p, q = scene.p, scene.q
    first, second = scene.owns_p, scene.owns_q
    ours, theirs = list(subject.list_parts(first)), list(subject.list_parts(second))
    violations = [
        Violation(smt.conjunction(below(p, q), meet(one.bytes, other.bytes)), one.emission.instruction.span)
        for one in ours
        for other in theirs
    ]
    for number, one in enumerate(ours):
        span = one.emission.instruction.span
        same = [each for each in ours[:number] if each.emission is not one.emission]
        violations += [
            Violation(smt.conjunction(equal(p, q), meet(one.bytes, each.bytes)), span) for each in same
        ]
        if one.emission.repeated:  # of two iterations nothing is known: it may meet itself
            violations.append(Violation(smt.conjunction(equal(p, q), one.bytes.present), span))
    return Goal(
        "parts disjoint",
        "no byte belongs to two parts",
        "TPL021",
        f"two parts of `{template.name}` have a byte in common",
        "of overlapping members, let only one be a part at a time: test the discriminator",
        subject,
        tuple(violations),
        (("p", p), ("q", q)),
        (first.trace, second.trace),
    )


def _unread(template: Template, scene: Scene) -> Goal:
    subject = scene.subject
    p, q = scene.p, scene.q
    owns, reads = scene.owns_p, scene.reads_q
    spans = read_spans(reads)
    violations = tuple(
        Violation(any_meet([part.bytes], spans), part.emission.instruction.span)
        for part in subject.list_parts(owns)
    )
    return Goal(
        "parts not read",
        "no byte of a part is in the read set of a partition",
        "TPL022",
        f"a partition of `{template.name}` reads bytes of a part",
        "who changes a part does not ask its owner: read such bytes in the part's own template",
        subject,
        violations,
        (("p", p), ("q", q)),
        (owns.trace, reads.trace),
    )


def _raw(template: Template, templates: TemplateSet, scene: Scene) -> Goal:
    subject = scene.subject
    p = scene.p
    owns = scene.owns_p
    fixed = [place_extent(extent, subject.length) for extent in template.discriminator]
    traces: list[Trace] = [owns.trace]
    violations: list[Violation] = []
    for part in subject.list_parts(owns) if fixed else ():
        span = part.emission.instruction.span
        violations += [
            Violation(any_meet(list(_raw_bytes(each, templates)), fixed), span)
            for each in walk_parts(part, templates, traces)
        ]
    return Goal(
        "parts keep the discriminator",
        "bytes of a part that may be written freely are not in its owner's discriminator",
        "TPL023",
        f"`raw_write` of a part of `{template.name}` has a byte of the discriminator",
        "leave the fields that tell the members apart out of the part's `raw_write`",
        subject,
        tuple(violations),
        (("p", p),),
        tuple(traces),
    )


def _raw_bytes(part: PartTerm, templates: TemplateSet) -> Iterator[Bytes]:
    """Yield the freely written bytes of a part."""
    child = templates.get(part.kind.template)
    if child is None:
        yield part.bytes  # data: all bytes are the application's
        return
    for extent in child.raw_write:
        placed = place_extent(extent, part.bytes.length, part.bytes.offset)
        yield Bytes(smt.conjunction(part.bytes.present, placed.present), placed.offset, placed.length)


def _raw_over_parts(template: Template, scene: Scene) -> Goal:
    subject = scene.subject
    raw = [place_extent(extent, subject.length) for extent in template.raw_write]
    parts = subject.list_parts(scene.owns_p) if raw else ()
    violations = tuple(
        Violation(any_meet([part.bytes], raw), part.emission.instruction.span)
        for part in parts
        if part.kind.template != DATA
    )
    return Goal(
        "parts keep their bytes",
        "bytes that may be written freely are in no part",
        "TPL024",
        f"`raw_write` of `{template.name}` has a byte of a part",
        "let the part's template say which of its bytes may be written freely",
        subject,
        violations,
        (("p", scene.p),),
        (scene.owns_p.trace,),
    )


def walk_parts(part: PartTerm, templates: TemplateSet, traces: list[Trace]) -> Iterator[PartTerm]:
    """Yield a part, and the parts in it, all as bytes of the outermost object.

    Of a part's part only this is assumed: that the part, with some bytes and some arguments, has it.

    Args:
        part: of the outermost object.
        templates: none of them a part of itself.
        traces: what was executed is added here.

    Raises:
        Refused: TPL040, when there are too many of them.
    """
    yield part
    child = templates.get(part.kind.template)
    if child is None or not any(kind.mode == "part" for kind in child.kinds):
        return
    if len(traces) > limits.MAX_NESTED_PARTS:
        raise Refused(_too_many("parts of parts", child))
    inner = Subject(child, name=f"part {len(traces)} ")
    inner.axioms.append(equal(inner.length, part.bytes.length))
    owns = inner.owns(inner.partition("q"), "q")
    traces.append(owns.trace)
    assumed = smt.conjunction(part.bytes.present, *inner.axioms)
    for each in inner.list_parts(owns):
        present = smt.conjunction(assumed, each.bytes.present)
        moved = Bytes(present, add(part.bytes.offset, each.bytes.offset), each.bytes.length)
        yield from walk_parts(PartTerm(each.kind, moved, each.arguments, each.emission), templates, traces)


def _too_many(what: str, template: Template) -> Diagnostic:
    message = f"there are more than {limits.MAX_NESTED_PARTS} {what}, too many to be judged"
    notes = ("let fewer partitions have parts, or fewer templates lie between",)
    return Diagnostic("TPL040", message, template.span, notes)


def list_part_method_goals(template: Template, templates: TemplateSet, scene: Scene) -> Iterator[Goal]:
    """Yield, for each method of a part, that it does not change the discriminator of `template`.

    One that does may make an object of another template of the part, which nobody has counted: then the
    kernel compares what the whole object owns before and after.
    """
    if not template.discriminator:
        return
    subject = scene.subject
    p = scene.p
    owns = scene.owns_p
    fixed = [place_extent(extent, subject.length) for extent in template.discriminator]
    traces: list[Trace] = [owns.trace]
    found: dict[str, list[Violation]] = {}
    runs = 0
    for part in subject.list_parts(owns):
        for each in walk_parts(part, templates, traces):
            child = templates.get(each.kind.template)
            if child is None:
                continue
            runs += len(child.methods)
            if runs > limits.MAX_NESTED_PARTS:
                raise Refused(_too_many("methods of parts", template))
            for method in child.methods:
                stores = list(_stored_bytes(each, child, method, len(traces)))
                name = f"{each.kind.template}.{method.name}"
                found.setdefault(name, []).append(Violation(any_meet(stores, fixed), method.span))
    for name, violations in found.items():
        yield Goal(
            "keeps the owner's discriminator",
            "the method of a part writes no byte of its owner's discriminator",
            "",
            "",
            "",
            subject,
            tuple(violations),
            (("p", p),),
            tuple(traces),
            name,
        )


def _stored_bytes(part: PartTerm, child: Template, method: Method, number: int) -> Iterator[Bytes]:
    """Yield what a method of a part may store to, as bytes of the outermost object."""
    inner = Subject(child, method.parameters, f"method {method.name} of part {number} ")
    inner.axioms.append(equal(inner.length, part.bytes.length))
    memory = WordMemory(inner.start, Conflicts(exact=True))
    body = inner.run(method.body, "body", meta=memory, method=True)
    assumed = smt.conjunction(part.bytes.present, *inner.axioms)
    for store in body.trace.stores:
        place = add(part.bytes.offset, store.offset)
        yield Bytes(smt.conjunction(assumed, store.reached), place, word(store.width))


def list_domain_goals(template: Template, templates: TemplateSet, scene: Scene) -> Iterator[Goal]:
    """Yield the theorem that what `template` passes on is allowed; without it the kernel asks each time."""
    subject = scene.subject
    p = scene.p
    owns = scene.owns_p
    violations = [
        Violation(_is_disallowed(emission, number, child), emission.instruction.span)
        for emission in owns.trace.emitted
        for number, kind in enumerate(template.kinds)
        if (child := templates.get(kind.template)) is not None
    ]
    if sum(each.term is not smt.FALSE for each in violations) > limits.MAX_TUPLES:
        violations = [Violation(smt.TRUE, template.span)]  # too many to be asked
    if violations:
        yield Goal(
            "arguments allowed",
            "what is passed on to an owned object is what its template allows",
            "",
            "",
            "",
            subject,
            tuple(violations),
            (("p", p),),
            (owns.trace,),
        )


def _is_disallowed(emission: Emission, number: int, child: Template) -> Term:
    """Return that a tuple is of the kind `number`, which is of `child`, and passes on what that refuses."""
    meant = smt.conjunction(emission.reached, equal(emission.words[2], word(number)))
    if meant is smt.FALSE:
        return meant
    allowed = [
        in_domain(argument, parameter) for argument, parameter in zip(emission.words[3:], child.parameters)
    ]
    return smt.conjunction(meant, smt.negation(smt.conjunction(*allowed)))
