"""Each pass, and all together, keep the meaning: same results, emits and stores, and no new faults."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.ir.verify import verify_function
from runtime.opt.comparisons import decide_comparisons
from runtime.opt.optimize import PASSES, Pass, optimize_function
from runtime.opt.quotients import multiply_quotients
from tests.codegen.engines import interpret, make_inputs
from tests.codegen.random_ir import make_function


@pytest.mark.parametrize(
    "run_pass",
    [*dict.fromkeys(PASSES), decide_comparisons, multiply_quotients, optimize_function],
    ids=lambda each: each.__name__,
)
@given(seed=st.integers(0, 1 << 32))
@settings(max_examples=120)
def test_pass_keeps_meaning(run_pass: Pass, seed: int) -> None:
    function = make_function(seed)
    changed = run_pass(function)
    verify_function(changed)
    for inputs in make_inputs(function, seed, 8):
        expected = interpret(function, inputs)
        if expected is not None:
            assert interpret(changed, inputs) == expected
