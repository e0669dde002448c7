"""`dpfc check`: prove programs, say what is wrong with them.

In: DPF files, or IR in text (.ir) or binary form (.xir), which is judged as a downloaded packet filter. Out:
a line for each file, diagnostics on standard error.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path

from dpfc.commands.counterexample import save_counterexample
from dpfc.commands.inputs import (
    find_cache,
    open_source,
    print_diagnostics,
    read_bytes,
    read_program,
    read_rows,
)
from dpfc.exit import DONE, IMPOSSIBLE, REFUSED
from dpfc.program import build_program, prove_program
from dpfc.resolve import resolve_files
from runtime.check.judgement import Judgement, Statistics
from runtime.diagnostic import Diagnostic, Refused
from runtime.ir.binary import decode_function
from runtime.ir.nodes import Function
from runtime.ir.parser import parse_function
from runtime.pipeline import prove_function
from runtime.policy import FILTER, FILTER_ALL, Policy


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one file.

    Args:
        file: its name.
        filters: how many filters it defines; None for IR.
        judgement: None when it was refused.
        diagnostics: errors and warnings.
    """

    file: str
    filters: int | None
    judgement: Judgement | None
    diagnostics: tuple[Diagnostic, ...]


def run(options: argparse.Namespace) -> int:
    """Check each file; the exit status is the worst of them."""
    status = DONE
    findings = []
    for name in options.files:
        try:
            finding = _check_file(name, options)
        except Refused as refused:
            save_counterexample(options.save_counterexample, refused, options.link_type)
            finding = Finding(name, None, None, refused.diagnostics)
            status = max(status, REFUSED)
        except OSError as error:
            print(f"dpfc: {name}: {error.strerror or error}", file=sys.stderr)
            status = IMPOSSIBLE
            continue
        findings.append(finding)
        if options.format == "text":
            print_diagnostics(finding.diagnostics)
            if finding.judgement is not None:
                print(_summarize(finding, finding.judgement.statistics))
    if options.format == "json":
        print(json.dumps([_describe(finding) for finding in findings], indent=2))
    return status


def _check_file(name: str, options: argparse.Namespace) -> Finding:
    cache = find_cache(options)
    suffix = Path(name).suffix
    if suffix in (".ir", ".xir"):
        function = (
            decode_function(read_bytes(name)) if suffix == ".xir" else parse_function(open_source(name))
        )
        return Finding(name, None, prove_function(function, _choose_policy(function), cache), ())
    resolved = resolve_files((read_program(name),), options.link_type, read_rows(options))
    program = build_program(resolved.filters, options.mode)
    judgement = prove_program(program, cache)
    return Finding(name, len(program.filters), judgement, (*resolved.warnings, *program.warnings))


def _choose_policy(function: Function) -> Policy:
    """Return the policy that a downloaded function is held to: filters that emit report every match."""
    return FILTER_ALL if function.emits else FILTER


def _summarize(finding: Finding, statistics: Statistics) -> str:
    count = (
        "a program" if finding.filters is None else f"{finding.filters} filter{'s' * (finding.filters != 1)}"
    )
    return (
        f"{finding.file}: accepted: {count}, {statistics.obligations} obligations proved "
        f"({100 * statistics.share_without_solver:.0f}% without z3), "
        f"at most {statistics.instructions:,} instructions for a message"
    )


def _describe(finding: Finding) -> dict[str, object]:
    statistics = None if finding.judgement is None else finding.judgement.statistics
    return {
        "file": finding.file,
        "accepted": statistics is not None,
        "filters": finding.filters,
        "obligations": None if statistics is None else statistics.obligations,
        "without_z3": None if statistics is None else statistics.share_without_solver,
        "worst_case_instructions": None if statistics is None else statistics.instructions,
        "diagnostics": [_describe_diagnostic(diagnostic) for diagnostic in finding.diagnostics],
    }


def _describe_diagnostic(diagnostic: Diagnostic) -> dict[str, object]:
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
