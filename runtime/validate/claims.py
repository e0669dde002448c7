"""Which loop invariants are worth trying, as tables of patterns.

In: how each changing place moves, and the numbers and lengths that may bound it. Out: claims, forms that
might be at least 0 in every iteration. Nothing here is trusted: `loops` proves each claim or drops it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from runtime.validate.facts import Facts
from runtime.validate.linear import (
    Linear,
    number_form,
    scale_form,
    shift_form,
    subtract_forms,
)

_MAX_RATE = 1 << 20


@dataclass(frozen=True, slots=True)
class Motion:
    """How one place changes from iteration to iteration.

    Args:
        advance: the symbol that says how far it has moved.
        first: the advance on entry.
        value: what the place holds (if a pointer, the offset from it), in terms of the advance.
        start: the value on entry.
        least: by how much the advance grows in one iteration, at least.
        most: and at most.
    """

    advance: Linear
    first: Linear
    value: Linear
    start: Linear
    least: int
    most: int


def list_claims(
    facts: Facts, motions: tuple[Motion, ...], thresholds: tuple[int, ...], lengths: tuple[Linear, ...]
) -> tuple[Linear, ...]:
    """Return the claims to try, without repetition."""
    found: dict[Linear, None] = {}
    for motion in motions:
        for claim in _claim_bounds(facts, motion, thresholds, lengths):
            found.setdefault(claim)
        for other in motions:
            if other is not motion:
                for claim in _claim_pairs(facts, motion, other):
                    found.setdefault(claim)
    return tuple(found)


def _claim_bounds(
    facts: Facts, motion: Motion, thresholds: tuple[int, ...], lengths: tuple[Linear, ...]
) -> Iterator[Linear]:
    """Bounds of one place: advance <= T, value <= T, low <= value, value + c <= length."""
    low, high = facts.bounds(motion.start)
    for number in (*thresholds, high):
        yield subtract_forms(number_form(number), motion.advance)
        yield subtract_forms(number_form(number), motion.value)
    yield motion.value
    yield shift_form(motion.value, -low)
    for length in lengths:
        room = subtract_forms(length, motion.value)
        yield room
        yield subtract_forms(length, motion.advance)
        slack = facts.lower_bound(subtract_forms(length, motion.start))
        if slack > 0:
            yield shift_form(room, -slack)


def _claim_pairs(facts: Facts, left: Motion, right: Motion) -> Iterator[Linear]:
    """Relations of two places: they advance at fixed rates, or one stays above the other."""
    if left.advance != right.advance and right.least == right.most == 1:
        if abs(left.most) <= _MAX_RATE:
            yield subtract_forms(scale_form(right.advance, left.most), left.advance)
        if abs(left.least) <= _MAX_RATE:
            yield subtract_forms(left.advance, scale_form(right.advance, left.least))
    difference = subtract_forms(left.value, right.value)
    yield difference
    slack = facts.lower_bound(subtract_forms(left.start, right.start))
    if slack > -_MAX_RATE:
        yield shift_form(difference, -slack)
