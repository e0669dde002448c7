"""Wakeup predicates: what a sleeping environment waits for, as data.

In: a sum of products, as a library passed it. Out: a function that the scheduler asks before each turn, and
the times at which its answer may change without anybody's doing. These are interpreted; `vm.net.predicate`
compiles those that come in a download form.

    predicate  = (product, ...)            true if a product is; the empty sum never is
    product    = (comparison, ..., tag?)   true if all its comparisons are; at least one; tag 1 to 2**32 - 1
    comparison = (word, operator, value)   unsigned 64-bit; operators == != < <= > >=
    word       = index into the u-area's words | a KernelWord | a PageWord

The first product that is true gives its tag, 2**32 - 1 if it has none. The release's postfix terms accepted
comparisons without operands, let a failed product's tag stand for the next, and slept for ever on tag 0; all
three are refused or impossible here.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from vm.machine.memory import PAGE
from vm.xok.area import ALL_WORDS
from vm.xok.limits import LARGEST_TAG, PREDICATE_TERMS
from vm.xok.refusal import Code, Refusal


class KernelWord(Enum):
    """Words of the kernel that all may read."""

    CLOCK = "cycles since the machine was switched on"
    FREE_PAGES = "pages that are free"
    DEATHS = "environments that have ended"
    TRANSFERS = "blocks that XN has read or written"


@dataclass(frozen=True, slots=True)
class PageWord:
    """A word of a page, little-endian: found and pinned when the predicate is given, not when it is asked.

    Args:
        page: whoever owns it; its access list is asked once.
        offset: of the word, aligned.
        bits: 8, 16, 32 or 64.
        cap: the slot of the capability that must let read the page.
    """

    page: int
    offset: int
    bits: int = 64
    cap: int = 0


Word: TypeAlias = int | KernelWord | PageWord
Comparison: TypeAlias = tuple[Word, str, int]
Product: TypeAlias = tuple[Comparison | int, ...]
Predicate: TypeAlias = tuple[Product, ...]

_OPERATORS: dict[str, Callable[[int, int], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class CheckedProduct:
    """A product: its comparisons, and its tag."""

    comparisons: tuple[tuple[Word, Callable[[int, int], bool], int], ...]
    tag: int


@dataclass(frozen=True, slots=True)
class CheckedPredicate:
    """A predicate that is well formed.

    Args:
        products: in order.
        terms: how many comparisons it has.
        alarms: values of CLOCK at which a comparison with it may change.
        page_words: that it looks at, each once.
    """

    products: tuple[CheckedProduct, ...]
    terms: int
    alarms: tuple[int, ...]
    page_words: tuple[PageWord, ...]


def check_predicate(value: object) -> CheckedPredicate:
    """Check a predicate.

    Raises:
        Refusal: BAD_PREDICATE, saying where.
    """
    if type(value) is not tuple or len(value) > PREDICATE_TERMS:
        raise _bad(f"not a tuple of at most {PREDICATE_TERMS} products")
    products = tuple(_check_product(product, number) for number, product in enumerate(value))
    terms = sum(len(product.comparisons) for product in products)
    if terms > PREDICATE_TERMS:
        raise _bad(f"{terms} comparisons, {PREDICATE_TERMS} are allowed")
    times = (
        compared
        for product in products
        for word, _, compared in product.comparisons
        if word is KernelWord.CLOCK
    )
    words = (word for product in products for word, _, _ in product.comparisons if isinstance(word, PageWord))
    alarms = tuple(time + late for time in times for late in (0, 1))
    return CheckedPredicate(products, terms, alarms, tuple(dict.fromkeys(words)))


def evaluate(predicate: CheckedPredicate, read: Callable[[Word], int]) -> int:
    """Return the tag of the first product that is true; 0: none is."""
    for product in predicate.products:
        for word, compare, value in product.comparisons:
            if not compare(read(word), value):
                break
        else:
            return product.tag
    return 0


def _check_product(value: object, number: int) -> CheckedProduct:
    if type(value) is not tuple:
        raise _bad(f"product {number} is not a tuple")
    tag = LARGEST_TAG
    if value and type(value[-1]) is int:
        tag, value = value[-1], value[:-1]
    if not 1 <= tag <= LARGEST_TAG:
        raise _bad(f"product {number} has a tag that cannot wake")
    if not 1 <= len(value) <= PREDICATE_TERMS:
        raise _bad(f"product {number} has {len(value)} comparisons")
    return CheckedProduct(tuple(_check_comparison(item, number) for item in value), tag)


def _check_comparison(value: object, number: int) -> tuple[Word, Callable[[int, int], bool], int]:
    if type(value) is not tuple or len(value) != 3:
        raise _bad(f"product {number} has a comparison that is no (word, operator, value)")
    word, name, compared = value
    is_word = type(word) is KernelWord or (type(word) is int and 0 <= word < ALL_WORDS)
    if not is_word and not (type(word) is PageWord and _is_inside(word)):
        raise _bad(f"product {number} compares no word of the u-area, the kernel or a page")
    if type(name) is not str or name not in _OPERATORS:
        raise _bad(f"product {number} has an unknown operator")
    if type(compared) is not int or not 0 <= compared < 1 << 64:
        raise _bad(f"product {number} compares with no number of 64 bits")
    return word, _OPERATORS[name], compared


def _is_inside(word: PageWord) -> bool:
    """Whether a word of a page is one, and lies in the page; whose page it is, is asked elsewhere."""
    if not all(type(each) is int for each in (word.page, word.offset, word.bits, word.cap)):
        return False
    return word.bits in (8, 16, 32, 64) and word.offset % (word.bits // 8) == 0 and 0 <= word.offset < PAGE


def _bad(message: str) -> Refusal:
    return Refusal(Code.BAD_PREDICATE, message)
