"""Native code answers what the interpreter answers: results, emitted tuples and stored bytes."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.codegen.convention import MAX_ARGUMENTS, list_arguments
from runtime.load.native import native_available
from runtime.opt.optimize import optimize_function
from tests.codegen.engines import interpret, load_function, make_inputs, run_native
from tests.codegen.random_ir import make_function

pytestmark = pytest.mark.skipif(not native_available(), reason="needs an x86-64 host")


@given(st.integers(0, 1 << 32), st.booleans())
@settings(max_examples=150)
def test_native_equals_interpreter(seed: int, optimized: bool) -> None:
    function = make_function(seed)
    assert len(list_arguments(function)) <= MAX_ARGUMENTS
    native = load_function(optimize_function(function) if optimized else function)
    for inputs in make_inputs(function, seed, 12):
        expected = interpret(function, inputs)
        if expected is not None:
            assert run_native(native, inputs) == expected


def test_random_functions_do_run() -> None:
    """The property above is not empty: most inputs do not fault, and many functions emit."""
    seen = [
        interpret(function, inputs)
        for seed in range(60)
        for function in [make_function(seed)]
        for inputs in make_inputs(function, seed, 4)
    ]
    assert sum(outcome is not None for outcome in seen) > len(seen) * 0.6
    assert sum(outcome is not None and bool(outcome[1]) for outcome in seen) > 10
