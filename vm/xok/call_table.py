"""The table of system calls: number, name, cost, purpose, and every refusal that a call can give.

In: nothing. Out: data; `SystemCalls` has a method of each name, the tests provoke each refusal, `xok`
prints it. Numbers are the release's where it has the call (ORIGINALS 5.4). Every call may also give
NO_SUCH_ENVIRONMENT (the caller has been ended) and NOT_CURRENT (it does not run).
"""

from __future__ import annotations

from vm.machine import costs
from vm.xok.call import Call
from vm.xok.network_table import NETWORK_CALLS
from vm.xok.refusal import Code
from vm.xok.storage_table import STORAGE_CALLS

_TRAP = costs.SYSTEM_CALL
_LIST = (Code.BAD_ARGUMENT, Code.NO_SUCH_CAPABILITY)
_GUARD = (*_LIST, Code.ACCESS_DENIED)
_ENTRY = (*_GUARD, Code.BAD_NAME, Code.OUT_OF_RANGE, Code.LAST_ENTRY)
_PAGE = (Code.NO_SUCH_PAGE, Code.PAGE_BOUND, Code.PAGE_PINNED)

# ---- environments and capabilities
ENVIRONMENT_ID = Call(0x01, "environment_id", _TRAP, "the number of the caller", ())
ENVIRONMENT_INFO = Call(
    0x02,
    "environment_info",
    _TRAP,
    "what everybody may know of an environment",
    (Code.BAD_ARGUMENT, Code.NO_SUCH_ENVIRONMENT),
)
AREA_READ = Call(
    0x03,
    "area_read",
    _TRAP,
    "read a word of another's u-area",
    (*_GUARD, Code.NO_SUCH_ENVIRONMENT, Code.OUT_OF_RANGE),
)
AREA_WRITE = Call(
    0x04,
    "area_write",
    _TRAP,
    "write a word of another's u-area",
    (*_GUARD, Code.NO_SUCH_ENVIRONMENT, Code.OUT_OF_RANGE),
)
CAPABILITIES = Call(0x05, "capabilities", _TRAP, "the caller's slots", ())
FORGE = Call(
    0x08,
    "forge",
    _TRAP,
    "make a capability that one of the caller's dominates, for itself or for another",
    (*_GUARD, Code.BAD_NAME, Code.NOT_DOMINATED, Code.LAST_ENTRY, Code.NO_SUCH_ENVIRONMENT),
)
CAPABILITY_DROP = Call(
    0x09, "capability_drop", _TRAP, "empty a slot of the caller", (*_LIST, Code.LAST_ENTRY)
)
ACQUIRE = Call(
    0x0A,
    "acquire",
    _TRAP,
    "take the capability that another offers in its u-area",
    (
        Code.BAD_ARGUMENT,
        Code.NO_SUCH_CAPABILITY,
        Code.NO_SUCH_ENVIRONMENT,
        Code.NOTHING_OFFERED,
        Code.NOT_DOMINATED,
        Code.LAST_ENTRY,
    ),
)
ENVIRONMENT_CREATE = Call(
    0x20,
    "environment_create",
    _TRAP + 4_000,
    "make an environment, charged to the caller",
    (*_LIST, Code.BAD_NAME, Code.NOT_DOMINATED, Code.LAST_ENTRY, Code.TABLE_FULL, Code.QUOTA),
)
ENVIRONMENT_START = Call(
    0x21,
    "environment_start",
    _TRAP,
    "give an environment its program",
    (*_GUARD, Code.NO_SUCH_ENVIRONMENT, Code.HAS_PROGRAM),
)
ENVIRONMENT_FREE = Call(
    0x22,
    "environment_free",
    _TRAP + 2_000,
    "end an environment, and give back all that it has",
    (*_GUARD, Code.NO_SUCH_ENVIRONMENT),
)
ENVIRONMENT_ACL = Call(
    0x23,
    "environment_acl",
    _TRAP,
    "who may act on an environment",
    (Code.BAD_ARGUMENT, Code.NO_SUCH_ENVIRONMENT),
)
ENVIRONMENT_ACL_SET = Call(
    0x24,
    "environment_acl_set",
    _TRAP,
    "change an entry of that list",
    (*_ENTRY, Code.NO_SUCH_ENVIRONMENT),
)

