"""`dpfc check`: prove programs, say what is wrong with them.

In: DPF files, or IR in text (.ir) or binary form (.xir), which is judged as a downloaded packet filter. Out:
a line for each file, diagnostics on standard error.

An acceptance is kept, by a digest of everything that it depends on: then this command needs neither the
compiler nor the prover, and takes little longer than Python itself. Refusals are computed again.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from dataclasses import dataclass

from dpfc.commands.files import digest_toolchain, find_cache, read_bytes
from dpfc.exit import DONE, IMPOSSIBLE, REFUSED
from runtime.diagnostic import Diagnostic, Refused
from runtime.store import read_entry, write_entry


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


def run(options: argparse.Namespace) -> int:
    """Check each file; the exit status is the worst of them."""
    status = DONE
    findings = []
    for name in options.files:
        try:
            finding = _find(name, options)
        except Refused as refused:
            saved = options.save_counterexample is None or _save_counterexample(refused, options)
            status = max(status, REFUSED if saved else IMPOSSIBLE)
            finding = _describe_refusal(name, refused)
        except OSError as error:
            print(f"dpfc: {error.filename or name}: {error.strerror or error}", file=sys.stderr)
            status = IMPOSSIBLE
            continue
        findings.append(finding)
        if options.format == "text":
            print(*finding.warnings, sep="\n", end="\n" * bool(finding.warnings), file=sys.stderr)
            print(finding.summary, end="\n" * bool(finding.summary))
    if options.format == "json":
        print(json.dumps([finding.description for finding in findings], indent=2))
    return status


def describe_diagnostic(diagnostic: Diagnostic) -> dict[str, object]:
    """Return a diagnostic as programs want it."""
    line, column = diagnostic.span.source.position(diagnostic.span.start)
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "file": diagnostic.span.source.name,
        "line": line,
        "column": column,
        "message": diagnostic.message,
        "notes": list(diagnostic.notes),
    }


def _find(name: str, options: argparse.Namespace) -> Finding:
    """Return the finding of an earlier run, or check the file and keep the finding if it is accepted."""
    data = read_bytes(name)
    instances = tuple((filter_name, read_bytes(path)) for filter_name, path in options.instances)
    cache = find_cache(options)
    key = _make_key(name, data, instances, options)
    known = None if cache is None else read_entry(cache, key)
    if known is not None:
        kept = json.loads(known)
        return Finding(kept["summary"], tuple(kept["warnings"]), kept["description"])
    from dpfc.commands.judge import judge_file  # loads the compiler

    finding = judge_file(name, data, options, cache)
    if cache is not None:
        kept = {"summary": finding.summary, "warnings": finding.warnings, "description": finding.description}
        write_entry(cache, key, json.dumps(kept).encode())
    return finding


def _make_key(
    name: str, data: bytes, instances: tuple[tuple[str, bytes], ...], options: argparse.Namespace
) -> str:
    parts = ("check", digest_toolchain(), name, options.mode, options.link_type, data, instances)
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _save_counterexample(refused: Refused, options: argparse.Namespace) -> bool:
    """Save it where the options say; when that place cannot be written, say so and return False."""
    from dpfc.commands.counterexample import save_counterexample  # loads the compiler

    try:
        save_counterexample(options.save_counterexample, refused, options.link_type)
    except OSError as error:
        print(f"dpfc: {options.save_counterexample}: {error.strerror or error}", file=sys.stderr)
        return False
    return True


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
