"""The system calls on pages and software regions. Each: guard, then new state.

In: what a library passes: anything. Out: the answer, or `Refusal`, and then nothing has changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vm.machine.costs import copy_cycles
from vm.xok import call_table as calls
from vm.xok.account import Resource
from vm.xok.capability import MODIFY, Acl, Capability, change_acl, demand, make_acl
from vm.xok.entry import Entry
from vm.xok.environment import Environment, EnvironmentId
from vm.xok.pages import PageState
from vm.xok.refusal import Code, Refusal


@dataclass(frozen=True, slots=True)
class PageInfo:
    """What everybody may know of a page.

    Args:
        owner: to whom it is charged.
        state: what it is used for.
        binders: environments that have a view of it.
    """

    owner: EnvironmentId
    state: PageState
    binders: tuple[EnvironmentId, ...]


class MemoryCalls(Entry):
    """Calls on pages and software regions."""

    __slots__ = ()

    def page_allocate(self, acl: Acl | None = None) -> int:
        """Allocate a zeroed page; without `acl`, slot 0 guards it."""
        environment = self._enter(calls.PAGE_ALLOCATE.cycles)
        return self._kernel.pages.allocate(environment, None if acl is None else make_acl(acl))

    def page_free(self, page: int, cap: int = 0) -> None:
        """Free a page, whoever owns it; `cap` must have permission to modify. All views of it end."""
        environment = self._enter(calls.PAGE_FREE.cycles)
        pages = self._kernel.pages
        record = pages.find(page)
        demand(record.acl, environment.capability(cap), MODIFY)
        assert record.owner is not None, "an allocated page has an owner"
        pages.free(pages.own(record.owner, page))

    def page_return(self, pages: Sequence[int]) -> None:
        """Free pages of the caller, all or none: the answer to PAGES_WANTED."""
        environment = self._enter(calls.PAGE_RETURN.cycles)
        if type(pages) not in (tuple, list) or len(pages) > self._kernel.pages.total:
            raise Refusal(Code.BAD_ARGUMENT, "pages are a tuple or list of numbers")
        numbers = [self._kernel.pages.own(environment, page) for page in tuple(pages)]
        if len(set(numbers)) != len(numbers):
            raise Refusal(Code.BAD_ARGUMENT, "a page is returned once")
        for number in numbers:
            self._kernel.pages.free(number)

    def page_bind(self, page: int, write: bool = False, cap: int = 0) -> memoryview:
        """Return a view of a page, whoever owns it; `write` needs permission to."""
        environment = self._enter(calls.PAGE_BIND.cycles)
        if type(write) is not bool:
            raise Refusal(Code.BAD_ARGUMENT, "`write` is True or False")
        return self._kernel.pages.bind(environment, page, write, environment.capability(cap))

    def page_unbind(self, page: int) -> None:
        """Give the caller's view of a page back."""
        environment = self._enter(calls.PAGE_UNBIND.cycles)
        if type(page) is not int:
            raise Refusal(Code.BAD_ARGUMENT, "a page is a number")
        if page not in environment.bindings:
            raise Refusal(Code.NO_SUCH_PAGE, f"page {page} is not bound")
        self._kernel.pages.unbind(environment, page)

    def page_info(self, page: int) -> PageInfo:
        """Return owner, state and binders of a page."""
        self._enter(calls.PAGE_INFO.cycles)
        record = self._kernel.pages.find(page)
        assert record.owner is not None, "an allocated page has an owner"
        return PageInfo(record.owner.id, record.state, tuple(binder.id for binder in record.binders))

    def page_acl(self, page: int) -> Acl:
        """Return the access list of a page."""
        self._enter(calls.PAGE_ACL.cycles)
        return self._kernel.pages.find(page).acl

    def page_acl_set(self, page: int, index: int, entry: Capability | None, cap: int = 0) -> None:
        """Replace, add (at the next index) or remove (None) an entry; `cap` must be let modify."""
        environment = self._enter(calls.PAGE_ACL_SET.cycles)
        record = self._kernel.pages.find(page)
        demand(record.acl, environment.capability(cap), MODIFY)
        record.acl = change_acl(record.acl, index, entry)

    def repossession_set(self, page: int, backing: int | None) -> None:
        """Say to which block page's bytes go should the kernel take it; None: they may be lost."""
        environment = self._enter(calls.REPOSSESSION_SET.cycles)
        number = self._kernel.pages.own(environment, page)
        if backing is not None and (type(backing) is not int or not 0 <= backing < 1 << 64):
            raise Refusal(Code.BAD_ARGUMENT, "a backing is a block number")
        _set_backing(environment, number, backing)

    def repossession_read(self) -> tuple[tuple[int, int | None], ...]:
        """Return and clear the repossession vector: pages taken, each with where it was saved."""
        environment = self._enter(calls.REPOSSESSION_READ.cycles)
        lost = tuple(environment.lost)
        environment.lost.clear()
        return lost

    def region_create(self, page: int, offset: int, length: int, acl: Acl | None = None) -> int:
        """Make a part of the caller's page a software region; the page's views end."""
        environment = self._enter(calls.REGION_CREATE.cycles)
        guard = (environment.capability(0),) if acl is None else make_acl(acl)
        return self._kernel.regions.create(environment, page, offset, length, guard)

    def region_free(self, region: int, cap: int = 0) -> None:
        """End a region, and clear its bytes; `cap` must have permission to modify."""
        environment = self._enter(calls.REGION_FREE.cycles)
        self._kernel.regions.free(region, environment.capability(cap))

    def region_read(self, region: int, offset: int, length: int, cap: int = 0) -> bytes:
        """Return at most 4096 bytes of a region."""
        environment = self._enter(calls.REGION_READ.cycles)
        data = self._kernel.regions.read(region, offset, length, environment.capability(cap))
        self._kernel.charge(copy_cycles(len(data)))
        return data

    def region_write(self, region: int, offset: int, data: bytes, cap: int = 0) -> None:
        """Change at most 4096 bytes of a region; `cap` must have permission to write."""
        environment = self._enter(calls.REGION_WRITE.cycles)
        count = self._kernel.regions.write(region, offset, data, environment.capability(cap))
        self._kernel.charge(copy_cycles(count))

    def region_acl(self, region: int) -> Acl:
        """Return the access list of a region."""
        self._enter(calls.REGION_ACL.cycles)
        return self._kernel.regions.find(region).acl

    def region_acl_set(self, region: int, index: int, entry: Capability | None, cap: int = 0) -> None:
        """Replace, add (at the next index) or remove (None) an entry; `cap` must be let modify."""
        environment = self._enter(calls.REGION_ACL_SET.cycles)
        record = self._kernel.regions.find(region)
        demand(record.acl, environment.capability(cap), MODIFY)
        record.acl = change_acl(record.acl, index, entry)


def _set_backing(environment: Environment, page: int, backing: int | None) -> None:
    if backing is None:
        if environment.backings.pop(page, None) is not None:
            environment.account.give(Resource.BACKINGS)
        return
    if page not in environment.backings:
        environment.account.take(Resource.BACKINGS)
    environment.backings[page] = backing
