"""The table of calls is the door: nothing is in one and not in the other."""

from __future__ import annotations

import inspect

from vm.xok.call_table import CALLS, KERNEL_CALLS
from vm.xok.refusal import Code
from vm.xok.syscalls import SystemCalls

NO_CALLS = {"area", "now", "compute"}  # memory that is mapped, and the library's own instructions


def test_every_call_is_a_method_and_every_method_a_call() -> None:
    methods = {name for name in dir(SystemCalls) if not name.startswith("_")} - NO_CALLS
    assert {call.name for call in CALLS} == methods


def test_numbers_and_names_are_used_once() -> None:
    assert len({call.number for call in CALLS}) == len({call.name for call in CALLS}) == len(CALLS)


def test_every_line_says_what_the_call_is_for() -> None:
    for call in CALLS:
        assert 5 <= len(call.purpose) <= 90, call.name
        assert call.cycles >= 0
        assert inspect.getdoc(getattr(SystemCalls, call.name)), call.name


def test_every_code_belongs_to_a_call_or_to_the_boot() -> None:
    everywhere = {Code.NO_SUCH_ENVIRONMENT, Code.NOT_CURRENT}
    used = {code for call in KERNEL_CALLS for code in call.refusals} | everywhere
    names = [code.name for code in Code]
    first_of_storage = names.index("TYPE_REFUSED")
    assert used == set(list(Code)[:first_of_storage])
