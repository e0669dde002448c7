"""A small machine with some inhabitants, for the tests of the kernel.

root     the empty name
alice    name `a`: has a page, two bindings, a region in another page, a quantum, a child
bob      name `b`: has a page and a quantum
server   a program that serves calls; `busy`: one that is in the middle of a message, for ever
ended    an environment that is no more
"""

from __future__ import annotations

from collections.abc import Callable

from vm.machine.machine import make_machine
from vm.machine.store import MemoryStore
from vm.xok.account import Resource
from vm.xok.area import Words
from vm.xok.capability import ROOT, Capability
from vm.xok.environment import Environment
from vm.xok.kernel import Kernel
from vm.xok.refusal import Code, Refusal
from vm.xok.syscalls import SystemCalls

ALICE = Capability(b"a")
BOB = Capability(b"b")


KERNELS: list[Kernel] = []  # of this test: `conftest.py` halts them


def make_kernel(pages: int = 256) -> Kernel:
    KERNELS.append(Kernel(make_machine(MemoryStore(2048), memory_pages=pages)))
    return KERNELS[-1]


def halt_all() -> None:
    while KERNELS:
        KERNELS.pop().halt()


def refused(action: Callable[[], object]) -> Code | None:
    """The code with which `action` is refused; None: it is not."""
    try:
        action()
    except Refusal as refusal:
        return refusal.code
    return None


class World:
    def __init__(self, pages: int = 192) -> None:
        self.kernel = make_kernel(pages)
        self.root = self.login(ROOT)
        self.alice = self.login(ALICE)
        self.bob = self.login(BOB)
        self.server = self.kernel.spawn(_serve, Capability(b"s"))
        self.busy = self.kernel.spawn(_be_busy, Capability(b"s"))
        self.ended = self.login(Capability(b"e"))
        self.ended_id = self.id_of(self.ended)
        self.ended.environment_free(self.ended_id)
        self.alice_id, self.bob_id = self.id_of(self.alice), self.id_of(self.bob)
        self.page = self.alice.page_allocate()
        self.alice.page_bind(self.page, True)
        self.secluded = self.alice.page_allocate()
        self.region = self.alice.region_create(self.secluded, 100, 50)
        self.alice.region_write(self.region, 0, b"secret")
        self.buffer = self.alice.page_allocate()
        self.kernel.pages.enter_cache(self.environment(self.alice), self.buffer)
        self.child = self.alice.environment_create(Capability(b"ac"))
        self.bob_page = self.bob.page_allocate()
        self.kernel.run()
        self.root.ipc_send(self.busy.id)

    def login(self, capability: Capability) -> SystemCalls:
        return self.kernel.enter(self.kernel.create(capability))

    def environment(self, sys: SystemCalls) -> Environment:
        return sys._environment

    def id_of(self, sys: SystemCalls) -> int:
        return sys._environment.id

    def quantum(self, sys: SystemCalls) -> int:
        return sys._environment.quanta[0]

    def exhaust(self, sys: SystemCalls, resource: Resource) -> None:
        """Lower a limit to what is used."""
        account = sys._environment.account
        account.limits[resource] = account.used[resource]

    def fill_table(self) -> None:
        while refused(lambda: self.kernel.create(ROOT, quanta=0)) is None:
            pass

    def fill_memory(self) -> None:
        while self.kernel.pages.free_count:
            self.kernel.pages.allocate(self.kernel.owner)

    def fill_quanta(self) -> int:
        """Leave no quantum; return one of somebody else."""
        filler = self.kernel.create(Capability(b"f"), quanta=0)
        for number in range(128):
            if self.kernel.quanta.slots[number].owner is None:
                self.kernel.quanta.slots[number].owner = filler
        return 127


def _serve(sys: SystemCalls) -> None:
    sys.area.service = _sum
    sys.area.message = _sum
    sys.sleep(())


def _sum(caller: int, arguments: Words, copied: Words) -> Words:
    return (sum(arguments) + sum(copied),)


def _be_busy(sys: SystemCalls) -> None:
    def handle(caller: int, arguments: Words, copied: Words) -> Words:
        sys.sleep(())
        return ()

    sys.area.service = handle
    sys.area.message = handle
    sys.sleep(())
