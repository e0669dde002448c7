"""Laws: what must hold for every function, every text, every sequence of bytes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.diagnostic import Refused
from runtime.ir.binary import decode_function, encode_function
from runtime.ir.interpret import Fault, run_function
from runtime.ir.nodes import Function
from runtime.ir.parser import parse_function
from runtime.ir.printer import print_function
from runtime.ir.value_types import find_value_types
from runtime.ir.verify import verify_function
from runtime.source import Source
from tests.ir.strategies import functions, inputs

_CLOCK = {"clock": lambda: 12345}


def _parse(text: str) -> Function:
    return parse_function(Source("test.ir", text))


@given(functions(calls=True))
@settings(max_examples=150)
def test_generated_functions_are_well_formed(function: Function) -> None:
    verify_function(function)


@given(functions(calls=True))
@settings(max_examples=150)
def test_parsing_what_is_printed_gives_the_function_back(function: Function) -> None:
    text = print_function(function)
    assert _parse(text) == function
    assert print_function(_parse(text)) == text


@given(functions(calls=True))
@settings(max_examples=150)
def test_decoding_what_is_encoded_gives_the_function_back(function: Function) -> None:
    assert decode_function(encode_function(function)) == function


@given(functions(calls=True))
@settings(max_examples=50)
def test_every_value_of_a_verified_function_has_a_type(function: Function) -> None:
    types = find_value_types(function)
    assert list(types) == list(range(len(types)))


@given(st.data())
@settings(max_examples=150)
def test_a_safe_function_never_faults(data: st.DataObject) -> None:
    function = data.draw(functions(safe=True, calls=True))
    regions, parameters = data.draw(inputs(function))
    outcome = run_function(function, regions, parameters, _CLOCK)
    assert len(outcome.results) == len(function.results)
    assert all(
        number <= type_.maximum for number, type_ in zip(outcome.results, function.results, strict=True)
    )
    assert len(outcome.emitted) <= function.emit_limit


@given(st.data())
@settings(max_examples=100)
def test_the_budget_is_exact(data: st.DataObject) -> None:
    function = data.draw(functions(safe=True, calls=True))
    regions, parameters = data.draw(inputs(function))
    copies = [{name: bytearray(memory) for name, memory in regions.items()} for _ in range(3)]
    outcome = run_function(function, copies[0], parameters, _CLOCK)
    assert run_function(function, copies[1], parameters, _CLOCK, outcome.executed) == outcome
    assert copies[0] == copies[1]
    with pytest.raises(Fault) as caught:
        run_function(function, copies[2], parameters, _CLOCK, outcome.executed - 1)
    assert caught.value.kind == "budget"


@given(st.data())
@settings(max_examples=100)
def test_any_well_formed_function_runs_or_faults(data: st.DataObject) -> None:
    function = data.draw(functions(calls=True))
    regions, parameters = data.draw(inputs(function))
    kind = "none"
    try:
        outcome = run_function(function, regions, parameters, _CLOCK)
        assert len(outcome.results) == len(function.results)
    except Fault as fault:
        kind = fault.kind
    assert kind in {"none", "bounds", "wrap", "divisor", "shift", "convert", "count", "emits"}


@given(st.data())
@settings(max_examples=200)
def test_damaged_text_is_refused_or_well_formed(data: st.DataObject) -> None:
    text = print_function(data.draw(functions(calls=True, size=6)))
    words = text.split(" ")
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, len(words) - 1))
        junk = data.draw(
            st.sampled_from([*words[:40], "", "{", "}", "%0", "%99", "(", "\0", "9" * 99, "u1", "if"])
        )
        words[place : place + data.draw(st.integers(0, 2))] = [junk]
    function = _judge(lambda: _parse(" ".join(words)), ("IR0", "IR1"))
    assert function is None or _parse(print_function(function)) == function


@given(st.data())
@settings(max_examples=200)
def test_damaged_bytes_are_refused_or_well_formed_and_the_only_form(data: st.DataObject) -> None:
    encoded = bytearray(encode_function(data.draw(functions(calls=True, size=6))))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(encoded) - 1))
        new = data.draw(
            st.one_of(st.binary(max_size=3), st.sampled_from([b"\xff" * 9, b"\x80\x00", b"\x0d"]))
        )
        encoded[place : place + data.draw(st.integers(0, 2))] = new
    function = _judge(lambda: decode_function(bytes(encoded)), ("IR1", "IR2"))
    assert function is None or encode_function(function) == bytes(encoded)


@given(st.text(max_size=60))
@settings(max_examples=100)
def test_any_text_is_refused_or_well_formed(text: str) -> None:
    function = _judge(lambda: _parse(text), ("IR0", "IR1"))
    assert function is None or _parse(print_function(function)) == function


@given(st.binary(max_size=60))
@settings(max_examples=100)
def test_any_bytes_are_refused_or_well_formed(data: bytes) -> None:
    function = _judge(lambda: decode_function(b"XIR1\x01" + data), ("IR1", "IR2"))
    assert function is None or decode_function(encode_function(function)) == function


def _judge(make: Callable[[], Function], families: tuple[str, ...]) -> Function | None:
    """Return the function if it can be made and is well formed, None if it is refused with such a code."""
    try:
        function = make()
        verify_function(function)
    except Refused as refused:
        diagnostic = refused.diagnostics[0]
    else:
        return function
    assert diagnostic.code.startswith(families)
    assert diagnostic.notes, "a refusal names a way out"
    assert diagnostic.code in diagnostic.render()
    return None
