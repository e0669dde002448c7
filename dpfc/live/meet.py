"""How rows of two shapes meet: what a new row is compared with before it is inserted, and nothing else.

In: two shapes. Out: whether their rows can accept one message, whether one row then always contains the
other, and on which columns they have to agree. Where containment is certain there is nothing to look up:
that is so for almost all shapes that people use together (connections, and the ports that they connect to).

    conn(src, sport, dst, dport)    listen(dst, dport)      agree on dst, dport: the connection is contained
    to(dst)                         from(src)               always meet, and neither contains the other

Source: DPF96 leaves overlap open; DESIGN.md section 5 defines who wins.
"""

from __future__ import annotations

from dataclasses import dataclass

from dpfc.formula import Expression, ValueSet
from dpfc.shapes.shape import Shape
from dpfc.valueset import intersection


@dataclass(frozen=True, slots=True)
class Meeting:
    """How a row of `first` and a row of `second` meet, when they do.

    Args:
        agree: pairs of columns (of the first, of the second) that look at one field.
        first_limits: columns of the first whose value must be in the set, because the second's tests ask it.
        second_limits: likewise for the second.
        first_inside: whether the first's row accepts nothing that the second's does not.
        second_inside: whether the second's row accepts nothing that the first's does not.
    """

    agree: tuple[tuple[int, int], ...]
    first_limits: tuple[tuple[int, ValueSet], ...]
    second_limits: tuple[tuple[int, ValueSet], ...]
    first_inside: bool
    second_inside: bool

    @property
    def nested(self) -> bool:
        """Whether one of two rows that meet contains the other."""
        return self.first_inside or self.second_inside


def find_meeting(first: Shape, second: Shape) -> Meeting | None:
    """Return how rows of two shapes meet; None when no message can satisfy a row of each.

    Subjects that are not the same count as independent: rows may be said to meet that do not.
    """
    ones, others = _list_constraints(first), _list_constraints(second)
    agree: list[tuple[int, int]] = []
    first_limits: list[tuple[int, ValueSet]] = []
    second_limits: list[tuple[int, ValueSet]] = []
    first_inside, second_inside = others.keys() <= ones.keys(), ones.keys() <= others.keys()
    for subject in ones.keys() & others.keys():
        one, other = ones[subject], others[subject]
        if isinstance(one, int) and isinstance(other, int):
            agree.append((one, other))
        elif isinstance(one, int):
            assert not isinstance(other, int), "two columns agree"
            first_limits.append((one, other))
            second_inside = second_inside and _is_single(other)
        elif isinstance(other, int):
            second_limits.append((other, one))
            first_inside = first_inside and _is_single(one)
        else:
            both = intersection(one, other)
            if not both:
                return None
            first_inside = first_inside and both == one
            second_inside = second_inside and both == other
    return Meeting(
        tuple(sorted(agree)), tuple(first_limits), tuple(second_limits), first_inside, second_inside
    )


def _list_constraints(shape: Shape) -> dict[Expression, int | ValueSet]:
    """Return for each subject the column that it is, or the values that all rows want."""
    constraints: dict[Expression, int | ValueSet] = {test.subject: test.values for test in shape.fixed}
    constraints.update({column: place for place, column in enumerate(shape.columns)})
    return constraints


def _is_single(values: ValueSet) -> bool:
    return len(values) == 1 and values[0][0] == values[0][1]
