"""Theorems about partitions: what zeros own, what a partition reads, that read sets are apart.

In: a template. Out: goals. `p` and `q` are any two partitions, the object any bytes of any allowed length.
"""

from __future__ import annotations

from collections.abc import Iterator

from runtime.check import smt
from runtime.check.memory import Conflicts, WordMemory
from runtime.check.smt import Term
from runtime.check.trace import Access
from runtime.ir.nodes import Type
from runtime.template.nodes import META, Template
from runtime.template.theorem.goal import Goal, Violation
from runtime.template.theorem.spans import (
    Bytes,
    any_meet,
    at_most,
    below,
    equal,
    holds_byte,
    leaves,
    meet,
    place_extent,
    word,
)
from runtime.template.theorem.spans import add as add_terms
from runtime.template.theorem.subject import Run, Scene, Subject, read_spans


def list_partition_goals(template: Template, scene: Scene) -> Iterator[Goal]:
    """Yield the theorems about the partitions of `template`, and about its raw ranges."""
    yield _kinds(template, scene)
    yield _zero(template, scene)
    yield _unit(template, scene)
    yield _complete(template, scene)
    yield _part_reads(template, scene)
    yield _inside(template, scene)
    yield _disjoint(template, scene)
    yield _apart(template, scene)
    yield _raw(template, scene)


def _kinds(template: Template, scene: Scene) -> Goal:
    subject = scene.subject
    p = scene.p
    owns = scene.owns_p
    limit = word(len(template.kinds))
    violations = [
        Violation(smt.conjunction(each.reached, at_most(limit, each.words[2])), each.instruction.span)
        for each in owns.trace.emitted
    ]
    return Goal(
        "kinds known",
        "every tuple that a partition owns has one of the declared kinds",
        "TPL010",
        f"a partition of `{template.name}` emits a kind that the template does not declare",
        "the third word of a tuple is a number of the template's list of kinds",
        subject,
        tuple(violations),
        (("p", p),),
        (owns.trace,),
    )


def _zero(template: Template, scene: Scene) -> Goal:
    subject = scene.subject
    p = scene.p
    owns = subject.owns(p, "p of zeros", WordMemory(smt.zero_bytes(), Conflicts()))
    violations: list[Violation] = []
    for each in owns.trace.emitted:
        parts = [equal(each.words[2], word(n)) for n, k in enumerate(template.kinds) if k.mode == "part"]
        owned = smt.conjunction(each.reached, smt.negation(smt.disjunction(*parts)))
        violations.append(Violation(owned, each.instruction.span))
    return Goal(
        "zeros own nothing",
        "an object of zeros owns no block, whatever its length and arguments",
        "TPL011",
        f"a `{template.name}` of zeros owns a block",
        "let the partition own something only where a field is not 0: a fresh block is zeros",
        subject,
        tuple(violations),
        (("p", p),),
        zero=True,
    )


def _unit(template: Template, scene: Scene) -> Goal:
    subject = scene.subject
    unit = subject.run(template.unit, "unit")
    goal, byte = _outside_loads(subject, _loads(unit), _discriminator(subject))
    return Goal(
        "unit reads the discriminator",
        "the unit of block numbers depends on the discriminator and the arguments only",
        "TPL012",
        f"the unit of `{template.name}` depends on bytes outside the discriminator",
        "name the fields that `unit` reads in `discriminator`",
        subject,
        goal,
        (("byte", byte),),
        (unit.trace,),
    )


def _complete(template: Template, scene: Scene) -> Goal:
    subject = scene.subject
    p = scene.p
    owns, reads = scene.owns_p, scene.reads_p
    allowed = [*_discriminator(subject), *read_spans(reads)]
    violations, byte = _outside_loads(subject, _loads(owns), allowed)
    return Goal(
        "read sets complete",
        "a partition reads its read set and the discriminator, nothing else",
        "TPL013",
        f"a partition of `{template.name}` reads a byte that is neither in its read set nor in the "
        "discriminator",
        "say `reads RANGES` with all that the partition reads, or name the bytes in `discriminator`",
        subject,
        violations,
        (("p", p), ("byte", byte)),
        (owns.trace, reads.trace),
    )


