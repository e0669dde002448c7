"""Software regions: memory that only system calls read and write, with protection smaller than a page.

In: a page of an environment, cut into pieces. Out: pieces with an access list each; a region's bytes reach
nobody by a view, so what one library writes to it is all that another can damage.
"""

from __future__ import annotations

from dataclasses import dataclass

from vm.machine.memory import PAGE
from vm.xok.account import Resource
from vm.xok.capability import MODIFY, READ, WRITE, Acl, Capability, demand
from vm.xok.environment import Environment
from vm.xok.limits import LARGEST_COPY
from vm.xok.pages import Pages, PageState
from vm.xok.refusal import Code, Refusal


@dataclass(slots=True, eq=False)
class Region:
    """A software region.

    Args:
        owner: to whom it is charged.
        page, offset, length: where it is.
        acl: who may read it, write it, change this list.
    """

    owner: Environment
    page: int
    offset: int
    length: int
    acl: Acl


class Regions:
    """All software regions."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._regions: dict[int, Region] = {}
        self._in_page: dict[int, list[int]] = {}
        self._next = 1

    def create(self, owner: Environment, page: object, offset: object, length: object, acl: Acl) -> int:
        """Make a region of part of a page; the page is no longer readable or writable otherwise.

        Raises:
            Refusal: BAD_ARGUMENT, NO_SUCH_PAGE, PAGE_BOUND, PAGE_PINNED, OUT_OF_RANGE, OVERLAP, or QUOTA.
        """
        if type(page) is int and page in self._in_page and page in owner.pages:
            number = page
        else:
            number = self._pages.own(owner, page)
        if type(offset) is not int or type(length) is not int:
            raise Refusal(Code.BAD_ARGUMENT, "offset and length are numbers")
        if not (0 <= offset < PAGE and 0 < length <= PAGE - offset):
            raise Refusal(Code.OUT_OF_RANGE, f"a region is at least 1 byte inside a page of {PAGE}")
        for other in map(self._regions.__getitem__, self._in_page.get(number, ())):
            if offset < other.offset + other.length and other.offset < offset + length:
                raise Refusal(Code.OVERLAP, f"bytes {other.offset} and on are a region already")
        owner.account.take(Resource.REGIONS)
        self._pages.seclude(number)
        identity, self._next = self._next, self._next + 1
        self._regions[identity] = Region(owner, number, offset, length, acl)
        self._in_page.setdefault(number, []).append(identity)
        return identity

    def find(self, identity: object) -> Region:
        """Return a region.

        Raises:
            Refusal: BAD_ARGUMENT or NO_SUCH_REGION.
        """
        if type(identity) is not int:
            raise Refusal(Code.BAD_ARGUMENT, "a region is a number")
        region = self._regions.get(identity)
        if region is None:
            raise Refusal(Code.NO_SUCH_REGION, f"there is no region {identity}")
        return region

    def read(self, identity: object, offset: object, length: object, capability: Capability) -> bytes:
        """Return bytes of a region.

        Raises:
            Refusal: BAD_ARGUMENT, NO_SUCH_REGION, ACCESS_DENIED, or OUT_OF_RANGE.
        """
        region = self.find(identity)
        demand(region.acl, capability, READ)
        first = _inside(region, offset, length)
        assert type(length) is int, "checked by _inside"
        return bytes(self._pages.frame(region.page)[first : first + length])

    def write(self, identity: object, offset: object, data: object, capability: Capability) -> int:
        """Change bytes of a region, and return how many.

        Raises:
            Refusal: BAD_ARGUMENT, NO_SUCH_REGION, ACCESS_DENIED, or OUT_OF_RANGE.
        """
        region = self.find(identity)
        demand(region.acl, capability, WRITE)
        if type(data) is not bytes:
            raise Refusal(Code.BAD_ARGUMENT, "data are bytes")
        first = _inside(region, offset, len(data))
        self._pages.frame(region.page)[first : first + len(data)] = data
        return len(data)

    def free(self, identity: object, capability: Capability) -> None:
        """End a region and clear its bytes; the page is an ordinary one again after the last.

        Raises:
            Refusal: BAD_ARGUMENT, NO_SUCH_REGION, or ACCESS_DENIED.
        """
        region = self.find(identity)
        demand(region.acl, capability, MODIFY)
        assert isinstance(identity, int), "checked by find"
        self._remove(identity)

    def drop(self, owner: Environment) -> None:
        """End all regions of an environment that ends."""
        for page in [page for page in owner.pages if page in self._in_page]:
            self.drop_page(page)

    def drop_page(self, page: int) -> None:
        """End all regions in a page."""
        for identity in tuple(self._in_page.get(page, ())):
            self._remove(identity)

    def _remove(self, identity: int) -> None:
        region = self._regions.pop(identity)
        region.owner.account.give(Resource.REGIONS)
        self._pages.frame(region.page)[region.offset : region.offset + region.length] = bytes(region.length)
        rest = self._in_page[region.page]
        rest.remove(identity)
        if not rest:
            del self._in_page[region.page]
            self._pages.record(region.page).state = PageState.OWNED


def _inside(region: Region, offset: object, length: object) -> int:
    """Return where in the page the bytes begin."""
    if type(offset) is not int or type(length) is not int:
        raise Refusal(Code.BAD_ARGUMENT, "offset and length are numbers")
    if not 0 <= length <= LARGEST_COPY or not 0 <= offset <= region.length - length:
        raise Refusal(Code.OUT_OF_RANGE, f"the region has {region.length} bytes")
    return region.offset + offset
