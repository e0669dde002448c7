"""Wakeup predicates: what they mean, and which are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.xok.world import make_kernel
from vm.xok.area import ALL_WORDS, PREDICATE_TAG
from vm.xok.limits import LARGEST_TAG, PREDICATE_TERMS
from vm.xok.predicate import KernelWord, check_predicate, evaluate
from vm.xok.refusal import Code, Refusal
from vm.xok.syscalls import SystemCalls

GOOD = (0, "==", 0)

MALFORMED: tuple[object, ...] = (
    None,
    [],
    GOOD,
    ((),),
    ((5,),),
    ((GOOD, 0),),
    ((GOOD, LARGEST_TAG + 1),),
    ((GOOD, -1),),
    ((5, GOOD),),
    (((0, "=="),),),
    (((0,),),),
    ((((0, "==", 0, 0),),),),
    (((0, "=", 0),),),
    (((0, None, 0),),),
    (((ALL_WORDS, "==", 0),),),
    (((-1, "==", 0),),),
    (((True, "==", 0),),),
    ((("CLOCK", "==", 0),),),
    (((0, "==", 1 << 64),),),
    (((0, "==", -1),),),
    (((0, "==", 0.0),),),
    ([GOOD],),
    (([0, "==", 0],),),
    ((GOOD,),) * (PREDICATE_TERMS + 1),
    ((GOOD,) * (PREDICATE_TERMS + 1),),
    ((GOOD,) * PREDICATE_TERMS, (GOOD,)),
)


@pytest.mark.parametrize("predicate", MALFORMED, ids=lambda value: repr(value)[:40])
def test_malformed_predicates_are_refused(predicate: object) -> None:
    with pytest.raises(Refusal) as caught:
        check_predicate(predicate)
    assert caught.value.code is Code.BAD_PREDICATE


comparisons = st.tuples(
    st.integers(0, 3), st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), st.integers(0, 3)
)
products = st.lists(comparisons, min_size=1, max_size=3).flatmap(
    lambda product: st.sampled_from([tuple(product), (*product, 7), (*product, 8)])
)


@given(st.lists(products, max_size=4).map(tuple), st.lists(st.integers(0, 3), min_size=4, max_size=4))
def test_a_predicate_is_a_sum_of_products(
    predicate: tuple[tuple[object, ...], ...], words: list[int]
) -> None:
    expected = 0
    for product in predicate:
        terms = [term for term in product if isinstance(term, tuple)]
        if all(eval(f"{words[word]} {name} {value}") for word, name, value in terms):
            expected = product[-1] if isinstance(product[-1], int) else LARGEST_TAG
            break
    assert evaluate(check_predicate(predicate), lambda word: words[word]) == expected


def test_alarms_are_the_times_that_the_clock_is_compared_with() -> None:
    predicate = (((KernelWord.CLOCK, ">", 5), (0, "==", 9)), ((KernelWord.CLOCK, "==", 8),))
    assert check_predicate(predicate).alarms == (5, 6, 8, 9)


def test_the_tag_says_which_product_woke_it() -> None:
    kernel = make_kernel()
    sys = kernel.enter(kernel.create())
    sys.area.words[1] = 5
    assert sys.sleep((((0, "!=", 0), 3), ((1, "==", 5), 4), ((1, "==", 5), 9))) == 4
    assert sys.area.words[PREDICATE_TAG] == 4
    assert sys.sleep((((0, "==", 0),),)) == LARGEST_TAG


def test_the_64_bit_deadline_of_the_release() -> None:
    """Its test compared halves, and got carries wrong; a word has 64 bits here."""
    kernel = make_kernel()
    sys = kernel.enter(kernel.create())
    due = (1 << 32) + 5
    assert sys.sleep((((1, "==", 1), 2), ((KernelWord.CLOCK, ">=", due), 3))) == 3
    assert sys.now >= due


@pytest.mark.parametrize("word", KernelWord)
def test_every_kernel_word_can_be_waited_for(word: KernelWord) -> None:
    kernel = make_kernel()
    sys = kernel.enter(kernel.create())
    assert sys.sleep((((word, ">=", 0),),)) == LARGEST_TAG


def _use_a_page(sys: SystemCalls) -> None:
    sys.page_allocate()
    sys.compute(10**7)


def test_waiting_for_pages_and_for_deaths() -> None:
    kernel = make_kernel()
    sys = kernel.enter(kernel.create())
    free = kernel.pages.free_count
    kernel.spawn(lambda other: other.compute(10**7))
    assert sys.sleep((((KernelWord.DEATHS, "==", 1),),))
    kernel.spawn(_use_a_page)
    assert sys.sleep((((KernelWord.FREE_PAGES, "<", free), 1),)) == 1
    assert sys.sleep((((KernelWord.FREE_PAGES, "==", free), 2),)) == 2
