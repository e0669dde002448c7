"""Pages: made when they are first used, and never two users' at once."""

from __future__ import annotations

import pytest

from vm.machine.costs import copy_cycles
from vm.machine.memory import PAGE, Memory


def test_a_page_is_zero_and_keeps_what_is_written() -> None:
    memory = Memory(4)
    frame = memory.frame(2)
    assert frame == bytes(PAGE)
    frame[5] = 7
    assert memory.frame(2)[5] == 7
    assert memory.frame(1)[5] == 0


def test_who_holds_a_view_of_a_renewed_page_sees_dead_memory() -> None:
    memory = Memory(1)
    old = memoryview(memory.frame(0))
    old[0] = 1
    new = memory.renew(0)
    assert new[0] == 0
    old[1] = 2
    assert memory.frame(0) == bytes(PAGE)
    assert memory.frame(0) is new


def test_pages_that_nobody_uses_cost_nothing() -> None:
    assert Memory(1 << 20).frame((1 << 20) - 1) == bytes(PAGE)


def test_there_are_only_so_many_pages() -> None:
    with pytest.raises(IndexError):
        Memory(3).frame(3)


def test_copying_costs_by_the_byte() -> None:
    assert copy_cycles(0) == 0
    assert copy_cycles(8192) == 8 * copy_cycles(1024)
    assert 1.5 < copy_cycles(4096) / 4096 < 1.8
