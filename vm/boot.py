"""Switch on: a machine, the kernel on it, and its storage.

In: a machine whose disk was formatted. Out: a `Session`: the kernel, what recovery found, and a way to log
in.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from vm.machine.machine import Machine
from vm.xn.bind import reclaim_pages
from vm.xn.boot import Recover, start_storage
from vm.xn.boot import format_disk as format_storage
from vm.xn.end import end_environment
from vm.xn.recover import Recovery
from vm.xn.revoke import save_page, take_buffers
from vm.xn.state import State
from vm.xn.types import TypeLibrary
from vm.xok.capability import ROOT, Capability
from vm.xok.kernel import Kernel
from vm.xok.predicate import KernelWord
from vm.xok.syscalls import SystemCalls


@dataclass(frozen=True, slots=True)
class Session:
    """A machine that runs.

    Args:
        kernel: with its environments.
        storage: XN's state; for tests and tools that look inside, libraries have system calls.
        recovery: what the boot found on the disk.
    """

    kernel: Kernel
    storage: State
    recovery: Recovery

    def login(self, capability: Capability = ROOT) -> SystemCalls:
        """Let the code that calls this act as a new environment with `capability`."""
        return self.kernel.enter(self.kernel.create(capability))


def format_disk(machine: Machine, ordered_free_map: bool = False) -> None:
    """Make an empty XN disk of a machine's disk; what was on it is lost.

    Args:
        machine: whose disk it is.
        ordered_free_map: keep the free map on the disk such that no recovery has to walk the roots.

    Raises:
        Refusal: BAD_DISK where the disk is too small.
    """
    format_storage(machine.clock, machine.disk, ordered_free_map)


def boot(machine: Machine, library: TypeLibrary | None = None, recover: Recover = "auto") -> Session:
    """Start the kernel and its storage.

    Args:
        machine: with a disk that was formatted.
        library: types that were proved already; None: prove what the disk has.
        recover: `auto` walks the roots of a disk that was not shut down; `always` believes no disk.

    Raises:
        Refusal: BAD_DISK where this is no XN disk.
    """
    kernel = Kernel(machine)
    state, recovery = start_storage(
        machine.clock, machine.disk, kernel.pages, kernel.environments, library or TypeLibrary(), recover
    )
    kernel.storage = state
    kernel.on_destroy.append(partial(end_environment, state))
    kernel.pages.reclaim.append(partial(reclaim_pages, state))

    def count_transfers(count: int) -> None:
        kernel.words[KernelWord.TRANSFERS] += count

    state.count_transfers = count_transfers
    kernel.revocation.take_buffers = partial(take_buffers, state)
    kernel.revocation.save = partial(save_page, state)
    return Session(kernel, state, recovery)
