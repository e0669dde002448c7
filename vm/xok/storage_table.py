"""XN's part of the table of system calls: number, name, cost, purpose, and every refusal of a call.

In: nothing. Out: data, as in `vm.xok.call_table`. The release had its XN calls at 0x50 to 0x6b, and
most of ours are there; what an environment reads from pages that are mapped for everybody costs no crossing.
"""

from __future__ import annotations

from vm.machine import costs
from vm.xok.call import Call
from vm.xok.refusal import Code

_FUNCTION = costs.UDF_CALL + 100 * costs.UDF_INSTRUCTION  # the larger ones take some hundred
_LOOK = costs.SYSTEM_CALL + costs.REGISTRY_LOOKUP
_ASK = _LOOK + _FUNCTION
_METHOD = _ASK + 2 * _FUNCTION
_COMPARE = _ASK + 4 * _FUNCTION + 4 * costs.EXTENT_COMPARE
_START = _LOOK + costs.DISK_START
_PROVE = costs.SYSTEM_CALL + costs.CYCLES_PER_SECOND

_SLOT = (Code.BAD_ARGUMENT, Code.NO_SUCH_CAPABILITY)
_SPOT = (Code.NOT_BOUND, Code.UNKNOWN_TYPE, Code.NOT_IN_CORE, Code.NO_SUCH_PLACE)
_GUARD = (*_SLOT, *_SPOT, Code.BAD_ARGUMENTS, Code.ACCESS_DENIED)
_CHANGE = (*_GUARD, Code.LOCKED, Code.CROSS_SECTOR, Code.OWNS_CHANGED, Code.UNIT)
_BYTES = (*_CHANGE, Code.OUT_OF_RANGE, Code.OUTSIDE_PARTITION, Code.NO_SUCH_PARTITION)
_NEW = (Code.BAD_BLOCK, Code.NOT_FREE, Code.WILL_FREE, Code.QUOTA, Code.CLOSED_SUBTREE)
_ROOT = (*_NEW, Code.BAD_ARGUMENTS, Code.NO_SUCH_TYPE)
_GIVE = (*_NEW, Code.WRONG_TYPE, Code.CYCLE)
_LEAVE = (Code.TRANSFERRING, Code.HAS_KIDS, Code.HAS_POINTERS)
_TAKE = (*_LEAVE, Code.NOT_OWNED)
_PAGE = (Code.NO_SUCH_PAGE, Code.PAGE_BOUND, Code.PAGE_PINNED)
_NAME = (Code.BAD_ARGUMENT,)

