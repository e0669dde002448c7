"""The form `batch`: which functions have it, what LLVM is told, and what comes out."""

from __future__ import annotations

from dataclasses import replace

import capstone
import pytest

from runtime.codegen.batch_convention import choose_form, list_batch_arguments
from runtime.codegen.emit import emit_code
from runtime.codegen.object_file import extract_text
from runtime.codegen.text import print_function
from runtime.ir.builder import Builder
from runtime.ir.nodes import Function, Parameter, Region, Type
from runtime.limits import MAX_MESSAGE_BYTES
from runtime.pipeline import compile_function, export_object
from runtime.policy import FILTER
from runtime.tables.layout import build_tables
from runtime.tables.specialize import specialize_tables
from tests.load.filters import make_byte_emitter, make_port_filter

_FILTER = make_port_filter(with_table=False)
_EMITTER = make_byte_emitter(with_table=False)
_MESSAGE = _FILTER.regions[0]


def _make_nothing() -> Function:
    builder = Builder("nothing", (Region("message", "read", 1 << 24),), results=(Type.U32,))
    builder.return_(builder.constant(Type.U32, 0))
    return builder.finish()


@pytest.mark.parametrize(
    ("function", "form"),
    (
        (_FILTER, "batch"),
        (_EMITTER, "batch"),
        (specialize_tables(make_port_filter(), build_tables(make_port_filter())), "batch"),
        (replace(_FILTER, results=(Type.U1,)), "batch"),
        (replace(_FILTER, results=(Type.U64,)), "call"),
        (replace(_FILTER, results=(Type.U32, Type.U32)), "call"),
        (replace(_FILTER, results=()), "call"),
        (replace(_FILTER, parameters=(Parameter("p", Type.U8),)), "call"),
        (replace(_FILTER, regions=(replace(_MESSAGE, rights="read_write"),)), "call"),
        (replace(_FILTER, regions=(replace(_MESSAGE, constant=True),)), "call"),
        (replace(_FILTER, regions=(replace(_MESSAGE, maximum=1 << 32),)), "call"),
        (replace(_FILTER, regions=(_MESSAGE, replace(_MESSAGE, name="other"))), "call"),
        (replace(_FILTER, regions=()), "call"),
        (replace(_EMITTER, emits=(Type.U64,)), "call"),
        (replace(_EMITTER, emits=(Type.U32, Type.U32)), "call"),
        (replace(_EMITTER, results=(Type.U32,)), "call"),
    ),
)
def test_which_functions_have_the_form(function: Function, form: str) -> None:
    assert choose_form(function) == form


def test_offset_and_length_are_loaded_once() -> None:
    text = print_function(_FILTER, "batch")
    assert text.count("load volatile i32") == 1
    assert text.count("load volatile i64") == 2, "one is for the prefetch"


@pytest.mark.parametrize("function", (_FILTER, _EMITTER, _make_nothing()), ids=lambda each: each.name)
def test_code_calls_nothing_and_fetches_ahead(function: Function) -> None:
    decoder = capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64)
    names = [each.mnemonic for each in decoder.disasm(emit_code(function, "batch").code, 0)]
    assert "call" not in names
    assert names.count("prefetcht0") == 1


def test_names_of_regions_do_not_meet_names_of_the_loop() -> None:
    for argument in list_batch_arguments(_EMITTER):
        renamed = replace(_make_nothing(), regions=(replace(_MESSAGE, name=argument.name),))
        assert emit_code(renamed, "batch").code


def test_a_narrow_answer_fills_the_array() -> None:
    """A u1 is stored as a u32."""
    builder = Builder("narrow", (_MESSAGE,), results=(Type.U1,))
    builder.return_(builder.constant(Type.U1, 1))
    decoder = capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64)
    texts = [each.op_str for each in decoder.disasm(emit_code(builder.finish(), "batch").code, 0)]
    assert any(text.startswith("dword ptr") and text.endswith(", 1") for text in texts)


def test_exported_object_is_called_once_for_each_message() -> None:
    compiled = compile_function(make_port_filter(with_table=False, maximum=MAX_MESSAGE_BYTES), FILTER)
    assert compiled.machine_code.form == "batch"
    object_file = export_object(compiled)
    assert extract_text(object_file) == emit_code(compiled.function).code
