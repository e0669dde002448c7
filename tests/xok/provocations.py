"""For every call of the kernel's table, what makes it succeed, and what provokes each of its refusals.

`GOOD` has arguments with which alice's call is granted. `PROVOCATIONS` has, by call and code, what provokes
it: a function of the world that prepares what is needed, and returns the call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from tests.xok.world import World
from vm.xok.account import Resource
from vm.xok.capability import ALL, ROOT, Capability
from vm.xok.predicate import KernelWord, PageWord
from vm.xok.refusal import Code

Action: TypeAlias = Callable[[], object]
Provocation: TypeAlias = Callable[[World], Action]

SOON: tuple[object, ...] = (((KernelWord.CLOCK, ">=", 1),),)
FULL_ACL = tuple(Capability(b"a", ALL) for _ in range(8))

GOOD: dict[str, Callable[[World], tuple[object, ...]]] = {
    "environment_id": lambda w: (),
    "environment_info": lambda w: (w.bob_id,),
    "area_read": lambda w: (w.alice_id, 0),
    "area_write": lambda w: (w.alice_id, 0, 7),
    "capabilities": lambda w: (),
    "forge": lambda w: (0, 3, Capability(b"ax", 1)),
    "capability_drop": lambda w: (_second(w),),
    "acquire": lambda w: (_offer(w), 2),
    "environment_create": lambda w: (Capability(b"ac"), None, {Resource.PAGES: 4}),
    "environment_start": lambda w: (w.child, _nothing),
    "environment_free": lambda w: (w.child,),
    "environment_acl": lambda w: (w.bob_id,),
    "environment_acl_set": lambda w: (w.alice_id, 1, Capability(b"b", 1)),
    "page_allocate": lambda w: ((Capability(b"a"), Capability(b"b", 1)),),
    "page_free": lambda w: (w.page,),
    "page_return": lambda w: ([w.page],),
    "page_bind": lambda w: (w.page, True),
    "page_unbind": lambda w: (w.page,),
    "page_info": lambda w: (w.bob_page,),
    "repossession_set": lambda w: (w.page, 77),
    "repossession_read": lambda w: (),
    "page_acl": lambda w: (w.bob_page,),
    "page_acl_set": lambda w: (w.page, 1, Capability(b"b", 0)),
    "region_create": lambda w: (w.secluded, 0, 100, (Capability(b"a"),)),
    "region_free": lambda w: (w.region,),
    "region_read": lambda w: (w.region, 0, 6),
    "region_write": lambda w: (w.region, 1, b"abc"),
    "region_acl": lambda w: (w.region,),
    "region_acl_set": lambda w: (w.region, 1, Capability(b"b", 0)),
    "quantum_give": lambda w: (w.quantum(w.alice), w.bob_id),
    "quantum_allocate": lambda w: (99,),
    "quantum_free": lambda w: (w.quantum(w.alice),),
    "quantum_get": lambda w: (0,),
    "null": lambda w: (),
    "give_way": lambda w: (w.server.id,),
    "sleep": lambda w: (SOON,),
    "wait": lambda w: (0,),
    "ipc_call": lambda w: (w.server.id, (1, 2), (3,)),
    "ipc_send": lambda w: (w.server.id, (1, 2), (3,)),
    "ipc_allow": lambda w: (),
}


def _nothing(sys: object) -> None:
    """A program that ends at once."""


def _second(w: World) -> int:
    w.alice.forge(0, 2, Capability(b"a2"))
    return 2


def _offer(w: World) -> int:
    w.bob.area.offer = (0, w.alice_id)
    return w.bob_id


def _weak(w: World) -> int:
    """A slot of alice's without permission to write, modify or duplicate."""
    w.alice.forge(0, 5, Capability(b"a", 0))
    return 5


def call(name: str, *arguments: object) -> Provocation:
    """Alice's call with these arguments, which may depend on the world."""

    def provoke(w: World) -> Action:
        values = [value(w) if callable(value) else value for value in arguments]
        return lambda: getattr(w.alice, name)(*values)

    return provoke