XN_INFO = Call(0x50, "xn_info", _LOOK, "what is known of the disk", ())
XN_INSTALL = Call(
    0x51,
    "xn_install",
    _PROVE,
    "prove a set of templates, and keep it for good",
    (
        *_SLOT,
        Code.TYPE_EXISTS,
        Code.TYPE_REFUSED,
        Code.CATALOGUE_FULL,
        Code.NONE_FREE,
        Code.QUOTA,
        Code.CLOSED_SUBTREE,
    ),
)
XN_TYPES = Call(0x52, "xn_types", _LOOK, "the type catalogue", ())
XN_CREATE_ROOT = Call(
    0x53,
    "xn_create_root",
    _START,
    "allocate a root",
    (*_SLOT, *_ROOT, Code.ROOT_EXISTS, Code.CATALOGUE_FULL, Code.NONE_FREE, Code.ACCESS_DENIED),
)
XN_OPEN_ROOT = Call(
    0x54,
    "xn_open_root",
    _LOOK,
    "put a root into the registry",
    (*_NAME, Code.NO_SUCH_ROOT, Code.CLOSED_SUBTREE, Code.QUOTA),
)
XN_DELETE_ROOT = Call(
    0x55,
    "xn_delete_root",
    _START,
    "delete a root that owns nothing",
    (
        *_SLOT,
        Code.NO_SUCH_ROOT,
        Code.ACCESS_DENIED,
        Code.NOT_BOUND,
        Code.LOCKED,
        Code.DIRTY,
        Code.NOT_IN_CORE,
        Code.UNIT,
        *_LEAVE,
    ),
)
XN_ROOTS = Call(0x56, "xn_roots", _LOOK, "the root catalogue", ())
XN_BIND = Call(
    0x57,
    "xn_bind",
    _ASK + _FUNCTION,
    "bind a block to the object whose partition owns it",
    (*_GUARD, Code.BAD_BLOCK, Code.NOT_OWNED, Code.UNIT, Code.CLOSED_SUBTREE, Code.QUOTA),
)
XN_RAW_INSERT = Call(
    0x58,
    "xn_raw_insert",
    _LOOK,
    "make room for a block whose owner is not known yet",
    (
        Code.BAD_ARGUMENT,
        Code.BAD_BLOCK,
        Code.NOT_OWNED,
        Code.ALREADY_BOUND,
        Code.CLOSED_SUBTREE,
        Code.QUOTA,
    ),
)
XN_ATTACH = Call(
    0x59,
    "xn_attach",
    _ASK,
    "give a page to a block that is not in core",
    (
        *_SLOT,
        Code.NOT_BOUND,
        Code.UNKNOWN_TYPE,
        Code.IN_CORE,
        Code.TRANSFERRING,
        Code.METADATA,
        Code.ACCESS_DENIED,
        Code.LOCKED,
        *_PAGE,
    ),
)
XN_READ = Call(
    0x5A,
    "xn_read",
    _START,
    "start reading blocks; anybody may",
    (Code.BAD_ARGUMENT, Code.NOT_BOUND, Code.IN_CORE, Code.TRANSFERRING, Code.UNINITIALISED, *_PAGE),
)
XN_WRITE = Call(
    0x5B,
    "xn_write",
    _START,
    "start writing blocks; anybody may",
    (
        Code.BAD_ARGUMENT,
        Code.NOT_BOUND,
        Code.TRANSFERRING,
        Code.LOCKED,
        Code.TAINTED,
        Code.DEPENDENCY,
    ),
)
XN_MAY_WRITE = Call(
    0x5C, "xn_may_write", _LOOK, "why a block cannot be written now", (Code.BAD_ARGUMENT, Code.NOT_BOUND)
)
XN_FLUSH = Call(0x5D, "xn_flush", _START, "make stable what the drive's cache has", (Code.BAD_ARGUMENT,))
XN_RELEASE = Call(
    0x5E,
    "xn_release",
    _LOOK,
    "hold a block no longer",
    (Code.BAD_ARGUMENT, Code.NOT_BOUND, Code.NOT_HELD, Code.HAS_KIDS, Code.DIRTY),
)
XN_VIEW = Call(
    0x5F,
    "xn_view",
    _ASK + costs.PAGE_TABLE_CHANGE,
    "map the page of a block, metadata for reading only",
    (*_SLOT, *_SPOT[:3], Code.METADATA, Code.ACCESS_DENIED, Code.LOCKED),
)
XN_SET_DIRTY = Call(
    0x60,
    "xn_set_dirty",
    _ASK,
    "say that pages of data were changed",
    (*_SLOT, Code.NOT_BOUND, Code.NOT_IN_CORE, Code.METADATA, Code.ACCESS_DENIED, Code.LOCKED),
)
XN_ENTRY = Call(
    0x61, "xn_entry", costs.REGISTRY_LOOKUP, "what the registry knows of a block", (Code.BAD_ARGUMENT,)
)
XN_DIRTY = Call(0x62, "xn_dirty", costs.REGISTRY_LOOKUP, "all dirty blocks", ())
XN_CHILDREN = Call(
    0x63, "xn_children", costs.REGISTRY_LOOKUP, "the blocks bound below a block", (Code.BAD_ARGUMENT,)
)
XN_LOCK = Call(
    0x64,
    "xn_lock",
    _ASK,
    "keep others from changing and writing a block",
    (
        *_SLOT,
        Code.NOT_BOUND,
        Code.NOT_HELD,
        Code.UNKNOWN_TYPE,
        Code.NOT_IN_CORE,
        Code.LOCKED,
        Code.ACCESS_DENIED,
        Code.QUOTA,
    ),
)
XN_UNLOCK = Call(
    0x65,
    "xn_unlock",
    _LOOK,
    "let others change a block again",
    (Code.BAD_ARGUMENT, Code.NOT_BOUND, Code.NOT_LOCKED),
)
XN_DEPEND = Call(
    0x66,
    "xn_depend",
    _ASK + costs.DEPENDENCY_VISIT,
    "write one block only after another",
    (
        *_SLOT,
        Code.NOT_BOUND,
        Code.NOT_HELD,
        Code.UNKNOWN_TYPE,
        Code.NOT_IN_CORE,
        Code.LOCKED,
        Code.ACCESS_DENIED,
        Code.CYCLE,
        Code.QUOTA,
    ),
)
XN_CALL = Call(
    0x67,
    "xn_call",
    _METHOD,
    "run a method of an object",
    (*_CHANGE, *_GIVE, *_TAKE, Code.NO_SUCH_METHOD, Code.METHOD_REFUSED),
)
XN_ALLOCATE = Call(
    0x68,
    "xn_allocate",
    _COMPARE,
    "change bytes so that a block is owned, too",
    (*_BYTES, *_GIVE),
)
XN_FREE = Call(
    0x69,
    "xn_free",
    _COMPARE,
    "change bytes so that a block is owned no more",
    (*_BYTES, *_TAKE, Code.BAD_BLOCK, Code.CLOSED_SUBTREE),
)
XN_MODIFY = Call(
    0x6A,
    "xn_modify",
    _COMPARE,
    "change bytes so that nothing changes that is owned",
    _BYTES,
)
XN_SET_TYPE = Call(
    0x6B,
    "xn_set_type",
    _COMPARE,
    "make a union without a member one with a member that owns nothing",
    (*_CHANGE, Code.OUT_OF_RANGE, Code.WRONG_TYPE),
)
XN_CLEAR_TYPE = Call(
    0x6C,
    "xn_clear_type",
    _COMPARE,
    "make a union one without a member",
    (*_CHANGE, Code.OUT_OF_RANGE, Code.WRONG_TYPE),
)
XN_SWAP = Call(
    0x6D,
    "xn_swap",
    2 * _COMPARE,
    "exchange what two partitions own",
    (*_BYTES, Code.CYCLE),
)
XN_WRITE_BYTES = Call(
    0x6E,
    "xn_write_bytes",
    _ASK,
    "store raw bytes of an object",
    (*_GUARD, Code.LOCKED, Code.NOT_RAW, Code.OUT_OF_RANGE),
)
XN_READ_BYTES = Call(0x6F, "xn_read_bytes", _ASK, "bytes of an object", (*_GUARD, Code.OUT_OF_RANGE))
XN_ALLOCATE_UNATTACHED = Call(
    0x100, "xn_allocate_unattached", _LOOK, "allocate a block that hangs from nothing yet", (*_NAME, *_ROOT)
)
XN_FREE_UNATTACHED = Call(
    0x101,
    "xn_free_unattached",
    _LOOK,
    "free a block that hangs from nothing",
    (*_NAME, Code.NOT_BOUND, Code.NOT_OWNED, Code.HAS_KIDS, Code.TRANSFERRING),
)
XN_FREE_MAP = Call(0x102, "xn_free_map", _LOOK, "map the free map", ())
XN_FIND_FREE = Call(0x103, "xn_find_free", _LOOK, "find free blocks side by side", (*_NAME, Code.NONE_FREE))
XN_SHUTDOWN = Call(
    0x104, "xn_shutdown", _START, "write the free map, and say that the disk is clean", (*_SLOT, Code.DIRTY)
)

STORAGE_CALLS: tuple[Call, ...] = tuple(
    value for value in tuple(globals().values()) if isinstance(value, Call)
)
