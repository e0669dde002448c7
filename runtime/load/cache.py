"""The object cache: machine code by what it was made from, so that a second run does not load LLVM.

In: a directory and a function without tables. Out: machine code, or None. The key is the digest of
everything that decides the bytes: LLVM's input text, its passes and options, and llvmlite's version. The
bytes of tables are not in the text, so filters that differ in these only share an entry.

The cache is not trusted: every user validates the bytes as if LLVM had just made them.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import version
from pathlib import Path

from runtime.codegen.attributes import CPU, FEATURES, OPTIONS, PASSES
from runtime.codegen.convention import MAX_ARGUMENTS, Form, list_arguments
from runtime.codegen.machine_code import MachineCode
from runtime.codegen.text import print_function
from runtime.ir.nodes import Function
from runtime.store import read_entry, write_entry


def find_code(
    directory: Path, function: Function, form: Form = "call", guarded: bool = True
) -> MachineCode | None:
    """Return the machine code that `keep_code` kept for an equal function, or None."""
    if form == "call" and len(list_arguments(function)) > MAX_ARGUMENTS:
        return None
    code = read_entry(directory, _make_key(function, form, guarded))
    return MachineCode(code, 0, form) if code else None


def keep_code(directory: Path, function: Function, machine_code: MachineCode, guarded: bool = True) -> None:
    """Keep the code of `function` for later runs; nothing happens where that is impossible."""
    assert machine_code.entry == 0, "code is kept from its entry on"
    write_entry(directory, _make_key(function, machine_code.form, guarded), machine_code.code)


def _make_key(function: Function, form: Form, guarded: bool) -> str:
    parts = (
        f"object llvmlite {version('llvmlite')} {CPU} {FEATURES}",
        " ".join(PASSES),
        " ".join(OPTIONS),
        print_function(function, form, guarded),
    )
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
