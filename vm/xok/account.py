"""Accounts: every entry of every kernel table is charged to an owner, and the owner's limit is a refusal.

In: what an environment takes and gives back. Out: `Refusal(QUOTA)` when it would have too much. What a child
takes is charged to its ancestors too, so an environment gains nothing by creating others. An account may
outlive its environment: what the children of a dead environment use stays charged to it, and so to its
ancestors.

    the kernel makes      account  limits of DEFAULT_LIMITS
    an environment makes  account --parent--> account of its creator
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum

from vm.xok.refusal import Code, Refusal


class Resource(IntEnum):
    """What is charged."""

    PAGES = 0  # physical pages, those in the buffer cache included
    BINDINGS = 1  # views of pages
    REGIONS = 2  # software regions
    CHILDREN = 3  # environments created and not freed
    QUANTA = 4  # slots of the quantum vector
    BACKINGS = 5  # preloaded entries of the repossession vector
    REGISTRY_ENTRIES = 6  # XN, from here on: entries held
    LOCKS = 7
    DEPENDENCIES = 8
    TYPES = 9
    ROOTS = 10
    UNATTACHED = 11
    FILTERS = 12  # the network, from here on: packet filters
    RINGS = 13
    HANDLERS = 14
    PINS = 15  # pages that rings, handlers and predicates rely on, as often as they do


# What an environment that the kernel itself makes may have. PAGES is what the machine has, see `Kernel`.
DEFAULT_LIMITS: dict[Resource, int] = {
    Resource.PAGES: 1 << 30,
    Resource.BINDINGS: 1 << 16,
    Resource.REGIONS: 4096,
    Resource.CHILDREN: 1023,
    Resource.QUANTA: 96,
    Resource.BACKINGS: 256,
    Resource.REGISTRY_ENTRIES: 1 << 16,
    Resource.LOCKS: 64,
    Resource.DEPENDENCIES: 1 << 16,
    Resource.TYPES: 64,
    Resource.ROOTS: 16,
    Resource.UNATTACHED: 4096,
    Resource.FILTERS: 1 << 14,
    Resource.RINGS: 256,
    Resource.HANDLERS: 64,
    Resource.PINS: 512,
}


class Account:
    """What an environment has of each resource, and may have.

    Args:
        limits: one for each `Resource`, in order.
        parent: also charged; None: nobody.

    Attributes:
        used: of each resource, what children use included; `below`: only that.
        generation: how many accounts are above it.
        owed: of the top account: cycles used beyond what its quanta gave, and not paid yet.
    """

    __slots__ = ("below", "generation", "limits", "owed", "parent", "used")

    def __init__(self, limits: Sequence[int], parent: Account | None = None) -> None:
        assert len(limits) == len(Resource), "a limit for each resource"
        self.limits = list(limits)
        self.used = [0] * len(limits)
        self.below = [0] * len(limits)
        self.parent = parent
        self.owed = 0
        self.generation: int = 0 if parent is None else parent.generation + 1

    @property
    def top(self) -> Account:
        """The account at the end of the chain: all that its holder's environments have is charged to it."""
        account = self
        while account.parent is not None:
            account = account.parent
        return account

    def take(self, resource: Resource, count: int = 1) -> None:
        """Charge `count`.

        Raises:
            Refusal: QUOTA, and nobody is charged.
        """
        used = self.used[resource] + count
        if used > self.limits[resource]:
            raise Refusal(Code.QUOTA, f"limit of {self.limits[resource]} {_words(resource)} reached")
        if self.parent is not None:
            self.parent.take(resource, count)
            self.parent.below[resource] += count
        self.used[resource] = used

    def take_share(self, resource: Resource, left: int) -> None:
        """Charge one of a table that all share, of which `left` entries are free.

        Nobody may have more of them than are left for others: so the table is never full because of one
        environment and its children.

        Raises:
            Refusal: QUOTA, and nobody is charged.
        """
        top = self.top
        if top.used[resource] + 1 >= left:
            raise Refusal(Code.QUOTA, f"as many {_words(resource)} as are left for all others")
        self.take(resource)

    def give(self, resource: Resource, count: int = 1) -> None:
        """Take `count` off again."""
        self.used[resource] -= count
        assert self.used[resource] >= 0, "given back more than was taken"
        if self.parent is not None:
            self.parent.give(resource, count)
            self.parent.below[resource] -= count

    def force(self, resource: Resource, count: int = 1) -> None:
        """Charge `count` past any limit: what somebody else's end leaves behind must be somebody's."""
        self.used[resource] += count
        if self.parent is not None:
            self.parent.force(resource, count)
            self.parent.below[resource] += count

    def close(self) -> None:
        """Give back all but what children use: the environment has ended."""
        for resource in Resource:
            rest = self.used[resource] - self.below[resource]
            if rest:
                self.give(resource, rest)


def _words(resource: Resource) -> str:
    return resource.name.lower().replace("_", " ")
