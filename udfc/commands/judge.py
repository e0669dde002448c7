"""Compile and prove one file: what `udfc check` does when it has no earlier finding.

In: a file's name. Out: a `Finding`, or a refusal.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path

from runtime.command.findings import Finding
from runtime.diagnostic import Refused
from runtime.template.counterexample import write_counterexample
from runtime.template.install import install_templates
from runtime.template.result import Installation, NotInstalled
from udfc.commands.choose import DOWNLOADED, read_templates
from udfc.commands.known import Sources
from udfc.language import syntax
from udfc.language.find import list_candidates
from udfc.language.load import load_files
from udfc.lower import lower_files


def judge_templates(name: str, cache: Path | None) -> tuple[Finding, Sources]:
    """Return what is found of an accepted file, and what that depends on.

    Raises:
        Refused: the diagnostics say why.
        OSError: the file cannot be read.
    """
    if name.endswith(DOWNLOADED):
        templates, sources = read_templates(name), Sources()
    else:
        files = load_files(name)
        templates, sources = lower_files(files), _list_sources(files)
    installation = install_templates(templates, cache)
    return Finding(_summarize(name, installation), (), _describe(name, installation)), sources


def _list_sources(files: Sequence[syntax.File]) -> Sources:
    read = tuple((file.source.name, file.source.text.encode()) for file in files)
    paths = {path for path, _ in read}
    absent = {
        path
        for file in files
        for one in file.declarations
        if isinstance(one, syntax.Import)
        for path in takewhile(lambda path: path not in paths, list_candidates(file.source.name, one.name))
    }
    return Sources(read, tuple(sorted(absent)))


def write_first_counterexample(refused: Refused) -> str | None:
    """Return the text of the first counterexample's file, None where there is none."""
    if not isinstance(refused, NotInstalled) or not refused.counterexamples:
        return None
    return write_counterexample(refused.counterexamples[0][1])


def _summarize(name: str, installation: Installation) -> str:
    proved, tested = _count(installation, "proved"), _list_tested(installation)
    summary = (
        f"{name}: accepted: {_say(len(installation.templates), 'template')}, {_say(proved, 'theorem')} proved"
    )
    methods = sum(len(template.methods) for template in installation.templates.values())
    if methods:
        summary += f", {_say(methods - len(tested), 'method')} proved"
    if tested:
        summary += f", {len(tested)} tested at each use ({', '.join(tested)})"
    return summary


def _say(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"


def _count(installation: Installation, status: str) -> int:
    return sum(theorem.status == status for theorem in installation.theorems)


def _list_tested(installation: Installation) -> list[str]:
    return [f"{template}.{method}" for template, method in sorted(installation.tested)]


def _describe(name: str, installation: Installation) -> dict[str, object]:
    return {
        "file": name,
        "accepted": True,
        "templates": list(installation.templates),
        "theorems": {status: _count(installation, status) for status in ("proved", "tested")},
        "methods": sum(len(template.methods) for template in installation.templates.values()),
        "tested_methods": _list_tested(installation),
        "diagnostics": [],
    }
