"""The object cache: equal functions find their code without LLVM, anything else is a miss."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from runtime.codegen.emit import emit_code
from runtime.ir.nodes import Function
from runtime.load.cache import find_code, keep_code
from runtime.tables.layout import build_tables
from runtime.tables.specialize import specialize_tables
from tests.load.filters import make_port_filter


def _specialize(function: Function) -> Function:
    return specialize_tables(function, build_tables(function))


def test_second_run_finds_the_code(tmp_path: Path) -> None:
    function = _specialize(make_port_filter())
    assert find_code(tmp_path, function) is None
    code = emit_code(function)
    keep_code(tmp_path, function, code)
    assert find_code(tmp_path, function) == code
    other = make_port_filter(maximum=99)
    assert find_code(tmp_path, _specialize(other)) == code, "the bound is not in the code"
    other = make_port_filter(with_table=False)
    assert find_code(tmp_path, _specialize(other)) is None


def test_filters_that_differ_in_numbers_share_an_entry(tmp_path: Path) -> None:
    function = make_port_filter()
    specialized = _specialize(function)
    keep_code(tmp_path, specialized, emit_code(specialized))
    (table,) = function.tables
    moved = tuple(replace(entry, value=entry.value + 1) for entry in table.entries)
    other = replace(function, tables=(replace(table, entries=moved),))
    assert find_code(tmp_path, _specialize(other)) is not None


def test_damaged_entry_is_a_miss(tmp_path: Path) -> None:
    function = _specialize(make_port_filter())
    keep_code(tmp_path, function, emit_code(function))
    (entry,) = tmp_path.iterdir()
    content = entry.read_bytes()
    for damaged in (b"", content[:-1], content[:-1] + bytes([content[-1] ^ 1]), content + b"\x90"):
        entry.write_bytes(damaged)
        assert find_code(tmp_path, function) is None


def test_finding_code_does_not_load_llvm(tmp_path: Path) -> None:
    function = _specialize(make_port_filter())
    keep_code(tmp_path, function, emit_code(function))
    script = (
        "import sys, pathlib\n"
        "from runtime.load.cache import find_code\n"
        "from runtime.load.native import load_native, native_available\n"
        "from runtime.tables.layout import build_tables\n"
        "from runtime.tables.specialize import specialize_tables\n"
        "from tests.load.filters import make_port_filter\n"
        "function = make_port_filter()\n"
        "tables = build_tables(function)\n"
        "function = specialize_tables(function, tables)\n"
        "code = find_code(pathlib.Path(sys.argv[1]), function)\n"
        "assert code is not None\n"
        "if native_available():\n"
        "    answer = load_native(function, code, tables.data).call({'message': bytes([0, 80])})\n"
        "    assert answer.results == (1,)\n"
        "heavy = {'llvmlite', 'z3', 'capstone', 'lark'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    environment = {"PYTHONPATH": ":".join(filter(None, sys.path))}
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], env=environment, check=True)
