"""Check one file from its bytes: what `dpfc check` does when it has no earlier finding.

In: the bytes of a DPF file or of IR. Out: a `Finding`, or a refusal.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from dpfc.commands.inputs import decode_source, read_rows
from dpfc.language.parse import parse_file
from dpfc.program import Labels, build_program, prove_program
from dpfc.resolve import resolve_files
from runtime.check.judgement import Statistics
from runtime.command.describe import describe_diagnostic
from runtime.command.findings import Finding
from runtime.diagnostic import Diagnostic
from runtime.ir.binary import decode_function
from runtime.ir.nodes import Function
from runtime.ir.parser import parse_function
from runtime.pipeline import prove_function
from runtime.policy import FILTER, FILTER_ALL, Policy


def judge_file(name: str, data: bytes, options: argparse.Namespace, cache: Path | None) -> Finding:
    """Return what is found of an accepted file.

    Raises:
        Refused: the diagnostics say why.
    """
    suffix = Path(name).suffix
    if suffix in (".ir", ".xir"):
        function = decode_function(data) if suffix == ".xir" else parse_function(decode_source(name, data))
        judgement = prove_function(function, _choose_policy(function), cache)
        return _describe(name, None, judgement.statistics, ())
    resolved = resolve_files((parse_file(decode_source(name, data)),), options.link_type, read_rows(options))
    program = build_program(
        resolved.filters, options.mode, resolved.tables, labels=Labels(resolved.names, resolved.spans)
    )
    judgement = prove_program(program, cache)
    warnings = (*resolved.warnings, *program.warnings)
    return _describe(name, len(resolved.names) - 1, judgement.statistics, warnings)


def _choose_policy(function: Function) -> Policy:
    """Return the policy that a downloaded function is held to: filters that emit report every match."""
    return FILTER_ALL if function.emits else FILTER


def _describe(
    name: str, filters: int | None, statistics: Statistics, warnings: tuple[Diagnostic, ...]
) -> Finding:
    count = "a program" if filters is None else f"{filters} filter{'s' * (filters != 1)}"
    summary = (
        f"{name}: accepted: {count}, {statistics.obligations} obligations proved "
        f"({100 * statistics.share_without_solver:.0f}% without z3), "
        f"at most {statistics.instructions:,} instructions for a message"
    )
    description: dict[str, object] = {
        "file": name,
        "accepted": True,
        "filters": filters,
        "obligations": statistics.obligations,
        "without_z3": statistics.share_without_solver,
        "worst_case_instructions": statistics.instructions,
        "diagnostics": [describe_diagnostic(warning) for warning in warnings],
    }
    return Finding(summary, tuple(warning.render() for warning in warnings), description)
