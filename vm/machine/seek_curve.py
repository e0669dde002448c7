"""How long the arm takes to move: a table of cycles by distance, from what a drive's files say of it.

In: measured points, or the formula that HP published. Out: one number for each distance in cylinders.

    measured    Seek distances measured: 87     between two points the time is interpolated;
                1,   1.94300                    beyond the last it stays as it is
                2,   1.95600
    formula     a + b * sqrt(distance) below a limit, c + d * distance from there on; the first
                ten distances are given. Source: Ruemmler and Wilkes, IEEE Computer, March 1994.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TypeAlias

from runtime.source import Source, Span
from vm.machine.limits import MAX_CYLINDERS, MAX_MILLISECONDS
from vm.machine.parameter_fields import parse_number, to_cycles
from vm.machine.parameter_text import refuse

Point: TypeAlias = tuple[int, float]
"""A distance in cylinders, and milliseconds."""

_TITLE = re.compile(r"\s*Seek distances measured:\s*(\d{1,7})\s*")


def parse_points(source: Source) -> tuple[Point, ...]:
    """Return the points of a `.seek` file.

    Raises:
        Refused: DSK008 the file is damaged.
    """
    lines = source.text.split("\n")
    title = _TITLE.fullmatch(lines[0])
    if title is None:
        refuse("DSK008", "expected `Seek distances measured: N` here", _span(source, 0, lines[0]))
    points: list[Point] = []
    start = len(lines[0]) + 1
    for line in lines[1:]:
        if line.strip():
            points.append(_parse_point(line, points[-1][0] if points else 0, _span(source, start, line)))
        start += len(line) + 1
    if len(points) != int(title[1]) or not points:
        message = f"the file says that it has {title[1]} distances, and has {len(points)}"
        refuse("DSK008", message, _span(source, 0, lines[0]))
    return tuple(points)


def tabulate_points(points: Sequence[Point], cylinders: int) -> tuple[int, ...]:
    """Return the cycles for each distance that the drive has, from measured points."""
    table = [0] * cylinders
    before: Point = points[0]
    for point in points:
        span = max(1, point[0] - before[0])
        for distance in range(before[0], min(point[0] + 1, cylinders)):
            share = (distance - before[0]) / span
            table[distance] = to_cycles(before[1] + share * (point[1] - before[1]))
        before = point
    for distance in range(before[0] + 1, cylinders):
        table[distance] = to_cycles(before[1])
    for distance in range(1, min(points[0][0], cylinders)):
        table[distance] = to_cycles(points[0][1])
    return tuple(table)


def tabulate_formula(values: Sequence[float], first: Sequence[float], cylinders: int) -> tuple[int, ...]:
    """Return the cycles for each distance that the drive has.

    Args:
        values: the limit in cylinders, a, b, c, d, and the time for one cylinder where it is not negative.
        first: milliseconds of the first distances, which go before the formula.
        cylinders: of the drive.
    """
    limit, a, b, c, d, single = values
    table = [0] * cylinders
    for distance in range(1, cylinders):
        if distance <= len(first):
            time = first[distance - 1]
        else:
            time = a + b * math.sqrt(distance) if distance < limit else c + d * distance
        table[distance] = to_cycles(max(0.0, min(time, MAX_MILLISECONDS)))
    if single >= 0 and cylinders > 1:
        table[1] = to_cycles(single)
    return tuple(table)


def _parse_point(line: str, before: int, span: Span) -> Point:
    left, _, right = line.partition(",")
    distance, time = parse_number(left.strip()), parse_number(right.strip())
    if distance is None or time is None or distance != int(distance):
        refuse("DSK008", "expected `distance, milliseconds` here", span)
    if not before < distance <= MAX_CYLINDERS:
        refuse("DSK008", f"the distance is {distance:g}, and must be {before + 1} to {MAX_CYLINDERS}", span)
    if not 0 <= time <= MAX_MILLISECONDS:
        refuse("DSK008", f"the time is {time:g}, and must be 0 to {MAX_MILLISECONDS:g}", span)
    return int(distance), time


def _span(source: Source, start: int, line: str) -> Span:
    return Span(source, start, start + len(line))
