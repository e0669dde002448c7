"""Words of pages that a predicate looks at: found and guarded once, pinned while it is in force.

In: a predicate that is well formed. Out: a `Watch`, which reads its words without asking anybody. A page of
the environment itself is pinned: it is neither freed nor taken until the predicate is gone. Of somebody
else's page the frame is kept: its owner may free it, and the predicate then sees what was there last, never
what comes after.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vm.xok.account import Resource
from vm.xok.capability import READ, demand
from vm.xok.environment import Environment
from vm.xok.pages import Pages, PageState
from vm.xok.predicate import PageWord
from vm.xok.refusal import Code, Refusal


@dataclass(frozen=True, slots=True)
class Watch:
    """Words that are watched.

    Args:
        views: of each word.
        pinned: pages of the environment; `foreign`: how many others are charged to it.
    """

    views: Mapping[PageWord, memoryview]
    pinned: tuple[int, ...]
    foreign: int

    def read(self, word: PageWord) -> int:
        """Return what a word is now."""
        return int.from_bytes(self.views[word], "little")


def begin_watch(pages: Pages, environment: Environment, words: tuple[PageWord, ...]) -> Watch:
    """Find, guard and pin what `words` lie in.

    Raises:
        Refusal: NO_SUCH_PAGE, PAGE_BOUND, PAGE_PINNED, NO_SUCH_CAPABILITY, ACCESS_DENIED, or QUOTA.
    """
    for word in words:
        _guard(pages, environment, word)
    numbers = dict.fromkeys(word.page for word in words)
    mine = [page for page in numbers if page in environment.pages]
    foreign = len(numbers) - len(mine)
    environment.account.take(Resource.PINS, foreign)
    try:
        pinned = pages.pin_all(environment, mine)
    except Refusal:
        environment.account.give(Resource.PINS, foreign)
        raise
    return Watch({word: _view(pages, word) for word in words}, pinned, foreign)


def end_watch(pages: Pages, environment: Environment, watch: Watch) -> None:
    """Undo `begin_watch`."""
    pages.unpin_all(watch.pinned)
    environment.account.give(Resource.PINS, watch.foreign)


def _guard(pages: Pages, environment: Environment, word: PageWord) -> None:
    record = pages.find(word.page)
    demand(record.acl, environment.capability(word.cap), READ)
    if record.state is PageState.BUFFER:
        raise Refusal(Code.PAGE_BOUND, f"page {word.page} is in the buffer cache")
    if record.state is PageState.REGION:
        raise Refusal(Code.PAGE_PINNED, f"page {word.page} holds software regions")


def _view(pages: Pages, word: PageWord) -> memoryview:
    return memoryview(pages.frame(word.page))[word.offset : word.offset + word.bits // 8]
