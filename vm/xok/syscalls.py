"""The system calls: the only door to the kernel. One method per call of `call_table.CALLS`.

In: what a library passes. Out: answers; or `Refusal`, and then nothing has changed but the time.

    environment_calls   environments, capabilities, u-areas of others
    memory_calls        pages, software regions
    time_calls          quanta, yielding, sleeping, entering others
    storage_calls       XN
    network_calls       filters, packet rings, handlers, sending
"""

from __future__ import annotations

from vm.xok.environment_calls import EnvironmentCalls
from vm.xok.memory_calls import MemoryCalls
from vm.xok.network_calls import NetworkCalls
from vm.xok.storage_calls import StorageCalls
from vm.xok.time_calls import TimeCalls


class SystemCalls(EnvironmentCalls, MemoryCalls, TimeCalls, StorageCalls, NetworkCalls):
    """All of them."""

    __slots__ = ()
