"""Text that is no program: codes, places, ways out; and hostile text, quickly refused."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime import limits
from runtime.diagnostic import CodeEntry, Diagnostic, Refused
from runtime.source import Source
from udfc.codes_text import TEXT_CODES
from udfc.language.parse import make_parser, read_source
from udfc.language.write import write_file

PARSER = make_parser()
IN_PARTITION = "template t : 8 bytes {{ partition p {{ {} }} }}"


def judge(text: str) -> tuple[Diagnostic, ...]:
    try:
        PARSER.parse(Source("test.udf", text))
    except Refused as refusal:
        return refusal.diagnostics
    return ()


REFUSED = {
    "const A": ("UDF003", "", "expected `=`"),
    "const = 1": ("UDF003", "=", "expected a name"),
    "const A = 1 const B = 2": ("UDF003", "const", ""),
    "template t : 8 { }": ("UDF003", "{", "`bytes`"),
    "template t : 8 bytes { layouts { } }": ("UDF003", "s", ""),
    "template t : 8 bytes { layout { a: u8 b: u8 } }": ("UDF003", "b", ""),
    "template t : 8 bytes { partition p { if a == 1 } }": ("UDF003", "}", ""),
    "template t : 8 bytes { partition p { let = 3 } }": ("UDF003", "=", "expected a name"),
    "const A = 1 + ": ("UDF003", "", "a value"),
    "const A = \N{LEFT DOUBLE QUOTATION MARK}": ("UDF003", "\N{LEFT DOUBLE QUOTATION MARK}", ""),
    "const A = -1": ("UDF003", "-", ""),
    "const A = a in 1..2": ("UDF003", "1", "`{`"),
    "const A = x in {}": ("UDF003", "}", ""),
    "const A = 12ab": ("UDF003", "ab", ""),
    "const A = 0x": ("UDF003", "x", ""),
    "const A = 1__0": ("UDF004", "1__0", "write for instance"),
    "const A = 0x_": ("UDF004", "0x_", "write for instance"),
    "const A = 18446744073709551616": ("UDF004", "18446744073709551616", "64 bits"),
    "const A = a < b <= c": ("UDF008", "<=", "write `a < b and b < c`"),
    "const A = wrapping(3)": ("UDF008", "wrapping(3)", "write `wrapping(a + b)`"),
    "const A = wrapping(a + b, c)": ("UDF008", "wrapping(a + b, c)", "write `wrapping(a + b)`"),
    "template t : 8 bytes { partition p[i in 3] { } }": ("UDF008", "3", "write `i in 0..12`"),
    "template t : 8 bytes { raw_read a[0..3].b }": ("UDF008", "0..3]", "one by one"),
    IN_PARTITION.format("own(1, 2, 3)"): ("UDF008", "3", "`like(block)`"),
    IN_PARTITION.format("own(1, 2, a.b)"): ("UDF008", "a.b", "`like(block)`"),
    IN_PARTITION.format("own(1, data)"): ("UDF009", "own(1, data)", "own(start, count, TYPE)"),
    IN_PARTITION.format("part(1, 2, 3, data)"): ("UDF009", "part(1, 2, 3, data)", "part(offset, TYPE)"),
    IN_PARTITION.format("free(1)"): ("UDF009", "free(1)", "own(start, count, TYPE)"),
    IN_PARTITION.format("advance 3"): ("UDF009", "advance 3", "last statement"),
    IN_PARTITION.format("walk a in 0..9 step 1 { }"): ("UDF009", "a in 0..9 step 1", "write `advance"),
    IN_PARTITION.format("walk a in 0..9 step 1 { advance 1; x = 1 }"): (
        "UDF009",
        "a in 0..9 step 1",
        "write `advance",
    ),
    IN_PARTITION.format("walk a in 0..9 step 1 { advance 1; advance 2 }"): ("UDF009", "advance 1", ""),
    IN_PARTITION.format("walk a in 0..9 step 1 { if b { advance 1 }; advance 2 }"): (
        "UDF009",
        "advance 1",
        "",
    ),
    "template t : 8 bytes { method m() gives part(1, 2, data) { } }": (
        "UDF009",
        "part(1, 2, data)",
        "own(start, count, TYPE)",
    ),
}


@pytest.mark.parametrize("text", REFUSED)
def test_refusals(text: str) -> None:
    code, culprit, note = REFUSED[text]
    (found,) = judge(text)
    assert found.code == code
    assert text[found.span.start : found.span.end] == culprit
    assert note in " ".join(found.notes)
    assert found.notes, "a refusal shows a way out"


def test_words_that_were_expected_are_plain() -> None:
    (found,) = judge("template t : 8 bytes { 3 }")
    assert "`property`" not in found.notes[0]
    assert "a clause" in found.notes[0]


@pytest.mark.parametrize("entry", [one for one in TEXT_CODES if one.bad], ids=lambda entry: entry.code)
def test_examples_of_codes(entry: CodeEntry) -> None:
    if entry.code != "UDF005":  # the loader's
        assert [one.code for one in judge(entry.bad)] == [entry.code]
    assert judge(entry.good) == ()


BRACKETS = "template t : 8 bytes { partition p {"
BOMBS = {
    "brackets": ("const A = " + "(" * 250_000, "UDF007"),
    "indexes": ("const A = " + "a[" * 250_000, "UDF007"),
    "calls": ("const A = " + "a(" * 250_000, "UDF007"),
    "negations": ("const A = " + "not " * 250_000, "UDF007"),
    "negations in brackets": ("const A = " + ("not " * 20 + "(") * 60, "UDF007"),
    "sums": ("const A = 1" + " + 1" * 250_000, "UDF007"),
    "sums in indexes": ("const A = " + ("1 + " * 20 + "a[") * 60, "UDF007"),
    "sums around brackets": ("const A = " + "(" * 40 + "1" + (" + 1" * 40 + ")") * 40, "UDF007"),
    "blocks": (BRACKETS + "if a {" * 100_000, "UDF007"),
    "else if": (BRACKETS + "if a { }" + " else if a { }" * 60_000, "UDF007"),
    "else if in blocks": (BRACKETS + ("if a { }" + " else if a { }" * 20 + " else {") * 20, "UDF007"),
    "blocks in else if": (
        BRACKETS + "if a {" * 20 + "}" + (" else if a { }" * 20 + "\n}") * 20 + "}",
        "UDF007",
    ),
    "joins": ("const A = " + ("a or " * 40 + "(") * 40, "UDF007"),
    "braces": ("struct a " + "{" * 250_000, "UDF003"),
    "digits": ("const A = " + "9" * 250_000, "UDF004"),
    "counts": ("struct a { b: u8" + "[1]" * 50_000 + "(", "UDF003"),
    "steps": ("const A = a" + ".b" * 50_000 + "(", "UDF003"),
    "dots": ("const A = " + "." * 250_000, "UDF003"),
    "nul": ("\0" * 250_000, "UDF003"),
    "words before lines": ("gives \t" * 120_000, "UDF003"),
    "lines before words": ("\n" * 250_000 + "gives", "UDF003"),
    "lines and words": ("\ngives   :" * 90_000, "UDF003"),
    "comments": ("#" + "x" * 250_000 + "\n(", "UDF003"),
    "garbage": (random.Random(7).randbytes(1 << 20).decode("latin-1"), "UDF003"),
    "much garbage": (random.Random(7).randbytes(10 << 20).decode("latin-1"), "UDF001"),
    "too long": ("#" * (limits.MAX_TEMPLATE_SOURCE_BYTES + 1), "UDF001"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused(name: str) -> None:
    text, code = BOMBS[name]
    assert [one.code for one in judge(text)] == [code]


FULL = {
    "brackets": "const A = " + "(" * 60 + "1" + ")" * 60,
    "sums": "const A = 1" + " + 1" * 60,
    "sums around brackets": "const A = " + "(" * 5 + "1" + (" + 1" * 10 + ")") * 5,
    "mixed": "const A = " + "not (a[b(" * 12 + "1" + ")] == 1 and c)" * 12,
    "else if": BRACKETS + "if a { }" + " else if a { }" * 50 + "}}",
}


@pytest.mark.parametrize("name", FULL)
def test_much_nesting_is_allowed(name: str) -> None:
    file = PARSER.parse(Source("test.udf", FULL[name]))
    assert write_file(file)


def test_bytes_that_are_not_text() -> None:
    with pytest.raises(Refused) as refusal:
        read_source("disk.img", b"template\xd4\xc3")
    assert refusal.value.diagnostics[0].code == "UDF002"
    assert "byte 8 (0xd4)" in refusal.value.diagnostics[0].message
    with pytest.raises(Refused) as refusal:
        read_source("long.udf", b" " * (limits.MAX_TEMPLATE_SOURCE_BYTES + 1))
    assert refusal.value.diagnostics[0].code == "UDF001"


WORDS = [
    *re.findall(
        r"\S+",
        "import const define struct template bytes up to layout unit blocks root at identity shared "
        "sticky in not and or discriminator raw_read raw_write partition used names size acl method "
        "changes gives takes reads if else for walk step advance stop let var view require return max "
        "own part mark name data like wrapping select clock a b c p q x 0 1 2 12 0x10 ( ) { } [ ] , ; : "
        ". .. @ = == != < <= > >= + - * / % & | ^ << >> #",
    ),
    *"\n\t\0",
]


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=60).map(" ".join) | st.text(max_size=80))
def test_any_text_is_a_tree_or_a_refusal(text: str) -> None:
    try:
        file = PARSER.parse(Source("test.udf", text))
    except Refused:
        (diagnostic,) = judge(text)
        assert diagnostic.code in {"UDF003", "UDF004", "UDF007", "UDF008", "UDF009"}
        assert diagnostic.render()
        assert 0 <= diagnostic.span.start <= len(text)
        return
    written = write_file(file)
    assert PARSER.parse(Source("test.udf", written)).declarations == file.declarations


ATOMS = st.sampled_from(("1", "a", "b[2]", "c.d", "f()", "0x7"))


def combine(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operators = ("+", "-", "*", "/", "%", "&", "|", "^", "<<", ">>", "==", "<", "and", "or")
    return st.one_of(
        st.tuples(inner, st.sampled_from(operators), inner).map(" ".join),
        inner.map("({})".format),
        inner.map("not {}".format),
        st.tuples(inner, inner).map(lambda pair: f"wrapping({pair[0]} + {pair[1]})"),
        st.tuples(inner, inner).map(lambda pair: f"min({pair[0]}, {pair[1]})"),
        inner.map("({}) not in {{1, 3..4}}".format),
        inner.map("a[{}].b".format),
    )


@settings(max_examples=300, deadline=None)
@given(st.recursive(ATOMS, combine, max_leaves=25))
def test_any_expression_is_written_as_it_was_read(text: str) -> None:
    try:
        file = PARSER.parse(Source("test.udf", f"const A = {text}"))
    except Refused:
        assert judge(f"const A = {text}")[0].code in {"UDF003", "UDF007", "UDF008"}
        return
    written = write_file(file)
    assert PARSER.parse(Source("test.udf", written)).declarations == file.declarations
