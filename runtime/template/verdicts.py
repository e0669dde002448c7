"""Templates that were proved before: acceptances on disk, by a digest of everything that they depend on.

In: a directory, a template and its set. Out: the theorems of an earlier run, or None. Refusals are not kept:
they are found again, with their counterexamples. `runtime.store` uses only directories that nobody but this
user may write to.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path

from runtime import limits
from runtime.ir.printer import print_function
from runtime.store import read_entry, write_entry
from runtime.template.nodes import Template, TemplateSet
from runtime.template.policies import list_functions
from runtime.template.result import TheoremResult

VERSION = 3
"""To be raised with every change to the theorems or to the meaning of templates."""


def make_key(template: Template, templates: TemplateSet) -> str:
    """Return the digest of all that the verdict on `template` depends on."""
    bounds = (
        limits.Z3_SEED,
        limits.Z3_RLIMIT,
        limits.Z3_TOTAL_RLIMIT,
        limits.Z3_TEMPLATE_RLIMIT,
        limits.MAX_QUERIES,
        limits.MAX_UNROLLED,
        limits.MAX_METHOD_UNROLLED,
    )
    digest = hashlib.sha256(f"template {VERSION} {bounds!r}\n".encode())
    for each in _list_concerned(template, templates):
        digest.update(_describe(each).encode())
    return digest.hexdigest()


def _list_concerned(template: Template, templates: TemplateSet) -> Iterator[Template]:
    """Yield `template` and all that it may own, each once, in the order in which they are named."""
    names = [template.name]
    for name in names:
        each = template if name == template.name else templates[name]
        yield each
        named = dict.fromkeys(kind.template for kind in each.kinds)
        names += [other for other in named if other in templates and other not in names]


def _describe(template: Template) -> str:
    """Return all of a template but spans as text."""
    functions = [
        f"{role} {policy!r}\n{print_function(function)}"
        for role, function, policy in list_functions(template)
    ]
    methods = [(method.name, method.parameters) for method in template.methods]
    declared = (
        template.name,
        template.maximum,
        template.constant,
        template.parameters,
        template.kinds,
        template.discriminator,
        template.raw_read,
        template.raw_write,
        template.root,
        methods,
    )
    return "\n".join([repr(declared), *functions])


def recall_theorems(directory: Path, key: str) -> tuple[TheoremResult, ...] | None:
    """Return the theorems kept under `key`; None: there are none that can be read."""
    data = read_entry(directory, key)
    if data is None:
        return None
    try:
        rows = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return tuple(map(_read_row, rows)) if isinstance(rows, list) and all(map(_is_row, rows)) else None


_TYPES = {"seconds": float, "effort": int, "cached": bool}


def _is_row(row: object) -> bool:
    names = [field.name for field in fields(TheoremResult)]
    if not isinstance(row, list) or len(row) != len(names):
        return False
    if any(type(value) is not _TYPES.get(name, str) for name, value in zip(names, row)):
        return False
    return row[names.index("status")] in ("proved", "tested")


def _read_row(row: list[object]) -> TheoremResult:
    """Return a theorem of a row that `_is_row`."""
    texts = {name.name: value for name, value in zip(fields(TheoremResult), row)}
    result = TheoremResult(
        str(texts["template"]),
        str(texts["name"]),
        str(texts["says"]),
        "tested" if texts["status"] == "tested" else "proved",
        float(str(texts["seconds"])),
        int(str(texts["effort"])),
        str(texts["method"]),
    )
    return replace(result, cached=True)


def keep_theorems(directory: Path, key: str, theorems: tuple[TheoremResult, ...]) -> None:
    """Keep the theorems of an accepted template under `key`."""
    rows = [[getattr(each, field.name) for field in fields(TheoremResult)] for each in theorems]
    write_entry(directory, key, json.dumps(rows).encode())
