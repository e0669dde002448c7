"""`udfc audit`: compare what a disk image's metadata own with its allocation maps.

In: an image. Out: findings, grouped by who is to blame; exit status 1 when there are any. However broken an
image is, the report is short; `--all` shows everything.
"""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from runtime.command.exit import DONE, REFUSED
from udfc.commands.walking import add_walking, walk_options

if TYPE_CHECKING:
    from udfc.image.audit import Audit
    from udfc.image.finding import FindingKind
    from udfc.image.group import Group
    from udfc.image.names import Names
    from udfc.image.walk import Walk

_GROUPS = 10
"""Of each kind, that are shown."""

_RANGES = 8
"""Of each group, that are shown."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    add_walking(parser)
    parser.add_argument("--all", action="store_true", help="show all findings, however many")
    parser.epilog = """\
exit status: 0 nothing found; 1 findings

examples:
  udfc audit disk.img
  udfc audit fs.img --root xv6:xv6_super --format json
"""


def run(options: argparse.Namespace) -> int:
    """Walk, compare, report."""
    walk = walk_options(options)
    from udfc.image.audit import audit_walk  # loads NumPy
    from udfc.image.group import group_findings
    from udfc.image.names import find_names

    audit = audit_walk(walk)
    groups = group_findings(audit.findings)
    names = find_names(walk)
    if options.format == "json":
        print(json.dumps(_describe(walk, names, audit, groups, options.all), indent=2))
    else:
        _print(walk, names, audit, groups, options.all)
    return REFUSED if audit.counts else DONE


def _print(walk: Walk, names: Names, audit: Audit, groups: tuple[Group, ...], everything: bool) -> None:
    from udfc.image.finding import MEANINGS

    for kind, count in audit.counts.items():
        print(f"{MEANINGS[kind]}: {count:,}")
        of_kind = [group for group in groups if group.kind == kind]
        shown = of_kind if everything else of_kind[:_GROUPS]
        for group in shown:
            print("  " + _show_group(walk, names, group, None if everything else _RANGES))
        if len(shown) < len(of_kind):
            print(f"  ... and {len(of_kind) - len(shown):,} more; --all shows them")
    where = f"{walk.image.name}: {walk.templates[0]}, {walk.blocks:,} blocks of {walk.unit:,} bytes"
    count = sum(audit.counts.values())
    what = f"{count:,} finding{'s' if count > 1 else ''}" if count else "nothing found"
    print(f"{where}: {what}" + ("" if audit.has_map else "; there is no allocation map to compare with"))


def _show_group(walk: Walk, names: Names, group: Group, most: int | None) -> str:
    from udfc.image.describe import describe_object, show_ranges

    many = len(group.ranges) > 1 or any(count > 1 for _, count in group.ranges)
    parts = [f"block{'s' if many else ''} {show_ranges(group.ranges, most)}"] if group.ranges else []
    owners = [describe_object(walk, names, number) for number in group.owners]
    text = ": ".join([*parts, ", ".join(owners)] if owners else parts)
    notes = "; ".join(group.notes if most is None else group.notes[:most])
    return f"{text} ({notes})" if notes and text else text or notes


def _describe(
    walk: Walk, names: Names, audit: Audit, groups: tuple[Group, ...], everything: bool
) -> dict[str, object]:
    from udfc.image.finding import MEANINGS

    def limit(kind: FindingKind) -> list[Group]:
        of_kind = [group for group in groups if group.kind == kind]
        return of_kind if everything else of_kind[:_GROUPS]

    return {
        "image": walk.image.name,
        "root": walk.templates[0],
        "unit": walk.unit,
        "blocks": walk.blocks,
        "has_map": audit.has_map,
        "findings": [
            {
                "kind": kind,
                "meaning": MEANINGS[kind],
                "count": count,
                "groups": [
                    _describe_group(walk, names, group, None if everything else _RANGES)
                    for group in limit(kind)
                ],
            }
            for kind, count in audit.counts.items()
        ],
    }


def _describe_group(walk: Walk, names: Names, group: Group, most: int | None) -> dict[str, object]:
    from udfc.image.describe import describe_object

    return {
        "owners": [describe_object(walk, names, number) for number in group.owners],
        "ranges": [{"first": first, "count": count} for first, count in group.ranges[:most]],
        "all_ranges": len(group.ranges),
        "notes": list(group.notes[:most]),
        "findings": group.findings,
    }
