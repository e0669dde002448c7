"""Reports of earlier validations on disk, by a digest of everything that they depend on.

In: a directory, code and the declaration that it was validated for. Out: the report, or None. Refusals are
kept too: where one style of code cannot be proved another is tried, and finding that out takes longest. Who
can write to the directory can forge reports: see `runtime.store` for which directories are used.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, fields, replace
from pathlib import Path

from runtime import limits
from runtime.codegen.convention import Form
from runtime.diagnostic import Diagnostic, Refused
from runtime.ir.nodes import Function
from runtime.ir.printer import print_function
from runtime.store import read_entry, write_entry
from runtime.validate.report import Report

VERSION = 4
"""To be raised with every change to the validator or to the calling convention."""

_AGAIN = "found in an earlier run"


def make_key(code: bytes, function: Function, entry: int, form: Form) -> str:
    """Return the digest of all that a report depends on: of the function, its declaration only."""
    bounds = (limits.MAX_STACK_BYTES, limits.MAX_VALIDATION_STEPS, limits.MAX_VALIDATION_QUERIES)
    declaration = print_function(replace(function, body=()))
    text = f"validate {VERSION} {bounds} {entry} {form}\n{declaration}\n"
    return hashlib.sha256(text.encode() + code).hexdigest()


def recall_report(directory: Path, key: str) -> Report | None:
    """Return the report kept under `key`; None: there is none that can be read."""
    data = read_entry(directory, key)
    if data is None:
        return None
    try:
        numbers = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(numbers, dict) or set(numbers) != {field.name for field in fields(Report)}:
        return None
    return Report(**numbers) if all(type(number) is int for number in numbers.values()) else None


def recall_refusal(directory: Path, key: str) -> Refused | None:
    """Return the refusal kept under `key`; None: there is none that can be read."""
    data = read_entry(directory, key)
    if data is None:
        return None
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, list) or not found:
        return None
    if not all(isinstance(each, list) and list(map(type, each)) == [str, str] for each in found):
        return None
    return Refused(*(Diagnostic(code, message, notes=(_AGAIN,)) for code, message in found))


def keep_refusal(directory: Path, key: str, refused: Refused) -> None:
    """Keep under `key` that code was refused, and why."""
    content = [[each.code, each.message] for each in refused.diagnostics]
    write_entry(directory, key, json.dumps(content).encode())


def keep_report(directory: Path, key: str, report: Report) -> None:
    """Keep the report of accepted code under `key`."""
    write_entry(directory, key, json.dumps(asdict(report), sort_keys=True).encode())
