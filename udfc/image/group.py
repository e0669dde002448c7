"""Findings put together, so that a report stays readable however much is broken.

In: findings. Out: groups: those of one kind with the same owners, and all that nobody owns.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from udfc.image.describe import join_ranges
from udfc.image.finding import Finding, FindingKind


@dataclass(frozen=True, slots=True)
class Group:
    """Findings of one kind about the same objects.

    Args:
        owners: numbers of the objects.
        ranges: first block and count: sorted and joined; of `range`, the pointers, as they were found.
        notes: what else is said, each once.
        findings: how many.
    """

    kind: FindingKind
    owners: tuple[int, ...]
    ranges: tuple[tuple[int, int], ...]
    notes: tuple[str, ...]
    findings: int


def group_findings(findings: Iterable[Finding]) -> tuple[Group, ...]:
    """Return the groups in the order in which their first findings come."""
    together: dict[tuple[FindingKind, tuple[int, ...]], list[Finding]] = {}
    for finding in findings:
        together.setdefault((finding.kind, finding.owners), []).append(finding)
    return tuple(_make_group(kind, owners, found) for (kind, owners), found in together.items())


def _make_group(kind: FindingKind, owners: tuple[int, ...], found: list[Finding]) -> Group:
    ranges = [(finding.first, finding.count) for finding in found if finding.count]
    if kind != "range":
        ranges = join_ranges(ranges)
    notes = tuple(dict.fromkeys(finding.note for finding in found if finding.note))
    return Group(kind, owners, tuple(ranges), notes, len(found))
