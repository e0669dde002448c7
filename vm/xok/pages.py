"""Physical pages: allocation, access lists, bindings, and the way into the buffer cache.

In: calls of environments, and of XN. Out: a page with an owner, to whose account it is charged.

    FREE --allocate--> OWNED --enter_cache--> BUFFER     BUFFER pages belong to XN; still charged to the owner
      ^                 |  ^                    |
      +----- free ------+  +---- leave_cache ---+
                        |
                        +--> REGION              holds software regions: nobody has a view of it

A page gets new bytes whenever it changes hands, so old views are of dead memory (`Memory.renew`). A binding
is a view that was given out: it stays good when the access list changes, and ends when the page is freed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import Enum

from vm.machine.memory import Memory
from vm.xok.account import Resource
from vm.xok.capability import WRITE, Acl, Capability, demand
from vm.xok.environment import Environment
from vm.xok.limits import RESERVE_SHARE
from vm.xok.refusal import Code, Refusal


class PageState(Enum):
    """What a page is used for."""

    FREE = "free"
    OWNED = "owned"
    BUFFER = "buffer"
    REGION = "region"


class Page:
    """What the kernel knows of a physical page.

    Attributes:
        state: see the drawing above.
        owner: whom it is charged to; None: it is free.
        acl: who may bind it, and change this list.
        exposed: somebody has, or had, a view of its present bytes.
        binders: environments with a view of it.
        pins: how many rings, handlers and predicates rely on it: it is not freed under them.
    """

    __slots__ = ("acl", "binders", "exposed", "owner", "pins", "state")

    def __init__(self) -> None:
        self.state = PageState.FREE
        self.owner: Environment | None = None
        self.acl: Acl = ()
        self.exposed = False
        self.binders: dict[Environment, None] = {}
        self.pins = 0


class Pages:
    """All pages of the machine.

    Args:
        memory: their bytes.

    Attributes:
        reclaim: who can free pages that nobody would miss: asked for a number of them when none is free.
        pressed: called after an allocation that left fewer than `reserve` pages.
        asked: the environment that was asked to return pages; `returned` is called for each that it frees.
    """

    __slots__ = ("_free", "_memory", "_records", "asked", "pressed", "reclaim", "reserve", "returned")

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._records = [Page() for _ in range(memory.pages)]
        self._free = list(range(memory.pages - 1, -1, -1))
        self.reserve = memory.pages // RESERVE_SHARE
        self.reclaim: list[Callable[[int], int]] = []
        self.pressed: Callable[[], None] = _nothing
        self.asked: Environment | None = None
        self.returned: Callable[[], None] = _nothing

    @property
    def total(self) -> int:
        """How many pages the machine has."""
        return len(self._records)

    @property
    def free_count(self) -> int:
        """How many are free."""
        return len(self._free)

    def frame(self, page: int) -> bytearray:
        """Return the bytes of a page, for the kernel."""
        return self._memory.frame(page)

    def record(self, page: int) -> Page:
        """Return what is known of a page whose number has been checked."""
        return self._records[page]

    def allocate(self, environment: Environment, acl: Acl | None = None) -> int:
        """Give `environment` a zeroed page; without `acl` it is guarded by what slot 0 holds.

        Raises:
            Refusal: QUOTA or NO_MEMORY.
        """
        account = environment.account
        account.take(Resource.PAGES)
        free = self._free
        if not free and not self.reclaim_some(1):
            account.give(Resource.PAGES)
            raise Refusal(Code.NO_MEMORY, f"all {self.total} pages are in use")
        page = free.pop()
        record = self._records[page]
        record.state = PageState.OWNED
        record.owner = environment
        first = environment.capabilities[0]
        assert first is not None, "slot 0 is never empty"
        record.acl = (first,) if acl is None else acl
        environment.pages[page] = None
        self._memory.renew(page)
        if len(free) < self.reserve:
            self.pressed()
        return page

    def free(self, page: int) -> None:
        """Take a page from its owner and from all who have bound it; the guard has been checked."""
        record = self._records[page]
        owner = record.owner
        assert owner is not None, "a page is freed once"
        if record.binders:
            self.unbind_all(page)
        (owner.buffers if record.state is PageState.BUFFER else owner.pages).pop(page)
        if owner.backings and owner.backings.pop(page, None) is not None:
            owner.account.give(Resource.BACKINGS)
        record.state = PageState.FREE
        record.owner = None
        record.exposed = False
        record.pins = 0
        owner.account.give(Resource.PAGES)
        self._free.append(page)
        if owner is self.asked:
            self.returned()

    def enter_cache(self, environment: Environment, page: object, contents: bool = False) -> int:
        """Make a page of `environment` a buffer: no view of it remains good. XN only.

        Args:
            environment: the owner.
            page: as the library passed it.
            contents: keep its bytes; else they are zero.

        Raises:
            Refusal: BAD_ARGUMENT, NO_SUCH_PAGE, PAGE_BOUND, or PAGE_PINNED.
        """
        number = self.own(environment, page)
        record = self._records[number]
        if record.exposed:
            self._hide(number, contents)
        record.state = PageState.BUFFER
        del environment.pages[number]
        environment.buffers[number] = None
        return number

    def seclude(self, page: int) -> None:
        """Take all views of a page away, for it holds software regions now."""
        record = self._records[page]
        if record.state is not PageState.REGION:
            self._hide(page, contents=False)
            record.state = PageState.REGION

    def leave_cache(self, page: int) -> None:
        """Give a buffer back to its owner as an ordinary page, zeroed. XN only."""
        record = self._records[page]
        owner = record.owner
        assert record.state is PageState.BUFFER, "only a buffer leaves the cache"
        assert owner is not None, "a buffer is charged to somebody"
        self._memory.renew(page)
        record.state = PageState.OWNED
        del owner.buffers[page]
        owner.pages[page] = None

    def recharge(self, page: int, owner: Environment) -> None:
        """Charge a buffer to somebody else, past any limit: its owner no longer holds it. XN only."""
        record = self._records[page]
        old = record.owner
        assert record.state is PageState.BUFFER, "only a buffer changes hands"
        assert old is not None, "a buffer is charged to somebody"
        del old.buffers[page]
        old.account.give(Resource.PAGES)
        owner.account.force(Resource.PAGES)
        owner.buffers[page] = None
        record.owner = owner

    def own(self, environment: Environment, page: object, pinned: bool = False) -> int:
        """Check that `page` is an ordinary page of `environment` without regions; `pinned`: it may be so.

        Raises:
            Refusal: BAD_ARGUMENT, NO_SUCH_PAGE, PAGE_BOUND, or PAGE_PINNED.
        """
        if type(page) is not int:
            raise Refusal(Code.BAD_ARGUMENT, "a page is a number")
        if page not in environment.pages:
            if page in environment.buffers:
                raise Refusal(Code.PAGE_BOUND, f"page {page} is in the buffer cache")
            raise Refusal(Code.NO_SUCH_PAGE, f"page {page} is not yours")
        record = self._records[page]
        if record.state is PageState.REGION:
            raise Refusal(Code.PAGE_PINNED, f"page {page} holds software regions")
        if record.pins and not pinned:
            raise Refusal(Code.PAGE_PINNED, f"page {page} is used by a ring, a handler or a predicate")
        return page

    def pin_all(self, environment: Environment, pages: Sequence[object]) -> tuple[int, ...]:
        """Pin ordinary pages of `environment`, all or none, and return them: it cannot free them.

        Raises:
            Refusal: BAD_ARGUMENT, NO_SUCH_PAGE, PAGE_BOUND, PAGE_PINNED, or QUOTA.
        """
        numbers = tuple(self.own(environment, page, pinned=True) for page in pages)
        if len(set(numbers)) != len(numbers):
            raise Refusal(Code.BAD_ARGUMENT, "each page stands once")
        environment.account.take(Resource.PINS, len(numbers))
        for number in numbers:
            self._records[number].pins += 1
        return numbers

    def unpin_all(self, pages: Sequence[int]) -> None:
        """Undo `pin_all`."""
        for number in pages:
            record = self._records[number]
            assert record.owner is not None, "a pinned page is not freed"
            record.pins -= 1
            record.owner.account.give(Resource.PINS)

    def find(self, page: object) -> Page:
        """Return the record of an allocated page, whoever owns it.

        Raises:
            Refusal: BAD_ARGUMENT or NO_SUCH_PAGE.
        """
        if type(page) is not int:
            raise Refusal(Code.BAD_ARGUMENT, "a page is a number")
        if not 0 <= page < len(self._records) or self._records[page].state is PageState.FREE:
            raise Refusal(Code.NO_SUCH_PAGE, f"page {page} is not allocated")
        return self._records[page]

    def bind(self, environment: Environment, page: object, write: bool, capability: Capability) -> memoryview:
        """Give `environment` a view of a page: the access list is asked now, and not again.

        Raises:
            Refusal: BAD_ARGUMENT, NO_SUCH_PAGE, PAGE_BOUND, PAGE_PINNED, ACCESS_DENIED, or QUOTA.
        """
        record = self.find(page)
        assert isinstance(page, int), "checked by find"
        if record.state is PageState.BUFFER:
            raise Refusal(Code.PAGE_BOUND, f"page {page} is in the buffer cache")
        if record.state is PageState.REGION:
            raise Refusal(Code.PAGE_PINNED, f"page {page} holds software regions")
        demand(record.acl, capability, WRITE if write else 0)
        if environment not in record.binders:
            environment.account.take(Resource.BINDINGS)
        record.binders[environment] = None
        record.exposed = True
        environment.bindings[page] = write or environment.bindings.get(page, False)
        view = memoryview(self._memory.frame(page))
        return view if write else view.toreadonly()

    def unbind(self, environment: Environment, page: int) -> None:
        """End a binding that exists."""
        del self._records[page].binders[environment]
        del environment.bindings[page]
        environment.account.give(Resource.BINDINGS)

    def unbind_all(self, page: int) -> None:
        """End all bindings of a page."""
        for environment in tuple(self._records[page].binders):
            self.unbind(environment, page)

    def _hide(self, page: int, contents: bool) -> None:
        """Give a page new bytes, with its contents or zero, so that no view of it is good any more."""
        old = self._memory.frame(page)
        self.unbind_all(page)
        new = self._memory.renew(page)
        if contents:
            new[:] = old
        self._records[page].exposed = False

    def reclaim_some(self, count: int) -> bool:
        """Free `count` pages that nobody would miss; False: there are not so many."""
        for reclaim in self.reclaim:
            count -= reclaim(count)
            if count <= 0:
                return True
        return count <= 0


def _nothing() -> None:
    """Nobody wants to know."""
