"""Wakeup predicates that are downloaded: compiled as handlers are, and asked by the scheduler.

In: the form that `runtime.predicate` draws, pages, and who sleeps. Out: where its words are, and a function
that says with which tag to wake. Of what the terms mean nothing is known here.

A predicate's words lie in pages, by their place in the list that comes with it, or are the kernel's, by name:

    clock  free_pages  deaths  transfers        as `vm.xok.predicate.KernelWord`
    area0 ... area63                            the words of the sleeper's own u-area
    pages_wanted  pages_lost                    likewise, what the kernel writes there
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dpfc.answers import Engine
from runtime.diagnostic import Refused
from runtime.predicate import nodes
from runtime.predicate.engine import LoadedPredicate, load_predicate
from runtime.predicate.form import decode_predicate
from vm.net.limits import PREDICATES
from vm.xok.area import PAGES_LOST, PAGES_WANTED
from vm.xok.limits import AREA_WORDS
from vm.xok.predicate import KernelWord, PageWord, Word
from vm.xok.refusal import Code, Refusal

_KERNEL = {word.name.lower(): word for word in KernelWord}
_AREA = {f"area{number}": number for number in range(AREA_WORDS)}
_AREA |= {"pages_wanted": PAGES_WANTED, "pages_lost": PAGES_LOST}


@dataclass(frozen=True, slots=True)
class Compiled:
    """A predicate, and where its words are.

    Args:
        loaded: answers.
        words: in its order.
        alarms: times at which it may change by itself.
    """

    loaded: LoadedPredicate
    words: tuple[Word, ...]
    alarms: tuple[int, ...]

    @property
    def page_words(self) -> tuple[PageWord, ...]:
        """Those of its words that lie in pages, each once."""
        return tuple(dict.fromkeys(word for word in self.words if isinstance(word, PageWord)))


class Predicates:
    """Compiles predicates, and keeps the last ones: a program asks the same again and again."""

    __slots__ = ("_cache", "_engine", "_known")

    def __init__(self, engine: Engine | None, cache: Path | None) -> None:
        self._engine, self._cache = engine, cache
        self._known: dict[bytes, LoadedPredicate] = {}

    def compile(self, form: bytes, pages: Sequence[object], cap: int) -> Compiled:
        """Compile a predicate.

        Args:
            form: of it.
            pages: that it numbers from 0; each is still to be found and guarded.
            cap: slot of the capability that must let read them.

        Raises:
            Refusal: BAD_PREDICATE.
        """
        try:
            loaded = self._known.get(form) or load_predicate(
                decode_predicate(form), self._engine, self._cache
            )
        except Refused as refused:
            first = refused.diagnostics[0]
            raise Refusal(Code.BAD_PREDICATE, f"{first.code}: {first.message}") from None
        words = tuple(_find_word(word, pages, cap) for word in loaded.predicate.words)
        self._known.pop(form, None)
        self._known[form] = loaded
        if len(self._known) > PREDICATES:
            del self._known[next(iter(self._known))]
        return Compiled(loaded, words, _find_alarms(loaded.predicate, words))


def _find_word(word: nodes.Word, pages: Sequence[object], cap: int) -> Word:
    match word.source:
        case nodes.PageWord(page=number, offset=offset):
            if number >= len(pages):
                raise Refusal(Code.BAD_PREDICATE, f"it names page {number} of {len(pages)}")
            page = pages[number]
            if type(page) is not int:
                raise Refusal(Code.BAD_ARGUMENT, "a page is a number")
            return PageWord(page, offset, word.bits, cap)
        case nodes.KernelWord(name=name):
            known = _KERNEL.get(name, _AREA.get(name))
            if known is None:
                raise Refusal(Code.BAD_PREDICATE, f"the kernel has no word `{name}`")
            return known


def _find_alarms(predicate: nodes.Predicate, words: tuple[Word, ...]) -> tuple[int, ...]:
    """Return when a comparison with the clock may change: at a number that the terms have, or behind it."""
    if KernelWord.CLOCK not in words:
        return ()
    numbers = [term.number for term in predicate.terms if isinstance(term, nodes.Number)]
    return tuple(number + late for number in numbers for late in (0, 1))
