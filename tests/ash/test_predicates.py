"""Wakeup predicates: interpreter = native = the released Xok's rules, from terms and from text."""

from __future__ import annotations

import operator
import random

import pytest

from ashc.catalogue import CATALOGUE
from runtime.diagnostic import Refused
from runtime.predicate.engine import load_predicate
from runtime.predicate.form import decode_predicate, encode_predicate
from runtime.predicate.lower import lower_predicate
from runtime.predicate.nodes import (
    NO_TAG,
    Compare,
    KernelWord,
    Number,
    Or,
    PageWord,
    Predicate,
    Tag,
    Term,
    Variable,
    Word,
)
from tests.ash.programs import ENGINES, compile_text

WORDS = (Word(32, PageWord(0, 8)), Word(64, PageWord(1, 4088)), Word(32, KernelWord("pending")))
COMPARE = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
}
INTERESTING = (0, 1, 2, 5, (1 << 31), (1 << 32) - 1)


def evaluate(terms: tuple[Term, ...], numbers: list[int]) -> int:
    """Return the answer as sys/kern/wk.c finds it: the first true product's tag in force."""
    tag, stack, holds = NO_TAG, [], True
    for term in (*terms, Or()):
        match term:
            case Variable(word=word):
                stack.append(numbers[word])
            case Number(number=number):
                stack.append(number)
            case Compare(operator=name):
                right, left = stack.pop(), stack.pop()
                holds = holds and COMPARE[name](left, right)
            case Tag(number=number):
                tag = number
            case Or():
                if holds:
                    return tag
                holds = True
    return 0


def draw_terms(draw: random.Random) -> tuple[Term, ...]:
    """Return terms that mean something."""
    terms: list[Term] = []
    for product in range(draw.randrange(1, 5)):
        if product:
            terms.append(Or())
        for _ in range(draw.randrange(1, 4)):
            if draw.randrange(4) == 0:
                terms.append(Tag(draw.choice((0, 1, 2, 77, (1 << 32) - 1))))
            operands = [
                Variable(draw.randrange(3)),
                draw.choice((Variable(2), Number(draw.choice(INTERESTING)))),
            ]
            draw.shuffle(operands)
            terms += [*operands, Compare(draw.choice(tuple(COMPARE)))]
        if draw.randrange(3) == 0:
            terms.append(Tag(draw.randrange(5)))
    return tuple(terms)


@pytest.mark.parametrize("seed", range(8))
def test_terms(seed: int) -> None:
    draw = random.Random(seed)
    predicate = Predicate(WORDS, draw_terms(draw))
    assert decode_predicate(encode_predicate(predicate)) == predicate
    loaded = [load_predicate(predicate, engine) for engine in ENGINES]
    for _ in range(200):
        numbers = [draw.choice((*INTERESTING, draw.getrandbits(32))) for _ in WORDS]
        answers = {each.evaluate(numbers) for each in loaded}
        assert answers == {evaluate(predicate.terms, numbers)}


def mean_something(terms: tuple[Term, ...]) -> bool:
    """Say whether two operands stand before each comparison, no others, and no product is empty."""
    waiting = compared = 0
    for term in (*terms, Or()):
        match term:
            case Variable() | Number():
                waiting += 1
            case Compare() if waiting == 2:
                waiting, compared = 0, compared + 1
            case Compare():
                return False
            case Or() if waiting or not compared:
                return False
            case Or():
                compared = 0
            case Tag():
                pass
        if waiting > 2:
            return False
    return True


def test_terms_that_mean_nothing_are_refused() -> None:
    draw, accepted = random.Random(3), 0
    for _ in range(2000):
        terms = list(draw_terms(draw))
        for _ in range(draw.randrange(3)):
            place = draw.randrange(len(terms))
            if draw.randrange(2):
                del terms[place]
            else:
                terms.insert(place, draw.choice(terms))
            terms = terms or [Or()]
        try:
            lower_predicate(Predicate(WORDS, tuple(terms)))
        except Refused as refused:
            said = refused.diagnostics[0]
        else:
            said = None
            accepted += 1
        assert (said is None) == mean_something(tuple(terms))
        assert said is None or (said.notes and said.code in CATALOGUE)
    assert 500 < accepted < 1900


CONDITIONS = (
    ("a == 1 and (b < 2 or c >= 3)", lambda a, b, c: a == 1 and (b < 2 or c >= 3)),
    ("not (a != 1 or not (b > 1))", lambda a, b, c: not (a != 1 or not b > 1)),
    ("a in {0, 2..5} and c not in {5, 2..2}", lambda a, b, c: a in {0, 2, 3, 4, 5} and c not in {5, 2}),
    ("not (a in {1..2} and b == c) or b <= a", lambda a, b, c: not (a in {1, 2} and b == c) or b <= a),
)


@pytest.mark.parametrize("text, meant", CONDITIONS, ids=[text for text, _ in CONDITIONS])
def test_conditions(text: str, meant: object) -> None:
    words = "\n".join(f"    word {name}: u32 = kernel {name}" for name in "abc")
    compiled = compile_text(f"predicate p {{\n{words}\n    when {text} tag 9\n}}\n")
    loaded = [load_predicate(compiled.predicates["p"], engine) for engine in ENGINES]
    assert callable(meant)
    for a in range(7):
        for b in range(5):
            for c in range(7):
                assert {each.evaluate([a, b, c]) for each in loaded} == {9 if meant(a, b, c) else 0}
