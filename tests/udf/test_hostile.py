"""Hostile text behind the parser: a refusal with a way out, in reasonable time, and nothing else."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.diagnostic import Refused
from runtime.ir.verify import verify_function
from runtime.template.policies import list_functions
from tests.udf.lowered import CASES, lower_text

TEXTS = [re.sub(r"#[^\n]*", "", path.read_text("utf-8")) for path in CASES]
WORDS = [re.findall(r"\n|\w+|[<>=!]=|<<|>>|\.\.|\S|[ ]+", text) for text in TEXTS]
NAMES = sorted({word for words in WORDS for word in words if re.fullmatch(r"[a-z_]\w*", word)})
NUMBERS = ["0", "1", "2", "3", "63", "64", "4096", str(1 << 32), str((1 << 64) - 1)]


def inside(body: str) -> str:
    return f"template t : 64 bytes {{\n    layout {{ x: u32le[16] }}\n    {body}\n}}\n"


def repeat(text: str, count: int) -> str:
    return "\n".join(text.replace("N", str(number)) for number in range(count))


REQUIRES = repeat("require x[0] != N", 3000)
BOMBS = {
    "requires": inside(f"method m() changes p {{ {REQUIRES}\n x[0] = 1 }}\n partition p {{ }}"),
    "stops": inside(f"partition p {{ {repeat('stop if x[0] == N', 3000)} }}"),
    "statements": inside(f"partition p {{ {repeat('own(x[0], N, data)', 16_000)} }}"),
    "parts": "template t : up to 64 bytes { layout { x: u32le[] }\n"
    + repeat("partition aN[p in x] { }", 500)
    + "}",
    "abbreviations": "define d0(x) = x\n"
    + "".join(f"define d{n + 1}(x) = d{n}(x) + d{n}(x)\n" for n in range(40))
    + inside("partition p { own(d40(x[0]), 1, data) }"),
    "constants": "".join(f"const c{n} = c{n + 1} + 1\n" for n in range(3000)) + "const c3000 = 1\n",
    "arguments": "define d0(x) = x + x\n"
    + "".join(f"define d{n + 1}(x) = d{n}(x * 1 + 0 * 2)\n" for n in range(60))
    + inside(f"partition p {{ own({'d60(' * 20}x[0]{')' * 20}, 1, data) }}"),
    "structs": "".join(f"struct s{n} {{ a: s{n + 1} }}\n" for n in range(3000)) + "struct s3000 { a: u8 }\n",
    "ranges": inside(f"raw_read {', '.join(['@0..4'] * 5000)}"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs(name: str) -> None:
    with pytest.raises(Refused) as caught:
        lower_text(BOMBS[name])
    assert caught.value.diagnostics[0].notes


@pytest.mark.parametrize("depth", [30, 55, 62])
def test_the_deepest_text_does_not_overflow(depth: int) -> None:
    condition = "(" * (60 - depth) + "x[0] + 1" + ")" * (60 - depth) + " != 0"
    chain = "".join(f"define d{n}(a) = d{n + 1}(a + 1)\n" for n in range(60)) + "define d60(a) = a\n"
    body = f"if {condition} {{ " * depth + "own(d0(x[0]), 1, data)" + " }" * depth
    try:
        lower_text(chain + inside(f"partition p {{ {body} }}"))
    except Refused as refused:
        assert refused.diagnostics[0].code in {"UDF007", "UDF029"}  # noqa: PT017


def test_a_long_function_is_no_bomb() -> None:
    lower_text(inside(f"size {{ {repeat('let aN = x[3]', 5000)}\n return a7 }}"))


@settings(max_examples=150)
@given(st.integers(0, 1 << 32))
def test_changed_texts_are_lowered_or_refused(seed: int) -> None:
    source = random.Random(seed)
    words = list(source.choice(WORDS))
    for _ in range(source.randrange(1, 4)):
        place = source.randrange(len(words))
        if re.fullmatch(r"\w+", words[place]):
            words[place] = source.choice(NUMBERS if words[place][0].isdigit() else NAMES)
    try:
        templates = lower_text("".join(words))
    except Refused as refused:
        assert refused.diagnostics[0].notes  # noqa: PT017
        return
    for template in templates.values():
        for _, function, _ in list_functions(template):
            verify_function(function)
