"""Bugs of the kernel.

In: nothing. Out: `KERNEL_BUGS`.
"""

from __future__ import annotations

from vm.crash.planted.bug import Bug
from vm.crash.planted.order import ORDER_BUGS
from vm.crash.planted.recovery import RECOVERY_BUGS

KERNEL_BUGS: tuple[Bug, ...] = (*ORDER_BUGS, *RECOVERY_BUGS)
