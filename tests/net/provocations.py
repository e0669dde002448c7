"""For every call of the network, what makes it succeed, and what provokes each of its refusals.

As in `tests.xok.provocations`: alice makes the calls.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from dpfc.formula import Arithmetic, Field, Start, Test
from runtime.predicate import nodes
from runtime.predicate.form import encode_predicate
from tests.net.compile import FRAGMENTS, form_of, raw, word
from tests.net.handlers import COUNTER, OUTSIDE
from tests.net.world import IPV4, Action, World
from vm.net.fragments import Family, FamilyId
from vm.net.limits import FOLLOWERS
from vm.xok.account import Resource
from vm.xok.capability import Capability
from vm.xok.refusal import Code

Provocation: TypeAlias = Callable[[World], Action]

MINE = raw(IPV4, word(23, 17, 8))
_DIFFERENCE = Arithmetic("-", Field(Start(), 0, 8), Field(Start(), 8, 8))
WRAPS = raw(IPV4, Test(_DIFFERENCE, ((3, 3),)))

_WORD = nodes.Word(32, nodes.PageWord(0, 64))
ZERO = encode_predicate(nodes.Predicate((_WORD,), (nodes.Variable(0), nodes.Number(0), nodes.Compare("eq"))))
NEVER = encode_predicate(nodes.Predicate((_WORD,), (nodes.Variable(0), nodes.Number(1), nodes.Compare("eq"))))

GOOD: dict[str, Callable[[World], tuple[object, ...]]] = {
    "net_info": lambda w: (),
    "net_filter_insert": lambda w: (MINE, w.ring),
    "net_filter_delete": lambda w: (w.filter,),
    "net_filter_route": lambda w: (w.filter, None),
    "net_filter_bind": lambda w: (w.filter, w.handler),
    "net_filter_info": lambda w: (w.bob_filter,),
    "net_ring_create": lambda w: ([w.page], 512, 3, (Capability(b"\xc0a"),)),
    "net_ring_free": lambda w: (w.ring,),
    "net_ring_put": lambda w: (w.ring, b"message"),
    "net_ring_info": lambda w: (w.bob_ring,),
    "net_handler_install": lambda w: (COUNTER, (w.spare,)),
    "net_handler_remove": lambda w: (w.handler,),
    "net_handler_info": lambda w: (w.bob_handler,),
    "net_send": lambda w: (b"frame",),
    "sleep_on": lambda w: (ZERO, [w.page]),
}


def call(name: str, *arguments: object) -> Provocation:
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


def _fill_filters(w: World) -> None:
    w.network.filters.most = len(w.network.filters.table)


def _unused_families(w: World) -> None:
    families = w.network.ports[0].fragments.families
    for number in range(FOLLOWERS):
        families[FamilyId(10_000 + number)] = Family(
            (), {w.network.filters.table[w.filter].filter.id: FRAGMENTS}
        )


mine: Callable[[World], object] = lambda w: w.filter  # noqa: E731
bobs: Callable[[World], object] = lambda w: w.bob_filter  # noqa: E731
ring: Callable[[World], object] = lambda w: w.ring  # noqa: E731
bob_ring: Callable[[World], object] = lambda w: w.bob_ring  # noqa: E731
handler: Callable[[World], object] = lambda w: w.handler  # noqa: E731
page: Callable[[World], object] = lambda w: [w.page]  # noqa: E731
buffer: Callable[[World], object] = lambda w: [w.buffer]  # noqa: E731
secluded: Callable[[World], object] = lambda w: [w.secluded]  # noqa: E731

PROVOCATIONS: dict[str, dict[Code, Provocation]] = {
    "net_info": {},
    "net_filter_insert": {
        Code.BAD_ARGUMENT: call("net_filter_insert", "udp"),
        Code.NO_SUCH_CAPABILITY: call("net_filter_insert", MINE, ring, 0, 9),
        Code.ACCESS_DENIED: call("net_filter_insert", MINE, ring, 0, 5),
        Code.NO_SUCH_CARD: call("net_filter_insert", MINE, ring, 1),
        Code.NO_SUCH_RING: call("net_filter_insert", MINE, 999),
        Code.BAD_FILTER: call("net_filter_insert", MINE[:-1], ring),
        Code.FILTER_REFUSED: call("net_filter_insert", WRAPS, ring),
        Code.FILTER_CONFLICT: call("net_filter_insert", raw(IPV4), ring),
        Code.FILTER_TAKES: call("net_filter_insert", form_of("arp.operation == 1"), ring),
        Code.TABLE_FULL: after(_fill_filters, call("net_filter_insert", MINE, ring)),
        Code.QUOTA: after(_exhausted(Resource.FILTERS), call("net_filter_insert", MINE, ring)),
    },
    "net_filter_delete": {
        Code.BAD_ARGUMENT: call("net_filter_delete", None),
        Code.NO_SUCH_CAPABILITY: call("net_filter_delete", mine, 19),
        Code.ACCESS_DENIED: call("net_filter_delete", bobs),
        Code.NO_SUCH_FILTER: call("net_filter_delete", 999),
    },
    "net_filter_route": {
        Code.BAD_ARGUMENT: call("net_filter_route", mine, "ring"),
        Code.NO_SUCH_CAPABILITY: call("net_filter_route", mine, ring, 0, 9),
        Code.ACCESS_DENIED: call("net_filter_route", mine, bob_ring),
        Code.NO_SUCH_FILTER: call("net_filter_route", 0, ring),
        Code.NO_SUCH_RING: call("net_filter_route", mine, 0),
    },
    "net_filter_bind": {
        Code.BAD_ARGUMENT: call("net_filter_bind", mine, b""),
        Code.NO_SUCH_CAPABILITY: call("net_filter_bind", mine, handler, 9),
        Code.ACCESS_DENIED: call("net_filter_bind", mine, lambda w: w.bob_handler),
        Code.NO_SUCH_FILTER: call("net_filter_bind", 999, handler),
        Code.NO_SUCH_HANDLER: call("net_filter_bind", mine, ring),
    },
    "net_filter_info": {
        Code.BAD_ARGUMENT: call("net_filter_info", 1.0),
        Code.NO_SUCH_FILTER: call("net_filter_info", 999),
    },
    "net_ring_create": {
        Code.BAD_ARGUMENT: call("net_ring_create", 7, 512),
        Code.BAD_NAME: call("net_ring_create", page, 512, None, (Capability(b"12345678"),)),
        Code.LAST_ENTRY: call("net_ring_create", page, 512, None, (Capability(b"a", 1),)),
        Code.OUT_OF_RANGE: call("net_ring_create", page, 500),
        Code.NO_SUCH_PAGE: call("net_ring_create", [10_000], 512),
        Code.PAGE_BOUND: call("net_ring_create", buffer, 512),
        Code.PAGE_PINNED: call("net_ring_create", secluded, 512),
        Code.QUOTA: after(_exhausted(Resource.RINGS), call("net_ring_create", page, 512)),
    },
    "net_ring_free": {
        Code.BAD_ARGUMENT: call("net_ring_free", None),
        Code.NO_SUCH_CAPABILITY: call("net_ring_free", ring, 9),
        Code.ACCESS_DENIED: call("net_ring_free", bob_ring),
        Code.NO_SUCH_RING: call("net_ring_free", handler),
    },
    "net_ring_put": {
        Code.BAD_ARGUMENT: call("net_ring_put", ring, "text"),
        Code.NO_SUCH_CAPABILITY: call("net_ring_put", ring, b"", 9),
        Code.ACCESS_DENIED: call("net_ring_put", bob_ring, b""),
        Code.NO_SUCH_RING: call("net_ring_put", 999, b""),
        Code.OUT_OF_RANGE: call("net_ring_put", ring, bytes(241)),
        Code.RING_FULL: after(World.fill_ring, call("net_ring_put", ring, b"x")),
    },
    "net_ring_info": {
        Code.BAD_ARGUMENT: call("net_ring_info", "1"),
        Code.NO_SUCH_RING: call("net_ring_info", 999),
    },
    "net_handler_install": {
        Code.BAD_ARGUMENT: call("net_handler_install", "handler"),
        Code.BAD_HANDLER: call("net_handler_install", COUNTER[:-1], page),
        Code.HANDLER_REFUSED: call("net_handler_install", OUTSIDE, page),
        Code.OUT_OF_RANGE: call("net_handler_install", COUNTER, ()),
        Code.NO_SUCH_PAGE: call("net_handler_install", COUNTER, [10_000]),
        Code.PAGE_BOUND: call("net_handler_install", COUNTER, buffer),
        Code.PAGE_PINNED: call("net_handler_install", COUNTER, secluded),
        Code.QUOTA: after(_exhausted(Resource.PINS), call("net_handler_install", COUNTER, page)),
    },
    "net_handler_remove": {
        Code.BAD_ARGUMENT: call("net_handler_remove", []),
        Code.NO_SUCH_HANDLER: call("net_handler_remove", 999),
        Code.ACCESS_DENIED: call("net_handler_remove", lambda w: w.bob_handler),
    },
    "net_handler_info": {
        Code.BAD_ARGUMENT: call("net_handler_info", None),
        Code.NO_SUCH_HANDLER: call("net_handler_info", ring),
    },
    "net_send": {
        Code.BAD_ARGUMENT: call("net_send", bytearray(60)),
        Code.NO_SUCH_CAPABILITY: call("net_send", bytes(60), 0, 9),
        Code.ACCESS_DENIED: call("net_send", bytes(60), 0, 5),
        Code.NO_SUCH_CARD: call("net_send", bytes(60), 7),
        Code.OUT_OF_RANGE: call("net_send", b""),
        Code.LINK_FULL: after(World.fill_link, call("net_send", bytes(60))),
    },
    "sleep_on": {
        Code.BAD_ARGUMENT: call("sleep_on", ZERO, 3),
        Code.BAD_PREDICATE: call("sleep_on", ZERO, ()),
        Code.NO_SUCH_CAPABILITY: call("sleep_on", ZERO, page, 9),
        Code.ACCESS_DENIED: call("sleep_on", ZERO, lambda w: list(w.network.rings[w.bob_ring].pages)),
        Code.NO_SUCH_PAGE: call("sleep_on", ZERO, [10_000]),
        Code.PAGE_BOUND: call("sleep_on", ZERO, buffer),
        Code.PAGE_PINNED: call("sleep_on", ZERO, secluded),
        Code.QUOTA: after(_exhausted(Resource.PINS), call("sleep_on", ZERO, page)),
        Code.DEADLOCK: call("sleep_on", NEVER, page),
    },
}
