"""What is wrong with an image: one kind of damage at one place, with who is to blame.

In: nothing. Out: the type that walking and auditing report with. Damage never stops a walk: the rest of the
image is still looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

FindingKind: TypeAlias = Literal[
    "twice", "free", "unowned", "range", "shared", "short", "size", "arguments", "unit", "chain", "limit"
]

MEANINGS: dict[FindingKind, str] = {
    "twice": "owned twice",
    "free": "owned but marked free",
    "unowned": "marked used but unowned",
    "range": "pointer out of range",
    "shared": "more owners than it says",
    "short": "metadata behind the end of the image",
    "size": "not the size that its template has",
    "arguments": "the owner passes on impossible numbers",
    "unit": "blocks of an impossible size",
    "chain": "continues nothing",
    "limit": "too much to walk",
}
"""How each kind is called in a report, in the order of a report."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One piece of damage.

    Args:
        kind: see `MEANINGS`.
        first, count: blocks of the file system that it is about, in units of the root; of `range`, the
            pointer itself, in units of its owner, which may be any number.
        owners: numbers of the objects to blame or concerned, in `Walk.objects`; at most `MOST_OWNERS`.
        note: what else is to be said.
    """

    kind: FindingKind
    first: int
    count: int
    owners: tuple[int, ...] = ()
    note: str = ""


MOST_OWNERS = 8


class Findings:
    """Findings as they come, of each kind no more than `MOST`: the rest is counted."""

    MOST = 100_000

    def __init__(self) -> None:
        self._kept: dict[FindingKind, list[Finding]] = {kind: [] for kind in MEANINGS}
        self._counts: dict[FindingKind, int] = dict.fromkeys(MEANINGS, 0)

    def add(self, finding: Finding) -> None:
        """Keep `finding`, or count it where there are too many of its kind."""
        self._counts[finding.kind] += 1
        if len(self._kept[finding.kind]) < self.MOST:
            self._kept[finding.kind].append(finding)

    def add_more(self, kind: FindingKind, count: int) -> None:
        """Count findings that are not kept."""
        self._counts[kind] += count

    def room(self, kind: FindingKind) -> int:
        """Return how many more of this kind will be kept."""
        return self.MOST - len(self._kept[kind])

    def all(self) -> tuple[Finding, ...]:
        """Return what was kept, kind by kind."""
        return tuple(finding for kept in self._kept.values() for finding in kept)

    def counts(self) -> dict[FindingKind, int]:
        """Return how many there were of each kind that there were any of."""
        return {kind: count for kind, count in self._counts.items() if count}
