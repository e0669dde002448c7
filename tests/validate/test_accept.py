"""Correct code is accepted: compiled samples, what codegen emits, and the few cases that need z3."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from dpfc import classifier
from runtime.codegen.convention import MAX_ARGUMENTS, Form, list_arguments
from runtime.codegen.emit import emit_code
from runtime.diagnostic import Refused
from runtime.ir.nodes import Function
from runtime.ir.parser import parse_function
from runtime.source import Source
from runtime.tables.layout import build_tables
from runtime.tables.specialize import specialize_tables
from runtime.validate.judge import Report, validate_code
from tests.ir.strategies import functions
from tests.validate.batch_samples import BATCH_SAMPLES
from tests.validate.samples import SAMPLES
from tests.validate.shapes import SHAPES, validate_shape

_LITMUS = Path(__file__).parents[1] / "litmus" / "ir"
_NEED_MORE = {
    "chk_ok_doubling_loop",  # an invariant that relates a power to an exponent
    "chk_ok_table_bound",  # the contents of a table
    "chk_ok_stored_byte",  # what memory holds behind a store
}


@pytest.mark.parametrize(
    "sample", (*SAMPLES, *BATCH_SAMPLES), ids=lambda sample: f"{sample.name}, {sample.shape}"
)
def test_compiled_sample(sample):
    report = validate_shape(sample.code, sample.shape)
    assert report.fast > 0
    assert report.slow == 0


def test_report():
    # sub rsp, 16; mov [rsp], rsi; add rsp, 16; xor eax, eax; cmp rsi, 1; jb done; nop; done: ret; padding
    code = bytes.fromhex("4883ec10 48893424 4883c410 31c0 4883fe01 7201 90 c3") + b"\xcc" * 3
    assert validate_code(code, SHAPES["filter"]) == Report(11, 1, 0, 16)


def test_correlated_bits_need_z3():
    # mov ecx, edx; or ecx, 1; xor ecx, edx; movzx eax, byte [rdi + rcx * 8]; ret
    code = bytes.fromhex("89d183c90131d10fb604cfc3")
    assert validate_code(code, SHAPES["scratch_n"]).slow == 1


def test_count_of_trailing_zeros_is_any_number():
    count = bytes.fromhex("f3480fbcce31c0")  # tzcnt rcx, rsi; xor eax, eax
    load = bytes.fromhex("0fb6040fc3")  # movzx eax, byte [rdi + rcx]; ret
    compare = bytes.fromhex("4839f17304")  # cmp rcx, rsi; jae to the ret
    assert validate_code(count + compare + load, SHAPES["filter"]).slow == 0
    with pytest.raises(Refused, match="load"):
        validate_code(count + load, SHAPES["filter"])


@pytest.mark.parametrize(
    "code", ["480fbcce31c0c3", "f30fbcce31c0c3", "66f3480fbcce31c0c3", "f3480fbc0f31c0c3"]
)
def test_other_ways_to_count_zeros_are_refused(code):
    # bsf; 32 bits wide (old processors leave the upper half); one more prefix; from memory
    with pytest.raises(Refused) as caught:
        validate_code(bytes.fromhex(code), SHAPES["filter"])
    assert caught.value.diagnostics[0].code == "VAL002"


_FILTERS = """
filter web { tcp.dport in {80, 443, 8000..8080} }
filter names { udp.dport == 53; ipv4.src == 10.0.0.0/8 }
filter local { ipv6.src == fe80::/10; not (tcp.dport == 22) }
filter tagged { vlan.id == 5; ipv4.dst == 18.26.4.9 }
"""


@pytest.mark.parametrize("mode", ["all", "first"])
def test_filters_with_header_chains_need_no_z3(mode, monkeypatch):
    reports: list[Report] = []

    def validate_and_keep(code: bytes, function: Function, entry: int, form: Form) -> Report:
        reports.append(validate_code(code, function, entry, form))
        return reports[-1]

    monkeypatch.setattr("runtime.validate.judge.validate_code", validate_and_keep)
    classifier.compile(_FILTERS, mode=mode)
    assert reports
    assert all(report.fast > 10 and report.slow == 0 for report in reports)


def _validate_emitted(specialized: Function) -> Report:
    machine_code = emit_code(specialized)
    return validate_code(machine_code.code, specialized, machine_code.entry)


@settings(deadline=None, max_examples=120, suppress_health_check=list(HealthCheck), database=None)
@given(functions(safe=True, size=30))
def test_emitted_code_of_safe_functions(function):
    specialized = specialize_tables(function, build_tables(function))
    if len(list_arguments(specialized)) <= MAX_ARGUMENTS:
        assert _validate_emitted(specialized).instructions > 0


@pytest.mark.parametrize(
    "path",
    [path for path in sorted(_LITMUS.glob("chk_ok_*.ir")) if path.stem not in _NEED_MORE],
    ids=lambda path: path.stem,
)
def test_emitted_code_of_checked_litmus(path):
    function = parse_function(Source(path.name, path.read_text()))
    specialized = specialize_tables(function, build_tables(function))
    if len(list_arguments(specialized)) <= MAX_ARGUMENTS:
        assert _validate_emitted(specialized).fast > 0
