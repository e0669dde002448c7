"""What a refused system call says: a code with a name, and one sentence.

In: nothing. Out: `Refusal`, the only exception that the kernel raises at an environment. A refused call has
changed nothing. The codes are stable: tests, libraries and commands go by them.
"""

from __future__ import annotations

from enum import Enum


class Code(Enum):
    """Why a call was refused; the value says what the caller may do about it."""

    # ---- any call
    BAD_ARGUMENT = "the call does not take such a value: see its docstring"
    NO_SUCH_ENVIRONMENT = "name an environment that is alive"
    NOT_CURRENT = "only the environment that is running makes system calls"
    QUOTA = "give something of this kind back first: each environment has its own limit"

    TABLE_FULL = "all environments of the machine are in use: wait until one ends"

    # ---- capabilities
    NO_SUCH_CAPABILITY = "the slot is empty or out of range: name one that holds a capability"
    BAD_NAME = "a capability's name has 0 to 7 bytes"
    NOT_DOMINATED = "forge only what a capability of yours dominates, from one with permission to duplicate"
    ACCESS_DENIED = "present a capability that the guard of this resource accepts"
    NOTHING_OFFERED = "the other environment must offer a capability first"
    LAST_ENTRY = "entry 0 of an access list, and slot 0 of an environment, keep all permissions"

    # ---- pages, regions
    NO_SUCH_PAGE = "the page is not allocated: it may have been repossessed"
    NO_MEMORY = "all pages are in use: release buffers, or wait for others to"
    PAGE_BOUND = "the page holds a disk block: release the block instead"
    PAGE_PINNED = "the page holds software regions: free these first"
    NO_SUCH_REGION = "name a software region that exists"
    OUT_OF_RANGE = "stay inside the object"
    OVERLAP = "software regions of a page do not overlap"

    # ---- time and control
    NO_SUCH_QUANTUM = "quanta are numbered from 0 to 127"
    QUANTUM_TAKEN = "take a quantum that is free"
    BAD_PREDICATE = "a predicate is a sum of products of comparisons of words with numbers"
    NOT_ACCEPTING = "the other environment does not accept calls now"
    HAS_PROGRAM = "a program is started once in each environment"
    DEADLOCK = "nothing is left that could end this wait: no program can run, no event is due"

    # ---- XN: types and roots
    TYPE_REFUSED = "the kernel could not prove the templates: `udfc check` shows why"
    TYPE_EXISTS = "types cannot be changed: install under another name"
    NO_SUCH_TYPE = "name a type of the catalogue"
    ROOT_EXISTS = "choose another name for the root"
    NO_SUCH_ROOT = "name a root of the catalogue"
    CATALOGUE_FULL = "the catalogue on the disk has no room: delete a root"
    BAD_DISK = "this is no XN disk: format it first"

    # ---- XN: registry
    NOT_BOUND = "bind the block to its parent first"
    ALREADY_BOUND = "the block is bound already"
    UNKNOWN_TYPE = "the block was read raw: bind it to a parent before it is used"
    IN_CORE = "the block has a page already"
    NOT_IN_CORE = "read the block first, or attach a page"
    TRANSFERRING = "wait until the transfer of the block is done"
    NOT_HELD = "only an environment that holds the block may do this"
    LOCKED = "another environment has locked the block: wait for it"
    NOT_LOCKED = "the block is not locked by this environment"
    METADATA = "pages of metadata are never mapped writable: use a method or a modification"
    NOT_RAW = "these bytes are no raw bytes of the type: use a method or a modification"
    BAD_BLOCK = "the block does not lie on the disk, or is the kernel's own"

    # ---- XN: what metadata owns
    NO_SUCH_PLACE = "the path of partitions leads to no part"
    NO_SUCH_PARTITION = "the object has no such partition"
    NO_SUCH_METHOD = "the template has no such method"
    METHOD_REFUSED = "a `require` of the method does not hold"
    NOT_OWNED = "the parent does not own this block as this type"
    OWNS_CHANGED = "the change must alter what is owned by exactly what the call says"
    OUTSIDE_PARTITION = "bytes outside the named partitions are changed: name them all, or none"
    CROSS_SECTOR = "one change must stay inside one sector of 512 bytes: a crash may come between two"
    WRONG_TYPE = "the union does not become the type that the call says"
    NOT_FREE = "the block is in use, or may not be used again yet"
    WILL_FREE = "the block is freed on paper: write its former parent first"
    NONE_FREE = "no free run of this length"
    UNIT = "XN counts in blocks of 4,096 bytes, and so must the types"
    UNINITIALISED = "the block was never written since it was allocated: attach a page instead"
    BAD_ARGUMENTS = "these arguments are outside the domain of the type's parameters"
    CLOSED_SUBTREE = "what lies below this block is quarantined: it cannot be trusted"

    # ---- XN: order
    TAINTED = "the block points to blocks that were never written: write those first"
    DEPENDENCY = "another block must reach the disk before this one"
    CYCLE = "the dependency would close a circle: write one of the blocks first"
    HAS_KIDS = "blocks below this one are still bound: free or release them first"
    HAS_POINTERS = "the block still owns metadata: free that first"
    DIRTY = "write what is dirty first"

    # ---- the network
    NO_SUCH_CARD = "name a network card of the machine"
    NO_SUCH_FILTER = "name a filter that is installed"
    NO_SUCH_RING = "name a packet ring that exists"
    NO_SUCH_HANDLER = "name a handler that is installed"
    BAD_FILTER = "the bytes are no filter in its download form: compile it again"
    FILTER_REFUSED = "the filter cannot be proved safe, or is too large: `dpfc check` shows why"
    FILTER_CONFLICT = "it is not decided which filter wins: narrow one of them, or give one a priority"
    FILTER_TAKES = "to take messages from another's filter, present a capability that dominates its guard"
    BAD_HANDLER = "the bytes are no handler in its download form: compile it again"
    HANDLER_REFUSED = "the kernel could not prove the handler: `ashc check` shows why"
    RING_FULL = "the next slot of the ring is still the library's: wait until it is given back"
    LINK_FULL = "as many frames as the link takes wait for it: wait until one has left"


class Refusal(Exception):  # noqa: N818  (a refusal is the answer, not an error of ours)
    """A system call was refused, and nothing has changed.

    Args:
        code: why.
        message: the fact that failed, one sentence, lower case.
    """

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(f"{code.name}: {message}")
        self.code = code
        self.message = message