# ---- memory
PAGE_ALLOCATE = Call(
    0x0C,
    "page_allocate",
    _TRAP + costs.PAGE_ZERO,
    "allocate a page, zeroed",
    (Code.BAD_ARGUMENT, Code.BAD_NAME, Code.LAST_ENTRY, Code.QUOTA, Code.NO_MEMORY),
)
PAGE_FREE = Call(0x0D, "page_free", _TRAP, "free a page", (*_GUARD, *_PAGE))
PAGE_RETURN = Call(
    0x0E, "page_return", _TRAP, "free pages of the caller that the kernel wants back", (*_LIST[:1], *_PAGE)
)
PAGE_BIND = Call(
    0x0F,
    "page_bind",
    _TRAP + costs.PAGE_TABLE_CHANGE,
    "get a view of a page; the access list is asked now and not again",
    (*_GUARD, *_PAGE, Code.QUOTA),
)
PAGE_UNBIND = Call(
    0x10,
    "page_unbind",
    _TRAP + costs.PAGE_TABLE_CHANGE,
    "give the view back",
    (Code.BAD_ARGUMENT, Code.NO_SUCH_PAGE),
)
PAGE_INFO = Call(
    0x11,
    "page_info",
    _TRAP,
    "owner, state and binders of a page",
    (Code.BAD_ARGUMENT, Code.NO_SUCH_PAGE),
)
REPOSSESSION_SET = Call(
    0x12,
    "repossession_set",
    _TRAP,
    "say where a page is to be saved should the kernel take it",
    (Code.BAD_ARGUMENT, *_PAGE, Code.QUOTA),
)
REPOSSESSION_READ = Call(
    0x13, "repossession_read", _TRAP, "which pages the kernel has taken, since this was last asked", ()
)
PAGE_ACL = Call(0x15, "page_acl", _TRAP, "the access list of a page", (Code.BAD_ARGUMENT, Code.NO_SUCH_PAGE))
PAGE_ACL_SET = Call(0x17, "page_acl_set", _TRAP, "change an entry of that list", (*_ENTRY, Code.NO_SUCH_PAGE))
REGION_CREATE = Call(
    0xE0,
    "region_create",
    _TRAP,
    "make a part of a page a software region",
    (
        Code.BAD_ARGUMENT,
        Code.BAD_NAME,
        Code.LAST_ENTRY,
        Code.NO_SUCH_PAGE,
        Code.PAGE_BOUND,
        Code.OUT_OF_RANGE,
        Code.OVERLAP,
        Code.QUOTA,
    ),
)
REGION_FREE = Call(0xE1, "region_free", _TRAP, "end a software region", (*_GUARD, Code.NO_SUCH_REGION))
REGION_READ = Call(
    0xE2,
    "region_read",
    _TRAP,
    "read bytes of a software region",
    (*_GUARD, Code.NO_SUCH_REGION, Code.OUT_OF_RANGE),
)
REGION_WRITE = Call(
    0xE3,
    "region_write",
    _TRAP,
    "write bytes of a software region",
    (*_GUARD, Code.NO_SUCH_REGION, Code.OUT_OF_RANGE),
)
REGION_ACL = Call(
    0xE4,
    "region_acl",
    _TRAP,
    "the access list of a software region",
    (Code.BAD_ARGUMENT, Code.NO_SUCH_REGION),
)
REGION_ACL_SET = Call(
    0xE5, "region_acl_set", _TRAP, "change an entry of that list", (*_ENTRY, Code.NO_SUCH_REGION)
)

# ---- time and control
QUANTUM_GIVE = Call(
    0x28,
    "quantum_give",
    _TRAP,
    "hand a quantum to another environment",
    (*_GUARD, Code.NO_SUCH_QUANTUM, Code.NO_SUCH_ENVIRONMENT),
)
QUANTUM_ALLOCATE = Call(
    0x29,
    "quantum_allocate",
    _TRAP,
    "take a free quantum, by number",
    (*_GUARD, Code.NO_SUCH_ENVIRONMENT, Code.NO_SUCH_QUANTUM, Code.QUANTUM_TAKEN, Code.QUOTA),
)
QUANTUM_FREE = Call(0x2A, "quantum_free", _TRAP, "give a quantum back", (*_GUARD, Code.NO_SUCH_QUANTUM))
QUANTUM_GET = Call(
    0x2B,
    "quantum_get",
    _TRAP,
    "who owns a quantum, and what time it has left",
    (Code.BAD_ARGUMENT, Code.NO_SUCH_QUANTUM),
)
NULL = Call(0x7C, "null", _TRAP, "nothing", ())
YIELD = Call(
    0x7D,
    "give_way",
    _TRAP,
    "give up the rest of the slice, to another environment if one is named",
    (Code.BAD_ARGUMENT, Code.NO_SUCH_ENVIRONMENT),
)
SLEEP = Call(
    0x83,
    "sleep",
    _TRAP,
    "wait until a predicate holds",
    (
        Code.BAD_PREDICATE,
        Code.NO_SUCH_CAPABILITY,
        Code.ACCESS_DENIED,
        *_PAGE,
        Code.QUOTA,
        Code.DEADLOCK,
    ),
)
WAIT = Call(
    0x84,
    "wait",
    _TRAP,
    "wait until a word of the u-area is 0",
    (Code.BAD_ARGUMENT, Code.OUT_OF_RANGE, Code.DEADLOCK),
)
IPC_CALL = Call(
    0xD0,
    "ipc_call",
    _TRAP,
    "enter another environment, and wait for its answer",
    (Code.BAD_ARGUMENT, Code.NO_SUCH_ENVIRONMENT, Code.NOT_ACCEPTING, Code.DEADLOCK),
)
IPC_SEND = Call(
    0xD1,
    "ipc_send",
    _TRAP,
    "enter another environment with the rest of the slice",
    (Code.BAD_ARGUMENT, Code.NO_SUCH_ENVIRONMENT, Code.NOT_ACCEPTING),
)
IPC_ALLOW = Call(0xD2, "ipc_allow", _TRAP, "accept calls although one is being served", ())

KERNEL_CALLS: tuple[Call, ...] = tuple(
    value for value in tuple(globals().values()) if isinstance(value, Call)
)
CALLS: tuple[Call, ...] = tuple(
    sorted((*KERNEL_CALLS, *STORAGE_CALLS, *NETWORK_CALLS), key=lambda call: call.number)
)
