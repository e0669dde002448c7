"""Visible revocation of pages, and the abort protocol when the library does not comply.

In: a free list that has become short. Out: pages that come back.

    IDLE --free < reserve--> ASKED: pages_wanted in the u-area, upcall; the library chooses what to return
      ^                        |
      +---- all returned ------+
      +---- deadline: the kernel takes what is missing, oldest first, and tells which (repossession vector)

The environment that has most is asked. Its guaranteed pages are not counted and never taken. By force, clean
buffers go first, for they lose nothing: they are XN's, by its hook `take_buffers`. A page with a backing,
preloaded by the library, is saved there before it is taken; one that has none is lost.
"""

from __future__ import annotations

from collections.abc import Callable

from vm.machine import costs
from vm.machine.clock import Clock
from vm.xok.account import Resource
from vm.xok.area import PAGES_LOST, PAGES_WANTED
from vm.xok.environment import Environment
from vm.xok.environments import Environments
from vm.xok.limits import GUARANTEED_PAGES, QUANTUM_TICKS, REVOCATION_MOST, REVOCATION_TICKS
from vm.xok.pages import Pages, PageState
from vm.xok.regions import Regions
from vm.xok.scheduler import Scheduler


class Revocation:
    """Asks for pages, and takes them.

    Attributes:
        save: writes the bytes of a page to a backing; False: that did not work. XN sets it.
        take_buffers: drops so many clean buffers of an environment, and returns how many. XN sets it.
    """

    def __init__(
        self, clock: Clock, pages: Pages, regions: Regions, environments: Environments, scheduler: Scheduler
    ) -> None:
        self._clock = clock
        self._pages = pages
        self._regions = regions
        self._environments = environments
        self._scheduler = scheduler
        self._wanted = 0
        self._request = 0
        self.save: Callable[[Environment, int, bytes], bool] = lambda environment, backing, data: False
        self.take_buffers: Callable[[Environment, int], int] = lambda environment, count: 0
        pages.pressed = self.press
        pages.returned = self._returned

    def press(self) -> None:
        """Ask for pages back unless that has been done."""
        pages = self._pages
        if pages.asked is not None or pages.reclaim_some(pages.reserve - pages.free_count):
            return
        victim = max(self._environments.all()[1:], key=_revocable, default=None)
        missing = min(2 * pages.reserve - pages.free_count, REVOCATION_MOST)
        if victim is None or min(missing, _revocable(victim)) <= 0:
            return
        self._wanted = min(missing, _revocable(victim))
        pages.asked = victim
        victim.words[PAGES_WANTED] = self._wanted
        victim.revoked = True
        self._scheduler.poke(victim)
        self._request = request = self._request + 1
        ticks = REVOCATION_TICKS + 2 * QUANTUM_TICKS * self._scheduler.vector.occupied
        self._clock.schedule(self._clock.now + ticks * costs.TICK, lambda: self._expire(request))

    def forget(self, environment: Environment) -> None:
        """The environment ends: nothing more is asked of it."""
        if self._pages.asked is environment:
            self._finish()

    def _returned(self) -> None:
        victim = self._pages.asked
        assert victim is not None, "somebody was asked"
        self._wanted -= 1
        victim.words[PAGES_WANTED] = self._wanted
        if self._wanted == 0:
            self._finish()

    def _finish(self) -> None:
        victim, self._pages.asked = self._pages.asked, None
        assert victim is not None, "somebody was asked"
        victim.words[PAGES_WANTED] = 0
        victim.revoked = False
        self._wanted = 0
        self._request += 1

    def _expire(self, request: int) -> None:
        """Take what was not returned in time."""
        victim = self._pages.asked
        if request != self._request or victim is None:
            return
        missing = self._wanted
        self._finish()
        dropped = self.take_buffers(victim, min(missing, len(victim.buffers)))
        # Pages with software regions go last, but they go: else a byte in each would keep all.
        free = [page for page in victim.pages if not self._pages.record(page).pins]  # pins have a limit
        pages = sorted(free, key=lambda page: self._pages.record(page).state is PageState.REGION)
        taken = pages[: max(0, min(missing - dropped, len(victim.pages) - GUARANTEED_PAGES))]
        for page in taken:
            self._take(victim, page)
        victim.words[PAGES_LOST] += len(taken)
        if taken:
            victim.repossessed = True
            self._scheduler.poke(victim)
        if len(taken) + dropped and self._pages.free_count < self._pages.reserve:
            self.press()

    def _take(self, victim: Environment, page: int) -> None:
        backing = victim.backings.pop(page, None)
        if backing is not None:
            victim.account.give(Resource.BACKINGS)
            if not self.save(victim, backing, bytes(self._pages.frame(page))):
                backing = None
        victim.lost.append((page, backing))
        self._regions.drop_page(page)
        self._pages.free(page)


def _revocable(environment: Environment) -> int:
    """How many pages may be taken from an environment."""
    return len(environment.buffers) + max(0, len(environment.pages) - GUARANTEED_PAGES)
