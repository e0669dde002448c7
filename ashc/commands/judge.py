"""Compile and prove one file, and describe what is found.

In: a file's name. Out: a `Finding`, or a refusal.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from ashc.program import compile_program
from runtime import limits
from runtime.command.files import find_cache, read_bytes
from runtime.command.findings import Finding
from runtime.handler.form import decode_handler
from runtime.handler.install import Installed, install_handler
from runtime.handler.nodes import Check
from runtime.predicate.engine import load_predicate
from runtime.predicate.nodes import Predicate

DOWNLOADED = ".xah"

_WHY = {
    "check": "it could not be proved",
    "budget": "more would be too long for the budget",
    "require": "the program asks for it",
    "abort": "the program gives up",
}


def judge_file(options: argparse.Namespace, name: str) -> Finding:
    """Return what is found of an accepted file.

    Raises:
        Refused: the diagnostics say why.
        OSError: the file cannot be read.
    """
    cache = find_cache(options)
    if name.endswith(DOWNLOADED):
        installed = [install_handler(decode_handler(read_bytes(name)), limits.HANDLER_BUDGET, cache)]
        return _describe(name, installed, {}, cache)
    compiled = compile_program(name, dict(options.constants), cache)
    installed = [
        install_handler(handler, compiled.budgets[handler.name], cache)
        for handler in compiled.handlers.values()
    ]
    return _describe(name, installed, dict(compiled.predicates), cache)


def _describe(
    name: str, installed: Sequence[Installed], predicates: dict[str, Predicate], cache: Path | None
) -> Finding:
    lines: list[str] = []
    handlers: list[dict[str, object]] = []
    for each in installed:
        lines += _say_handler(name, each)
        handlers.append(_describe_handler(each))
    found: list[dict[str, object]] = []
    for label, predicate in predicates.items():
        loaded = load_predicate(predicate, "interpreter", cache)
        lines.append(
            f"{name}: predicate `{label}`: accepted; at most {loaded.instructions} instructions, "
            f"{len(predicate.words)} words, pages {', '.join(map(str, predicate.pages)) or 'none'}"
        )
        found.append({"name": label, "instructions": loaded.instructions, "pages": list(predicate.pages)})
    if not lines:
        lines.append(f"{name}: accepted; no handlers and no predicates")
    description: dict[str, object] = {
        "file": name,
        "accepted": True,
        "handlers": handlers,
        "predicates": found,
        "diagnostics": [],
    }
    return Finding("\n".join(lines), (), description)


def _say_handler(name: str, installed: Installed) -> list[str]:
    handler, statistics = installed.handler, installed.body.judgement.statistics
    lines = [f"{name}: handler `{handler.name}`: accepted; at most {statistics.instructions} instructions"]
    lines.append(f"  {_say_undo(installed)}")
    for number, check in enumerate(handler.checks):
        lines.append(f"  {_say_place(check)}{number}: {check.text} ({_WHY[check.kind]})")
    return lines


def _say_undo(installed: Installed) -> str:
    if not installed.body.entries:
        return "an abort leaves everything as it was: nothing is written before the last check"
    return (
        f"an abort leaves everything as it was: up to {installed.body.entries} writes are logged and undone"
    )


def _say_place(check: Check) -> str:
    source = check.span.source
    if not source.text:
        return "check "
    line, column = source.position(check.span.start)
    return f"{source.name}:{line}:{column}: check "


def _describe_handler(installed: Installed) -> dict[str, object]:
    handler, statistics = installed.handler, installed.body.judgement.statistics
    return {
        "name": handler.name,
        "message": handler.message,
        "memory": handler.memory,
        "layers": list(handler.layers),
        "instructions": statistics.instructions,
        "obligations": statistics.obligations,
        "proved_by_ranges": statistics.proved_by_ranges,
        "proved_by_solver": statistics.proved_by_solver,
        "log_entries": installed.body.entries,
        "checks": [_describe_check(check) for check in handler.checks],
    }


def _describe_check(check: Check) -> dict[str, object]:
    line, column = check.span.source.position(check.span.start)
    return {
        "kind": check.kind,
        "layer": check.layer,
        "text": check.text,
        "file": check.span.source.name,
        "line": line,
        "column": column,
    }