def after(prepare: Callable[[World], object], provocation: Provocation) -> Provocation:
    def provoke(w: World) -> Action:
        prepare(w)
        return provocation(w)

    return provoke


def _exhausted(resource: Resource) -> Callable[[World], object]:
    return lambda w: w.exhaust(w.alice, resource)


ended: Callable[[World], object] = lambda w: w.ended_id  # noqa: E731
child: Callable[[World], object] = lambda w: w.child  # noqa: E731
alice: Callable[[World], object] = lambda w: w.alice_id  # noqa: E731
bob: Callable[[World], object] = lambda w: w.bob_id  # noqa: E731
page: Callable[[World], object] = lambda w: w.page  # noqa: E731
bobs: Callable[[World], object] = lambda w: w.bob_page  # noqa: E731
buffer: Callable[[World], object] = lambda w: w.buffer  # noqa: E731
secluded: Callable[[World], object] = lambda w: w.secluded  # noqa: E731
region: Callable[[World], object] = lambda w: w.region  # noqa: E731
mine: Callable[[World], object] = lambda w: w.quantum(w.alice)  # noqa: E731
his: Callable[[World], object] = lambda w: w.quantum(w.bob)  # noqa: E731
server: Callable[[World], object] = lambda w: w.server.id  # noqa: E731
busy: Callable[[World], object] = lambda w: w.busy.id  # noqa: E731

_BOB = Capability(b"b")
_LONG = Capability(b"12345678")


def _acl_changes(name: str, target: object, foreign: object) -> dict[Code, Provocation]:
    """What is refused by every call that changes an access list."""
    return {
        Code.BAD_ARGUMENT: call(name, target, 0.5, _BOB),
        Code.NO_SUCH_CAPABILITY: call(name, target, 1, _BOB, 18),
        Code.ACCESS_DENIED: call(name, foreign, 1, _BOB),
        Code.BAD_NAME: call(name, target, 1, _LONG),
        Code.OUT_OF_RANGE: call(name, target, 2, _BOB),
        Code.LAST_ENTRY: call(name, target, 0, Capability(b"a", 5)),
    }


def _region_of_bob(w: World) -> int:
    return w.bob.region_create(w.bob_page, 0, 8)


