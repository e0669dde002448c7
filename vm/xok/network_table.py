"""The network's part of the table of system calls: number, name, cost, purpose, and every refusal of a call.

In: nothing. Out: data, as in `vm.xok.call_table`. The release had its DPF calls and packet rings at 0x40 to
0x4f, and so are ours; what is counted lies in pages that all may read, but asking for it is a call here.
"""

from __future__ import annotations

from vm.machine import costs
from vm.xok.call import Call
from vm.xok.refusal import Code

_TRAP = costs.SYSTEM_CALL
_SLOT = (Code.BAD_ARGUMENT, Code.NO_SUCH_CAPABILITY)
_GUARD = (*_SLOT, Code.ACCESS_DENIED)
_PAGES = (Code.NO_SUCH_PAGE, Code.PAGE_BOUND, Code.PAGE_PINNED)

NET_INFO = Call(0x40, "net_info", _TRAP, "the cards, and what they counted", ())
NET_FILTER_INSERT = Call(
    0x41,
    "net_filter_insert",
    _TRAP + costs.FILTER_INSERT,
    "insert a filter whose messages go to a ring",
    (
        *_GUARD,
        Code.NO_SUCH_CARD,
        Code.NO_SUCH_RING,
        Code.BAD_FILTER,
        Code.FILTER_REFUSED,
        Code.FILTER_CONFLICT,
        Code.FILTER_TAKES,
        Code.TABLE_FULL,
        Code.QUOTA,
    ),
)
NET_FILTER_DELETE = Call(0x42, "net_filter_delete", _TRAP, "delete a filter", (*_GUARD, Code.NO_SUCH_FILTER))
NET_FILTER_ROUTE = Call(
    0x43,
    "net_filter_route",
    _TRAP,
    "let a filter's messages go to another ring, or to none",
    (*_GUARD, Code.NO_SUCH_FILTER, Code.NO_SUCH_RING),
)
NET_FILTER_BIND = Call(
    0x44,
    "net_filter_bind",
    _TRAP,
    "let a handler of the caller see a filter's messages first, or none",
    (*_GUARD, Code.NO_SUCH_FILTER, Code.NO_SUCH_HANDLER),
)
NET_FILTER_INFO = Call(
    0x45,
    "net_filter_info",
    _TRAP,
    "whose a filter is, and what it counted",
    (Code.BAD_ARGUMENT, Code.NO_SUCH_FILTER),
)
NET_RING_CREATE = Call(
    0x46,
    "net_ring_create",
    _TRAP,
    "make a packet ring of pages of the caller, which are pinned",
    (Code.BAD_ARGUMENT, Code.BAD_NAME, Code.LAST_ENTRY, Code.OUT_OF_RANGE, *_PAGES, Code.QUOTA),
)
NET_RING_FREE = Call(
    0x47,
    "net_ring_free",
    _TRAP,
    "end a ring; its pages are ordinary ones again",
    (*_GUARD, Code.NO_SUCH_RING),
)
NET_RING_PUT = Call(
    0x48,
    "net_ring_put",
    _TRAP + costs.RING_ENTRY,
    "put a message into a ring, whoever owns it",
    (*_GUARD, Code.NO_SUCH_RING, Code.OUT_OF_RANGE, Code.RING_FULL),
)
NET_RING_INFO = Call(
    0x49,
    "net_ring_info",
    _TRAP,
    "whose a ring is, and what it counted",
    (Code.BAD_ARGUMENT, Code.NO_SUCH_RING),
)
NET_HANDLER_INSTALL = Call(
    0x4A,
    "net_handler_install",
    _TRAP + costs.HANDLER_PROOF,
    "prove a handler, and pin the pages that it may touch",
    (
        Code.BAD_ARGUMENT,
        Code.BAD_HANDLER,
        Code.HANDLER_REFUSED,
        Code.OUT_OF_RANGE,
        *_PAGES,
        Code.QUOTA,
    ),
)
NET_HANDLER_REMOVE = Call(
    0x4B,
    "net_handler_remove",
    _TRAP,
    "remove a handler of the caller",
    (Code.BAD_ARGUMENT, Code.NO_SUCH_HANDLER, Code.ACCESS_DENIED),
)
NET_HANDLER_INFO = Call(
    0x4C,
    "net_handler_info",
    _TRAP,
    "whose a handler is, and what it counted",
    (Code.BAD_ARGUMENT, Code.NO_SUCH_HANDLER),
)
NET_SEND = Call(
    0x79,
    "net_send",
    _TRAP + costs.NET_START,
    "send a frame",
    (*_GUARD, Code.NO_SUCH_CARD, Code.OUT_OF_RANGE, Code.LINK_FULL),
)

SLEEP_ON = Call(
    0x85,
    "sleep_on",
    _TRAP + costs.PREDICATE_COMPILE,
    "wait until a predicate holds that is compiled first",
    (*_GUARD, Code.BAD_PREDICATE, *_PAGES, Code.QUOTA, Code.DEADLOCK),
)

NETWORK_CALLS: tuple[Call, ...] = tuple(
    value for value in tuple(globals().values()) if isinstance(value, Call)
)
