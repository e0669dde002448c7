"""Check files one after another: a line for each, diagnostics on standard error, the worst exit status.

In: names of files and what checks one. Out: text or JSON, and an exit status. Acceptances may be kept in a
store, as bytes; refusals are computed again.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass

from runtime.command.describe import describe_diagnostic
from runtime.command.exit import DONE, IMPOSSIBLE, REFUSED
from runtime.diagnostic import Refused


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one file.

    Args:
        summary: the line for people; empty when it was refused.
        warnings: rendered.
        description: for programs.
    """

    summary: str
    warnings: tuple[str, ...]
    description: dict[str, object]


def check_files(
    program: str,
    names: Iterable[str],
    check: Callable[[str], Finding],
    on_refusal: Callable[[Refused], bool],
    as_json: bool,
) -> int:
    """Check each file; return the exit status, the worst of all.

    Args:
        program: how messages begin.
        names: of the files.
        check: finds out about one, or raises `Refused`.
        on_refusal: what else is to be done; returns whether that went well.
        as_json: print descriptions instead of summaries.
    """
    status = DONE
    findings = []
    for name in names:
        try:
            finding = check(name)
        except Refused as refused:
            status = max(status, REFUSED if on_refusal(refused) else IMPOSSIBLE)
            finding = _describe_refusal(name, refused)
        except OSError as error:
            print(f"{program}: {error.filename or name}: {error.strerror or error}", file=sys.stderr)
            status = IMPOSSIBLE
            continue
        findings.append(finding)
        if not as_json:
            print(*finding.warnings, sep="\n", end="\n" * bool(finding.warnings), file=sys.stderr)
            print(finding.summary, end="\n" * bool(finding.summary))
    if as_json:
        print(json.dumps([finding.description for finding in findings], indent=2))
    return status


def write_finding(finding: Finding) -> bytes:
    """Return a finding as the store keeps it."""
    return json.dumps(asdict(finding)).encode()


def read_finding(data: bytes) -> Finding:
    """Return what `write_finding` has written."""
    kept = json.loads(data)
    return Finding(kept["summary"], tuple(kept["warnings"]), kept["description"])


def _describe_refusal(name: str, refused: Refused) -> Finding:
    return Finding(
        "",
        tuple(diagnostic.render() for diagnostic in refused.diagnostics),
        {
            "file": name,
            "accepted": False,
            "diagnostics": [describe_diagnostic(diagnostic) for diagnostic in refused.diagnostics],
        },
    )
