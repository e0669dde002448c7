"""Laws of the checker on random functions, the interpreter being the judge."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from runtime.check.bound import find_cost
from runtime.check.counterexample import replay_counterexample
from runtime.check.prove import check_function
from runtime.check.ranges import analyse_function
from runtime.check.solve import solve_obligations
from runtime.diagnostic import Accepted, Rejected
from runtime.ir import interpret
from runtime.ir.interpret import Fault, Outcome, run_function
from runtime.ir.machine import Machine
from runtime.ir.nodes import Function
from tests.check.policies import grant_everything
from tests.ir.strategies import functions, inputs

BUDGET = 100_000

slow = settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.too_slow])


class _Recorder(list[int]):
    """The values of a call; keeps every number that a value ever had."""

    def __init__(self, numbers: list[int]) -> None:
        super().__init__(numbers)
        self.seen: list[tuple[int, int]] = []

    def __setitem__(self, index, number) -> None:  # type: ignore[no-untyped-def, override]
        self.seen.append((index, number))
        super().__setitem__(index, number)


def record_values(
    function: Function, regions: dict[str, bytearray], parameters: tuple[int, ...]
) -> list[tuple[int, int]]:
    prepared = interpret.prepare_function(function)
    values = _Recorder([*parameters, *[0] * prepared._value_count])
    memories = [regions[region.name] for region in function.regions]
    with suppress(Fault):  # up to a fault, the ranges must hold as well
        interpret._execute(prepared._runs, Machine(values, memories, BUDGET, {"clock": lambda: 7}))
    return values.seen + list(enumerate(parameters))


@settings(slow, max_examples=200)
@given(st.data())
def test_ranges_hold_every_number_that_occurs(data: st.DataObject) -> None:
    function = data.draw(functions(size=20))
    analysis = analyse_function(function)
    for _ in range(5):
        for value, number in record_values(function, *data.draw(inputs(function))):
            assert number in analysis.ranges[value], value


@slow
@given(st.data())
def test_accepted_functions_do_not_fault(data: st.DataObject) -> None:
    function = data.draw(functions(safe=data.draw(st.booleans()), size=8))
    judgement = check_function(function, grant_everything(function))
    for _ in range(10):
        regions, parameters = data.draw(inputs(function))
        outcome = _run(function, regions, parameters)
        if isinstance(outcome, Fault):
            assert outcome.kind == "budget" or not isinstance(judgement.verdict, Accepted), outcome.message
        else:
            assert outcome.executed <= judgement.statistics.instructions
            assert len(outcome.emitted) <= judgement.statistics.emits


def _run(function: Function, regions: dict[str, bytearray], parameters: tuple[int, ...]) -> Outcome | Fault:
    try:
        return run_function(function, regions, parameters, budget=BUDGET)
    except Fault as fault:
        return fault


@slow
@given(functions(safe=True))
def test_functions_that_cannot_fault_are_never_rejected(function: Function) -> None:
    assert not isinstance(check_function(function, grant_everything(function)).verdict, Rejected)


@slow
@given(functions(size=8))
def test_the_solver_never_refutes_what_the_fast_pass_proved(function: Function) -> None:
    assume(find_cost(function).emits <= function.emit_limit)  # else it is refused before the solver is asked
    analysis = analyse_function(function)
    asked = replace(analysis, findings=tuple(replace(each, proved=False) for each in analysis.findings))
    suspects = {id(each.instruction) for each in analysis.findings if not each.proved}
    solution = solve_obligations(function, asked, BUDGET)
    for example in solution.counterexamples:
        fault = replay_counterexample(function, example, BUDGET)
        assert fault is not None
        assert id(fault.instruction) in suspects, fault.message


@slow
@given(functions(size=8))
def test_the_same_function_gets_the_same_judgement(function: Function) -> None:
    policy = grant_everything(function)
    assert check_function(function, policy) == check_function(function, policy)


@slow
@given(functions(size=20))
def test_cost_is_positive(function: Function) -> None:
    assert find_cost(function).instructions >= 1