def _part_reads(template: Template, scene: Scene) -> Goal:
    subject = scene.subject
    p = scene.p
    owns, loading = scene.owns_p, scene.owns_p
    emitted = smt.disjunction(*(part.bytes.present for part in subject.list_parts(owns)))
    if not owns.trace.exact:  # the round that has the part may be another than the one that loads
        loading = scene.owns_q
        emitted = smt.conjunction(emitted, equal(p, scene.q))
    loads = _loads(loading) if emitted is not smt.FALSE else []
    violations, byte = _outside_loads(subject, loads, _discriminator(subject), emitted)
    return Goal(
        "parts told apart by the discriminator",
        "a partition that has a part reads the discriminator only",
        "TPL014",
        f"a partition of `{template.name}` decides about a part by bytes outside the discriminator",
        "name the fields that tell the members apart in `discriminator`",
        subject,
        violations,
        (("p", p), ("byte", byte)),
        (owns.trace, loading.trace),
    )


def _inside(template: Template, scene: Scene) -> Goal:
    subject = scene.subject
    p = scene.p
    reads = scene.reads_p
    violations = tuple(
        Violation(leaves(span, subject.length), emission.instruction.span)
        for span, emission in zip(read_spans(reads), reads.trace.emitted)
    )
    return Goal(
        "read sets inside",
        "every read set lies inside the object",
        "TPL015",
        f"the read set of a partition of `{template.name}` leaves the object",
        "let the partition exist only where its bytes do: compare with `length`",
        subject,
        violations,
        (("p", p),),
        (reads.trace,),
    )


def _disjoint(template: Template, scene: Scene) -> Goal:
    subject = scene.subject
    p, q = scene.p, scene.q
    first, second = scene.reads_p, scene.reads_q
    violations = tuple(
        Violation(smt.conjunction(below(p, q), meet(one, other)), emission.instruction.span)
        for one, emission in zip(read_spans(first), first.trace.emitted)
        for other in read_spans(second)
    )
    return Goal(
        "read sets disjoint",
        "two partitions have no byte of their read sets in common",
        "TPL016",
        f"two partitions of `{template.name}` read the same byte",
        "make one partition of them, or name what both read in `discriminator`",
        subject,
        violations,
        (("p", p), ("q", q)),
        (first.trace, second.trace),
    )


def _apart(template: Template, scene: Scene) -> Goal:
    subject = scene.subject
    p = scene.p
    reads = scene.reads_p
    fixed = _discriminator(subject)
    violations = tuple(
        Violation(any_meet([span], fixed), emission.instruction.span)
        for span, emission in zip(read_spans(reads), reads.trace.emitted)
    )
    return Goal(
        "read sets apart from the discriminator",
        "no byte is both in the discriminator and in a read set",
        "TPL017",
        f"a read set of `{template.name}` has a byte of the discriminator",
        "leave the byte out of one of them: what is in `discriminator` need not be in `reads`",
        subject,
        violations,
        (("p", p),),
        (reads.trace,),
    )


def _raw(template: Template, scene: Scene) -> Goal:
    subject = scene.subject
    p = scene.p
    reads = scene.reads_p
    raw = [place_extent(extent, subject.length) for extent in template.raw_write]
    violations = [
        Violation(any_meet([span], raw), emission.instruction.span)
        for span, emission in zip(read_spans(reads), reads.trace.emitted)
    ]
    violations.append(Violation(any_meet(_discriminator(subject), raw), template.span))
    return Goal(
        "raw writes harmless",
        "bytes that may be written freely are in no read set and not in the discriminator",
        "TPL018",
        f"`raw_write` of `{template.name}` has a byte on which ownership depends",
        "leave pointers, and fields of the discriminator, out of `raw_write`",
        subject,
        tuple(violations),
        (("p", p),),
        (reads.trace,),
    )


def _discriminator(subject: Subject) -> list[Bytes]:
    return [place_extent(extent, subject.length) for extent in subject.template.discriminator]


def _loads(run: Run) -> list[Access]:
    return [access for access in run.trace.loads if access.region == META]


def _outside_loads(
    subject: Subject, loads: list[Access], allowed: list[Bytes], condition: Term = smt.TRUE
) -> tuple[tuple[Violation, ...], Term]:
    """Return when a load touches a byte outside `allowed`, and the place of that byte.

    One byte, of unknown place, stands for all bytes of all loads.
    """
    byte = smt.unknown_term(f"{subject.name}byte", Type.U64)
    forbidden = smt.conjunction(condition, *(smt.negation(holds_byte(span, byte)) for span in allowed))
    violations: list[Violation] = []
    for load in loads:
        touched = [equal(byte, add_terms(load.offset, word(distance))) for distance in range(load.width)]
        term = smt.conjunction(load.reached, smt.disjunction(*touched), forbidden)
        violations.append(Violation(term, load.instruction.span))
    return tuple(violations), byte
