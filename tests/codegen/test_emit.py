"""The shape of emitted code: no relocations, no data, integer registers, the same bytes every time."""

from __future__ import annotations

import subprocess
import sys

import capstone
import capstone.x86
import pytest

from runtime.codegen.codes import CODES
from runtime.codegen.emit import emit_code, emit_object, print_assembly, print_llvm
from runtime.codegen.object_file import extract_text, list_sections
from runtime.codegen.text import print_function
from runtime.diagnostic import CodeEntry, Refused
from runtime.ir.nodes import Function
from runtime.ir.parser import parse_function
from runtime.source import Source
from runtime.tables.choose import Choices
from runtime.tables.layout import build_tables
from runtime.tables.specialize import specialize_tables
from tests.codegen.random_ir import make_function

SWITCHY = """func switchy(region message: read, max 100) -> (u32) {
  %0 = const u64 0
  %1 = length message
  %2 = ult %0, %1
  if %2 {
    %3 = load u8 message[%0]
    %4 = convert u32 %3
"""


def _make_switchy() -> Function:
    """Return the function that LLVM would like to turn into a table: 40 cases of one byte."""
    text, value = SWITCHY, 5
    for case in range(40):
        text += f"    %{value} = const u32 {case}\n    %{value + 1} = eq %4, %{value}\n"
        text += f"    if %{value + 1} {{\n      %{value + 2} = const u32 {case * 7919 % 256}\n"
        text += f"      return %{value + 2}\n    }}\n"
        value += 3
    text += f"  }}\n  %{value} = const u32 9\n  return %{value}\n}}\n"
    return parse_function(Source("switchy", text))


@pytest.mark.parametrize(
    "function", [_make_switchy(), *map(make_function, range(40))], ids=lambda each: each.name
)
def test_code_is_plain(function: Function) -> None:
    specialized = specialize_tables(function, build_tables(function))
    code = emit_code(specialized).code
    assert code == emit_code(specialized).code
    decoder = capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64)
    decoder.detail = True
    instructions = list(decoder.disasm(code, 0))
    assert sum(len(each.bytes) for each in instructions) == len(code)
    for each in instructions:
        assert each.mnemonic not in ("call", "syscall", "int", "leave")
        assert not any(name in each.op_str for name in ("xmm", "ymm", "st(", "rip", "fs:", "gs:"))
        if each.group(capstone.CS_GRP_JUMP):
            assert each.operands[0].type == capstone.x86.X86_OP_IMM, "no jump tables"


def test_bytes_do_not_depend_on_the_process() -> None:
    script = (
        "import hashlib; from tests.codegen.random_ir import make_function; "
        "from runtime.codegen.emit import emit_code; from runtime.tables.layout import build_tables\n"
        "from runtime.tables.specialize import specialize_tables\n"
        "for seed in range(10):\n"
        " f = make_function(seed); f = specialize_tables(f, build_tables(f))\n"
        " print(hashlib.sha256(emit_code(f).code).hexdigest())"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(filter(None, sys.path))},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(seen) == 1
    assert len(seen.pop().split()) == 10


def test_object_has_the_symbol() -> None:
    function = make_function(3)
    function = specialize_tables(function, build_tables(function))
    object_file = emit_object(function)
    assert extract_text(object_file) == emit_code(function).code
    names = next(section.data for section in list_sections(object_file) if section.name == ".strtab")
    assert b"\0random_function\0" in names


def test_texts() -> None:
    function = make_function(3)
    function = specialize_tables(function, build_tables(function))
    assert "define i64 @random_function(" in print_function(function)
    assert "define i64 @random_function(" in print_llvm(function)
    assert "random_function:" in print_assembly(function)


def test_text_does_not_depend_on_table_contents() -> None:
    """Filters that differ in constants only share code."""
    text = """func f(region m: read, max 9; %0 p: u16) -> (u32) {
  table t exact (u16) -> u32 default 0 {
    A -> 7
    B -> 9
  }
  %1 = lookup t(%0)
  return %1
}
"""
    functions = [
        parse_function(Source("t", text.replace("A", first).replace("B", second)))
        for first, second in (("80", "443"), ("22", "8000"))
    ]
    blocks = [build_tables(function, Choices(frozenset())) for function in functions]
    assert blocks[0].data != blocks[1].data
    texts = [print_function(specialize_tables(*pair)) for pair in zip(functions, blocks, strict=True)]
    assert texts[0] == texts[1]


@pytest.mark.parametrize("entry", CODES, ids=lambda entry: entry.code)
def test_codes(entry: CodeEntry) -> None:
    bad = parse_function(Source("bad", entry.bad))
    with pytest.raises(Refused) as refusal:
        emit_code(bad)
    assert [each.code for each in refusal.value.diagnostics] == [entry.code]
    assert refusal.value.diagnostics[0].notes
    good = parse_function(Source("good", entry.good))
    assert emit_code(good).code
