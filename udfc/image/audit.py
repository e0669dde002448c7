"""Compare what the metadata of a disk own with what its allocation maps say.

In: a walk. Out: all findings, those of the walk among them:

    owned twice               by two extents, or twice by one object; see `shared` in docs/udf.md
    owned but marked free     somebody will give it to somebody else
    marked used but unowned   lost until the maps are made anew
    more owners than it says  of a shared object
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from udfc.image.finding import Finding, FindingKind, Findings
from udfc.image.sweep import find_owners, find_stretches
from udfc.image.table import NONE, Mask, Numbers
from udfc.image.walk import Walk


@dataclass(frozen=True, slots=True)
class Audit:
    """The result of an audit.

    Args:
        findings: kind by kind, at most so many of one kind as `Findings` keeps.
        counts: of all findings of each kind that was found.
        has_map: whether anything marks blocks; without a map nothing is compared with it.
    """

    findings: tuple[Finding, ...]
    counts: dict[FindingKind, int]
    has_map: bool


def audit_walk(walk: Walk) -> Audit:
    """Compare owners and maps."""
    findings = Findings()
    for finding in walk.findings:
        findings.add(finding)
    for kind, count in walk.counts.items():
        findings.add_more(kind, count - findings.counts().get(kind, 0))
    if walk.space.bytes > walk.image.size:
        end = walk.image.size // walk.unit
        note = f"the image ends in block {end}, the file system has {walk.blocks}"
        findings.add(Finding("short", end, walk.blocks - end, note=note))
    rows = _count_shared(walk, findings)
    stretches = find_stretches(walk.extents, rows, walk.covered, walk.marks, walk.grain)
    complete = "limit" not in walk.counts
    found: dict[FindingKind, Mask] = {
        "twice": stretches.owners > 1,
        "free": stretches.covered & ~stretches.marked,
        "unowned": stretches.marked & ~stretches.near & complete,
    }
    for kind, which in found.items():
        _report(walk, findings, rows, kind, *stretches.take(which))
    return Audit(findings.all(), findings.counts(), walk.marks is not None)


def _count_shared(walk: Walk, findings: Findings) -> Numbers:
    """Return the rows of the extents that count: of an object that may be shared, only the first."""
    extents = walk.extents
    may_be_shared = [reader.template.shared is not None for reader in walk.readers] + [False, False]
    rows = np.arange(len(extents), dtype=np.int64)
    is_shared = np.array(may_be_shared, dtype=np.bool_)[extents.template]  # DATA and LOST are the last two
    chosen = rows[is_shared]
    keys = np.stack((extents.template[chosen], extents.place[chosen]))
    _, first, counts = np.unique(keys, axis=1, return_index=True, return_counts=True)
    for child, count in zip(extents.child[chosen[first]].tolist(), counts.tolist()):
        if child != NONE and count > 1:
            _check_shared(walk, findings, child, count)
    keep: Mask = ~is_shared
    keep[chosen[first]] = True
    return rows[keep]


def _check_shared(walk: Walk, findings: Findings, child: int, count: int) -> None:
    item = walk.object(child)
    loaded = walk.readers[int(walk.objects.template[child])].loaded
    allowed = loaded.shared(walk.read(child), item.arguments)
    if count > allowed:
        note = f"`{item.template}` has {count} owners and says {allowed}"
        findings.add(Finding("shared", item.place // walk.unit, 1, (child,), note))


def _report(
    walk: Walk, findings: Findings, rows: Numbers, kind: FindingKind, start: Numbers, end: Numbers
) -> None:
    """Add a finding for each run of stretches with the same owners."""
    most = findings.room(kind)
    owners: list[tuple[int, ...]] = [()] * len(start[:most])
    if kind != "unowned":
        owners = find_owners(walk.extents, rows, start[:most], end[:most])
    runs: list[tuple[int, int, tuple[int, ...]]] = []
    for low, high, numbers in zip(start.tolist(), end.tolist(), owners):
        if runs and runs[-1][1:] == (low, numbers):
            low = runs.pop()[0]
        runs.append((low, high, numbers))
    for low, high, numbers in runs:
        first = low // walk.unit
        findings.add(Finding(kind, first, -(-high // walk.unit) - first, numbers))
    findings.add_more(kind, max(0, len(start) - most))
