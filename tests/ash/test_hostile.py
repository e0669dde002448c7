"""Hostile text: a refusal with a way out, in reasonable time, and nothing else."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ashc.catalogue import CATALOGUE
from runtime.diagnostic import Refused
from tests.ash.programs import PROGRAMS, compile_text, judge_text
from tests.ash.test_litmus import PROGRAMS as LITMUS

TEXTS = [re.sub(r"#[^\n]*", "", path.read_text("utf-8")) for path in (*PROGRAMS, *LITMUS)]
WORDS = [re.findall(r"\n|\w+|[<>=!]=|<<|>>|\.\.|->|\S|[ ]+", text) for text in TEXTS if len(text) < 4000]
NAMES = sorted({word for words in WORDS for word in words if re.fullmatch(r"[a-z_]\w*", word)})
NUMBERS = ["0", "1", "2", "3", "63", "64", "1514", str(1 << 24), str(1 << 32), str((1 << 64) - 1)]


def inside(body: str) -> str:
    return (
        f"region 64 bytes {{ a: u32le[16] }}\nhandler h {{\n    message {{ x: u32be[8] }}\n    {body}\n}}\n"
    )


def repeat(text: str, count: int) -> str:
    return "\n".join(text.replace("N", str(number)) for number in range(count))


BOMBS = {
    "brackets": "const a = " + "(" * 200_000,
    "negations": "define a() = " + "not " * 200_000,
    "sums": "const a = 1" + " + 1" * 200_000,
    "braces": "handler h " + "{" * 200_000,
    "indices": "const a = b" + "[b" * 100_000,
    "blocks": inside("commit { " + "if 1 == 1 { " * 20_000 + "} " * 20_000 + "}"),
    "elses": inside("commit { if 1 == 1 { }" + " else if 1 == 1 { }" * 20_000 + " }"),
    "digits": "const a = " + "9" * 500_000,
    "garbage": random.Random(7).randbytes(1 << 18).decode("latin-1"),
    "lines before and": "\n" * 500_000 + "and",
    "abbreviations": "define d0(x) = x\n"
    + "".join(f"define d{n + 1}(x) = d{n}(x) + d{n}(x)\n" for n in range(40))
    + inside("commit { wake(d40(message.x[0])) }"),
    "constants": "".join(f"const c{n} = c{n + 1} + 1\n" for n in range(3000)) + "const c3000 = 1\n",
    "structs": "".join(f"struct s{n} {{ a: s{n + 1} }}\n" for n in range(3000)) + "struct s3000 { a: u8 }\n",
    "requires": inside(f"initial {{ {repeat('require message.x[N & 7] != N', 1500)} }}"),
    "loops": inside("commit { " + "".join(f"for i{n} in 0..2 {{ " for n in range(40)) + "}" * 41),
    "sends": inside(f"commit {{ {repeat('send(message)', 1000)} }}"),
    "layers": "layer l { initial { consume(1) } }\nhandler h = " + ", ".join(["l"] * 5000),
    "registers": "pipe p : u8 no_mod { " + repeat("keep rN: u8 = 0", 5000) + "\n input w }",
    "inputs": "pipe p : u8 -> u32be { " + repeat("input wN", 5000) + " }",
    "products": "predicate p {\n word a: u32 = kernel x\n when "
    + " and ".join(["(a == 1 or a == 2)"] * 500)
    + "\n}",
    "terms": "predicate p {\n word a: u32 = kernel x\n postfix { " + "a 0 == " * 20_000 + "}\n}",
    "pages": "predicate p {\n" + repeat("word aN: u32 = page N @ 0", 2000) + "\n when a0 == 0\n}",
}


LARGE = {"statements": inside(f"commit {{ {repeat('region.a[N & 15] = message.x[N & 7] + N', 11_000)} }}")}


@pytest.mark.parametrize("name", [*BOMBS, *(pytest.param(name, marks=pytest.mark.long) for name in LARGE)])
def test_bombs(name: str) -> None:
    said = judge_text({**BOMBS, **LARGE}[name])
    assert said
    assert all(one.notes and one.code in CATALOGUE for one in said)


def test_what_is_long_and_right_is_no_bomb() -> None:
    assert not judge_text(inside(f"commit {{ {repeat('region.a[N & 15] = message.x[N & 7]', 700)} }}"))


def change(draw: random.Random, words: list[str]) -> str:
    """Return the words with some of them replaced, dropped, or said twice."""
    changed = list(words)
    for _ in range(draw.randrange(1, 4)):
        place = draw.randrange(len(changed))
        kind = draw.randrange(6)
        if kind == 0:
            del changed[place]
        elif kind == 1:
            changed.insert(place, changed[draw.randrange(len(changed))])
        elif re.fullmatch(r"\w+", changed[place]):
            changed[place] = draw.choice(NUMBERS if changed[place][0].isdigit() else NAMES)
    return "".join(changed)


def check_change(seed: int) -> None:
    draw = random.Random(seed)
    said = judge_text(change(draw, draw.choice(WORDS)))
    assert all(one.notes and one.code in CATALOGUE for one in said)
    assert all(one.span.source.text or one.code.startswith("ASH005") for one in said)


@settings(max_examples=60)
@given(st.integers(0, 1 << 32))
def test_changed_texts_are_accepted_or_refused(seed: int) -> None:
    check_change(seed)


@pytest.mark.long
@settings(max_examples=4000)
@given(st.integers(0, 1 << 32))
def test_many_changed_texts_are_accepted_or_refused(seed: int) -> None:
    check_change(seed)


@settings(max_examples=50)
@given(st.text(max_size=60))
def test_any_text_is_accepted_or_refused(text: str) -> None:
    try:
        compile_text(text)
    except Refused as refused:
        assert refused.diagnostics[0].notes  # noqa: PT017
