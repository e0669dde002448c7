"""What holds where paths meet: it is true of every path that leads there."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.validate.contract import make_contract
from runtime.validate.facts import Facts
from runtime.validate.linear import Linear, Symbol, add_forms, number_form, shift_form, symbol_form
from runtime.validate.merge import merge_states
from runtime.validate.state import State
from runtime.validate.symbols import Input
from tests.validate.shapes import SHAPES

_RAX, _RDX = 0, 2


def _evaluate(form: Linear, numbers: dict[Symbol, int]) -> int:
    return form.constant + sum(factor * numbers[symbol] for symbol, factor in form.terms)


def _make_path(data: st.DataObject, start: State, inputs: list[Linear]) -> tuple[State, dict[Symbol, int]]:
    """Return a state and numbers that everything it says is true of."""
    numbers = {form.terms[0][0]: data.draw(st.integers(0, 60)) for form in inputs}
    state = start.copy()
    for form in inputs:
        state.facts.assume(form)
        state.facts.assume(shift_form(add_forms(number_form(60), form, -1), 0))
    for _ in range(data.draw(st.integers(0, 4))):
        fact = number_form(0)
        for form in inputs:
            fact = add_forms(fact, form, data.draw(st.integers(-2, 2)))
        state.facts.assume(shift_form(fact, data.draw(st.integers(0, 3)) - _evaluate(fact, numbers)))
    for register in (_RAX, _RDX):
        form = data.draw(st.sampled_from(inputs))
        state.registers[register] = shift_form(form, data.draw(st.sampled_from((0, 2, 16))))
        state.defined[register] = 64
    return state, numbers


@settings(deadline=None, max_examples=200, database=None)
@given(st.data())
def test_merged_facts_hold_on_every_path(data: st.DataObject) -> None:
    contract = make_contract(SHAPES["output"])
    symbols = contract.symbols
    start = State(Facts(symbols), contract.entry.registers, contract.entry.defined)
    inputs = [symbol_form(symbols.find(Input("number", f"input {each}"), 255)) for each in range(3)]
    paths = [_make_path(data, start, inputs) for _ in range(data.draw(st.integers(2, 3)))]
    merged, meetings = merge_states(64, [state for state, _ in paths])
    for index, (state, numbers) in enumerate(paths):
        known = dict(numbers)
        for meeting in meetings:
            ((symbol, _),) = meeting.found.terms
            known[symbol] = _evaluate(meeting.forms[index], numbers)
        for fact in merged.facts.all_inequalities():
            assert _evaluate(fact, known) >= 0, fact
        for register in (_RAX, _RDX):
            expected = _evaluate(state.registers[register], numbers)
            assert _evaluate(merged.registers[register], known) == expected


def test_registers_at_one_distance_share_a_symbol() -> None:
    """On both paths rdx is rax + 16."""
    contract = make_contract(SHAPES["output"])
    states = []
    for name in ("first", "second"):
        state = State(Facts(contract.symbols), list(contract.entry.registers), list(contract.entry.defined))
        form = symbol_form(contract.symbols.find(Input("number", name), 255))
        state.registers[_RAX], state.registers[_RDX] = form, shift_form(form, 16)
        state.defined[_RAX] = state.defined[_RDX] = 64
        states.append(state)
    merged, meetings = merge_states(64, states)
    assert len(meetings) == 1
    assert merged.registers[_RDX] == shift_form(merged.registers[_RAX], 16)
    assert merged.facts.bounds(merged.registers[_RDX]) == (16, 271)


def test_a_range_is_as_wide_as_on_any_path() -> None:
    contract = make_contract(SHAPES["output"])
    number = symbol_form(contract.symbols.find(Input("number", "n"), (1 << 64) - 1))
    states = []
    for top in (20, 50):
        state = State(Facts(contract.symbols), contract.entry.registers, contract.entry.defined)
        state.facts.assume(add_forms(number_form(top), number, -1))
        states.append(state)
    merged, _ = merge_states(64, states)
    assert merged.facts.bounds(number) == (0, 50)