PROVOCATIONS: dict[str, dict[Code, Provocation]] = {
    "environment_id": {},
    "environment_info": {
        Code.BAD_ARGUMENT: call("environment_info", "1"),
        Code.NO_SUCH_ENVIRONMENT: call("environment_info", ended),
    },
    "area_read": {
        Code.BAD_ARGUMENT: call("area_read", alice, None),
        Code.NO_SUCH_CAPABILITY: call("area_read", alice, 0, 1),
        Code.ACCESS_DENIED: call("area_read", bob, 0),
        Code.NO_SUCH_ENVIRONMENT: call("area_read", ended, 0),
        Code.OUT_OF_RANGE: call("area_read", alice, 1000),
    },
    "area_write": {
        Code.BAD_ARGUMENT: call("area_write", alice, 0, 1 << 64),
        Code.NO_SUCH_CAPABILITY: call("area_write", alice, 0, 1, 1),
        Code.ACCESS_DENIED: call("area_write", alice, 0, 1, _weak),
        Code.NO_SUCH_ENVIRONMENT: call("area_write", ended, 0, 1),
        Code.OUT_OF_RANGE: call("area_write", alice, -1, 1),
    },
    "capabilities": {},
    "forge": {
        Code.BAD_ARGUMENT: call("forge", 0, 1, b"a"),
        Code.NO_SUCH_CAPABILITY: call("forge", 1, 2, ROOT),
        Code.ACCESS_DENIED: call("forge", 0, 1, Capability(b"a"), bob),
        Code.BAD_NAME: call("forge", 0, 1, _LONG),
        Code.NOT_DOMINATED: call("forge", 0, 1, ROOT),
        Code.LAST_ENTRY: call("forge", 0, 0, Capability(b"a", 3)),
        Code.NO_SUCH_ENVIRONMENT: call("forge", 0, 1, Capability(b"a"), ended),
    },
    "capability_drop": {
        Code.BAD_ARGUMENT: call("capability_drop", None),
        Code.NO_SUCH_CAPABILITY: call("capability_drop", 7),
        Code.LAST_ENTRY: call("capability_drop", 0),
    },
    "acquire": {
        Code.BAD_ARGUMENT: call("acquire", _offer, "0"),
        Code.NO_SUCH_CAPABILITY: call("acquire", _offer, 19),
        Code.NO_SUCH_ENVIRONMENT: call("acquire", ended, 1),
        Code.NOTHING_OFFERED: call("acquire", bob, 1),
        Code.NOT_DOMINATED: after(
            lambda w: (w.bob.forge(0, 1, Capability(b"b", 3)), _set_offer(w, 1)), call("acquire", bob, 1)
        ),
        Code.LAST_ENTRY: after(
            lambda w: (w.bob.forge(0, 1, Capability(b"b", 5)), _set_offer(w, 1)), call("acquire", bob, 0)
        ),
    },
    "environment_create": {
        Code.BAD_ARGUMENT: call("environment_create", Capability(b"a"), 3),
        Code.NO_SUCH_CAPABILITY: call("environment_create", Capability(b"a"), None, None, 9),
        Code.BAD_NAME: call("environment_create", _LONG),
        Code.NOT_DOMINATED: call("environment_create", _BOB),
        Code.LAST_ENTRY: call("environment_create", Capability(b"a", 5)),
        Code.TABLE_FULL: after(World.fill_table, call("environment_create", Capability(b"a"))),
        Code.QUOTA: after(_exhausted(Resource.CHILDREN), call("environment_create", Capability(b"a"))),
    },
    "environment_start": {
        Code.BAD_ARGUMENT: call("environment_start", child, None),
        Code.NO_SUCH_CAPABILITY: call("environment_start", child, lambda w: _nothing, 9),
        Code.ACCESS_DENIED: call("environment_start", bob, lambda w: _nothing),
        Code.NO_SUCH_ENVIRONMENT: call("environment_start", ended, lambda w: _nothing),
        Code.HAS_PROGRAM: call("environment_start", alice, lambda w: _nothing),
    },
    "environment_free": {
        Code.BAD_ARGUMENT: call("environment_free", 1.0),
        Code.NO_SUCH_CAPABILITY: call("environment_free", child, 3),
        Code.ACCESS_DENIED: call("environment_free", bob),
        Code.NO_SUCH_ENVIRONMENT: call("environment_free", 0),
    },
    "environment_acl": {
        Code.BAD_ARGUMENT: call("environment_acl", True),
        Code.NO_SUCH_ENVIRONMENT: call("environment_acl", 0),
    },
    "environment_acl_set": {
        **_acl_changes("environment_acl_set", alice, bob),
        Code.NO_SUCH_ENVIRONMENT: call("environment_acl_set", ended, 0, None),
    },
    "page_allocate": {
        Code.BAD_ARGUMENT: call("page_allocate", ()),
        Code.BAD_NAME: call("page_allocate", (_LONG,)),
        Code.LAST_ENTRY: call("page_allocate", (Capability(b"a", 1),)),
        Code.QUOTA: after(_exhausted(Resource.PAGES), call("page_allocate")),
        Code.NO_MEMORY: after(World.fill_memory, call("page_allocate")),
    },
    "page_free": {
        Code.BAD_ARGUMENT: call("page_free", None),
        Code.NO_SUCH_CAPABILITY: call("page_free", page, 1),
        Code.ACCESS_DENIED: call("page_free", bobs),
        Code.NO_SUCH_PAGE: call("page_free", 200),
        Code.PAGE_BOUND: call("page_free", buffer),
        Code.PAGE_PINNED: call("page_free", secluded),
    },
    "page_return": {
        Code.BAD_ARGUMENT: call("page_return", lambda w: (w.page, w.page)),
        Code.NO_SUCH_PAGE: call("page_return", lambda w: (w.page, w.bob_page)),
        Code.PAGE_BOUND: call("page_return", lambda w: (w.page, w.buffer)),
        Code.PAGE_PINNED: call("page_return", lambda w: (w.page, w.secluded)),
    },
    "page_bind": {
        Code.BAD_ARGUMENT: call("page_bind", page, 1),
        Code.NO_SUCH_CAPABILITY: call("page_bind", page, False, -1),
        Code.ACCESS_DENIED: call("page_bind", page, True, _weak),
        Code.NO_SUCH_PAGE: call("page_bind", 256),
        Code.PAGE_BOUND: call("page_bind", buffer),
        Code.PAGE_PINNED: call("page_bind", secluded),
        Code.QUOTA: after(
            lambda w: (w.alice.page_unbind(w.page), w.exhaust(w.alice, Resource.BINDINGS)),
            call("page_bind", page),
        ),
    },
    "page_unbind": {
        Code.BAD_ARGUMENT: call("page_unbind", b""),
        Code.NO_SUCH_PAGE: call("page_unbind", bobs),
    },
    "page_info": {
        Code.BAD_ARGUMENT: call("page_info", []),
        Code.NO_SUCH_PAGE: call("page_info", -1),
    },
    "repossession_set": {
        Code.BAD_ARGUMENT: call("repossession_set", page, -1),
        Code.NO_SUCH_PAGE: call("repossession_set", bobs, 1),
        Code.PAGE_BOUND: call("repossession_set", buffer, 1),
        Code.PAGE_PINNED: call("repossession_set", secluded, 1),
        Code.QUOTA: after(_exhausted(Resource.BACKINGS), call("repossession_set", page, 1)),
    },
    "repossession_read": {},
    "page_acl": {
        Code.BAD_ARGUMENT: call("page_acl", "page"),
        Code.NO_SUCH_PAGE: call("page_acl", 1 << 70),
    },
    "page_acl_set": {
        **_acl_changes("page_acl_set", page, bobs),
        Code.NO_SUCH_PAGE: call("page_acl_set", 200, 0, None),
    },
    "region_create": {
        Code.BAD_ARGUMENT: call("region_create", page, 0, None),
        Code.BAD_NAME: call("region_create", page, 0, 8, (_LONG,)),
        Code.LAST_ENTRY: call("region_create", page, 0, 8, (Capability(b"a", 0),)),
        Code.NO_SUCH_PAGE: call("region_create", bobs, 0, 8),
        Code.PAGE_BOUND: call("region_create", buffer, 0, 8),
        Code.OUT_OF_RANGE: call("region_create", page, 4000, 97),
        Code.OVERLAP: call("region_create", secluded, 149, 1),
        Code.QUOTA: after(_exhausted(Resource.REGIONS), call("region_create", page, 0, 8)),
    },
    "region_free": {
        Code.BAD_ARGUMENT: call("region_free", None),
        Code.NO_SUCH_CAPABILITY: call("region_free", region, 1),
        Code.ACCESS_DENIED: call("region_free", region, _weak),
        Code.NO_SUCH_REGION: call("region_free", 99),
    },
    "region_read": {
        Code.BAD_ARGUMENT: call("region_read", region, 0, "6"),
        Code.NO_SUCH_CAPABILITY: call("region_read", region, 0, 6, 1),
        Code.ACCESS_DENIED: call("region_read", _region_of_bob, 0, 6),
        Code.NO_SUCH_REGION: call("region_read", 0, 0, 6),
        Code.OUT_OF_RANGE: call("region_read", region, 0, 51),
    },
    "region_write": {
        Code.BAD_ARGUMENT: call("region_write", region, 0, "text"),
        Code.NO_SUCH_CAPABILITY: call("region_write", region, 0, b"x", 1),
        Code.ACCESS_DENIED: call("region_write", region, 0, b"x", _weak),
        Code.NO_SUCH_REGION: call("region_write", 99, 0, b"x"),
        Code.OUT_OF_RANGE: call("region_write", region, 49, b"xy"),
    },
    "region_acl": {
        Code.BAD_ARGUMENT: call("region_acl", None),
        Code.NO_SUCH_REGION: call("region_acl", 99),
    },
    "region_acl_set": {
        **_acl_changes("region_acl_set", region, _region_of_bob),
        Code.NO_SUCH_REGION: call("region_acl_set", 99, 0, None),
    },
    "quantum_give": {
        Code.BAD_ARGUMENT: call("quantum_give", mine, "bob"),
        Code.NO_SUCH_CAPABILITY: call("quantum_give", mine, bob, 1),
        Code.ACCESS_DENIED: call("quantum_give", his, alice),
        Code.NO_SUCH_QUANTUM: call("quantum_give", 128, bob),
        Code.NO_SUCH_ENVIRONMENT: call("quantum_give", mine, ended),
    },
    "quantum_allocate": {
        Code.BAD_ARGUMENT: call("quantum_allocate", None),
        Code.NO_SUCH_CAPABILITY: call("quantum_allocate", 99, None, 1),
        Code.ACCESS_DENIED: call("quantum_allocate", 99, bob),
        Code.NO_SUCH_ENVIRONMENT: call("quantum_allocate", 99, ended),
        Code.NO_SUCH_QUANTUM: call("quantum_allocate", -1),
        Code.QUANTUM_TAKEN: call("quantum_allocate", 0),
        Code.QUOTA: after(_exhausted(Resource.QUANTA), call("quantum_allocate", 99)),
    },
    "quantum_free": {
        Code.BAD_ARGUMENT: call("quantum_free", None),
        Code.NO_SUCH_CAPABILITY: call("quantum_free", mine, 1),
        Code.ACCESS_DENIED: call("quantum_free", 0),
        Code.NO_SUCH_QUANTUM: call("quantum_free", 128),
    },
    "quantum_get": {
        Code.BAD_ARGUMENT: call("quantum_get", None),
        Code.NO_SUCH_QUANTUM: call("quantum_get", 128),
    },
    "null": {},
    "give_way": {
        Code.BAD_ARGUMENT: call("give_way", "bob"),
        Code.NO_SUCH_ENVIRONMENT: call("give_way", ended),
    },
    "sleep": {
        Code.BAD_PREDICATE: call("sleep", (((0, "=="),),)),
        Code.NO_SUCH_CAPABILITY: call("sleep", lambda w: _watch(w.page, cap=4)),
        Code.ACCESS_DENIED: call("sleep", lambda w: _watch(w.bob_page)),
        Code.NO_SUCH_PAGE: call("sleep", lambda w: _watch(w.kernel.pages.total)),
        Code.PAGE_BOUND: call("sleep", lambda w: _watch(w.buffer)),
        Code.PAGE_PINNED: call("sleep", lambda w: _watch(w.secluded)),
        Code.QUOTA: after(_exhausted(Resource.PINS), call("sleep", lambda w: _watch(w.page))),
        Code.DEADLOCK: call("sleep", ()),
    },
    "wait": {
        Code.BAD_ARGUMENT: call("wait", None),
        Code.OUT_OF_RANGE: call("wait", 1000),
        Code.DEADLOCK: after(lambda w: w.alice.area_write(w.alice_id, 0, 1), call("wait", 0)),
    },
    "ipc_call": {
        Code.BAD_ARGUMENT: call("ipc_call", server, (1, 2, 3, 4, 5, 6)),
        Code.NO_SUCH_ENVIRONMENT: call("ipc_call", ended),
        Code.NOT_ACCEPTING: call("ipc_call", bob),
        Code.DEADLOCK: call("ipc_call", busy),
    },
    "ipc_send": {
        Code.BAD_ARGUMENT: call("ipc_send", server, [1]),
        Code.NO_SUCH_ENVIRONMENT: call("ipc_send", ended),
        Code.NOT_ACCEPTING: call("ipc_send", busy),
    },
    "ipc_allow": {},
}


def _watch(page: int, cap: int = 0) -> object:
    """A predicate on a page, which is true."""
    return (((PageWord(page, 8, 32, cap), "==", 0),),)


def _set_offer(w: World, slot: int) -> None:
    w.bob.area.offer = (slot, w.alice_id)
