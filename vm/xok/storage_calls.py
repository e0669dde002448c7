"""The system calls of XN: one method per call, as in `environment_calls.py`.

In: what a library passes. Out: XN's answer. A method begins with `environment = self._enter(CALL.cycles)`;
the kernel is `self._kernel`, XN is `self._kernel.storage`; a call that has to wait for the disk uses
`Kernel.block`.
"""

from __future__ import annotations

from vm.xok.entry import Entry


class StorageCalls(Entry):
    """The calls of XN."""

    __slots__ = ()
