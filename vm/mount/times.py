"""The host's time, and what a disk can keep of it."""

from __future__ import annotations

import time
from collections.abc import Callable

from vm.machine.costs import CYCLES_PER_SECOND
from vm.xok.predicate import KernelWord
from vm.xok.syscalls import SystemCalls

_LATEST = (1 << 32) - 1
_TICK = CYCLES_PER_SECOND // 50


def keep_seconds(seconds: int) -> int:
    """Return the nearest time that an inode can hold."""
    return min(max(seconds, 0), _LATEST)


def make_clock_follower(system: SystemCalls) -> Callable[[], None]:
    """Return what lets the machine, which had nothing to do, sleep until the host's time."""
    begin = time.monotonic() - system.now / CYCLES_PER_SECOND

    def follow() -> None:
        now = int((time.monotonic() - begin) * CYCLES_PER_SECOND)
        if now > system.now + _TICK:
            system.sleep((((KernelWord.CLOCK, ">=", now),),))

    return follow
