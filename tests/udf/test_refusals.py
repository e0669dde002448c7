"""Refusals of names, types and statements: the code, and the piece of text that the caret is under."""

from __future__ import annotations

import pytest

from runtime.diagnostic import Refused
from tests.udf.lowered import lower_text

FIELDS = "x: u32le[16]; bits: u16le { low: 4 @0 } @0; e: s @0; packed: u12le[4] @0; pairs: s[2] @0"
STRUCT = "struct s { a: u8; b: u16le }\n"


def program(clauses: str, size: str = "64 bytes", parameters: str = "") -> str:
    return f"{STRUCT}template t{parameters} : {size} {{\n    layout {{ {FIELDS} }}\n    {clauses}\n}}\n"


def partition(statements: str) -> str:
    return program(f"partition p {{ {statements} }}")


def method(statements: str, claims: str = "changes p") -> str:
    return program(f"partition p {{ own(x[0], 1, data) }}\n method m(i: u8) {claims} {{ {statements} }}")


CASES = [
    ("UDF010", "missing", partition("own(missing, 1, data)")),
    ("UDF010", "twice", "define twice(a) = a + a\n" + partition("own(twice, 1, data)")),
    ("UDF010", "twise(1)", "define twice(a) = a + a\n" + partition("own(twise(1), 1, data)")),
    ("UDF011", "c", partition("own(e.c, 1, data)")),
    ("UDF011", "high", partition("own(bits.high, 1, data)")),
    ("UDF011", "y", program("discriminator y")),
    ("UDF011", "c", program("discriminator e.c")),
    ("UDF011", "y", program("partition q[p in y] { }")),
    ("UDF011", "y", program("partition q reads y { }")),
    ("UDF012", "x = 1", partition("let x = 1")),
    ("UDF012", "a = 2", partition("let a = 1; let a = 2")),
    ("UDF012", "p in 0..2", program("partition p[p in 0..2] { for p in 0..2 { } }")),
    ("UDF012", "read", program("layout { read: u8 }\n acl(c, o) { return o == read }")),
    ("UDF013", "n" * 81, f"const {'n' * 81} = 1\n"),
    ("UDF014", "x[0] == 1", partition("own(x[0] == 1, 1, data)")),
    ("UDF014", "length", partition("if length and 1 == 1 { }")),
    ("UDF014", "a", partition("let a = 1 == 1; own(a, 1, data)")),
    ("UDF014", "a = 1 == 1", partition("var a = 1 == 1")),
    ("UDF014", "1 == 1", "const c = 1 == 1\n"),
    ("UDF014", "1", "const c = select(1, 2, 3)\n"),
    ("UDF015", "e", partition("own(e, 1, data)")),
    ("UDF015", "a", partition("own(x[0].a, 1, data)")),
    ("UDF015", "0", partition("own(packed[0][0], 1, data)")),
    ("UDF015", "0", partition("own(e[0], 1, data)")),
    ("UDF015", "length[0]", partition("own(length[0], 1, data)")),
    ("UDF015", "a.b", partition("let a = 1; own(a.b, 1, data)")),
    ("UDF015", "e = 1", method("e = 1")),
    ("UDF015", "e", program("partition q[p in e] { }")),
    ("UDF015", "a", program("discriminator x.a")),
    ("UDF015", "e[0..1]", program("discriminator e[0..1]")),
    ("UDF015", "packed[0..2]", program("partition q reads packed[0..2] { }")),
    ("UDF016", "x[0]", program("root at x[0]")),
    ("UDF016", "clock()", "const c = clock()\n"),
    ("UDF017", "1 << 64", "const c = 1 << 64\n"),
    ("UDF017", "x[0] / 0", partition("own(x[0] / 0, 1, data)")),
    ("UDF017", "x[0] >> 64", partition("own(x[0] >> 64, 1, data)")),
    ("UDF017", "x[0] = 0x100000000", method("x[0] = 0x100000000")),
    ("UDF018", "f(1, 2)", "define f(a) = a\n" + partition("own(f(1, 2), 1, data)")),
    ("UDF018", "t(1)", partition("own(1, 1, t(1))")),
    ("UDF018", "like()", partition("own(1, 1, like())")),
    ("UDF019", "f(a)", "define f(a) = f(a)\n" + partition("own(f(1), 1, data)")),
    ("UDF019", "d", "const c = d + 1\nconst d = c + 1\n"),
    ("UDF020", "v: y @ 0", partition("view v: y @ 0")),
    ("UDF020", "n: u32le", program("", parameters="(n: u32le)")),
    ("UDF022", "a: 1 @0", "struct z { e: w { a: 1 @0 } }\nstruct w { n: u8 }\n"),
    ("UDF022", "b: 2 @1", "struct z { n: u8 { a: 2 @0; b: 2 @1 } }\n"),
    ("UDF023", "z", "struct z { }\n"),
    ("UDF023", "u8[0]", "struct z { n: u8[0] }\n"),
    ("UDF023", "u8[2][]", "struct z { n: u8[2][] }\n"),
    ("UDF023", "u12le", "struct z { n: u12le }\n"),
    ("UDF023", "bytes", "struct z { n: bytes }\n"),
    ("UDF025", "5", program("", parameters="(n: u8 in {5..4})")),
    ("UDF026", "7", program("blocks 7")),
    ("UDF026", "unit 2", program("unit 1\n unit 2")),
    ("UDF026", "size", program("size { return 1 }\n size { return 2 }")),
    ("UDF027", "1", program("partition q[p in 1..3] { }")),
    ("UDF027", "5", partition("if x[0] in {5..4} { }")),
    ("UDF027", "@4..4", program("partition q reads @4..4 { }")),
    ("UDF027", "@60..68", program("partition q reads @60..68 { }")),
    ("UDF028", "2", program("discriminator pairs[2]")),
    ("UDF028", "x[3..17]", program("discriminator x[3..17]")),
    ("UDF028", "4", partition("own(packed[4], 1, data)")),
    ("UDF028", "q[2]", program("partition q[p in 0..2] { }\n method m() changes q[2] { }")),
    ("UDF050", "length", method("length = 1")),
    ("UDF050", "i", method("i = 1")),
    ("UDF050", "x[0]", partition("x[0] = 1")),
    ("UDF051", "mark(1, 1)", partition("mark(1, 1)")),
    ("UDF051", "name(1, 1, 1)", partition("name(1, 1, 1)")),
    ("UDF051", "own(1, 1, data)", program("used q { own(1, 1, data) }")),
    ("UDF051", "part(0, t)", program("names { part(0, t) }")),
    ("UDF051", "stop if length == 1", program("size { stop if length == 1; return 1 }")),
    ("UDF051", "stop if i == 1", method("stop if i == 1; x[0] = 1")),
    ("UDF051", "after.x[0]", partition("own(after.x[0], 1, data)")),
    ("UDF053", "like(1)", partition("part(0, 4, like(1))")),
    ("UDF055", "i == 1", method("if i == 0 { require i == 1 }")),
    ("UDF056", "1", partition("return 1")),
    ("UDF056", "size", program("size { }")),
    ("UDF057", "4", program("names { walk at in 0..64 step 8 { advance 4 } }")),
    ("UDF057", "i in 0..0x2000000", partition("for i in 0..0x2000000 { }")),
    ("UDF057", "0x2000000", partition("for i in 0..length max 0x2000000 { }")),
    (
        "UDF057",
        "at in 0..length step 1",
        program("names { walk at in 0..length step 1 { advance 4 } }", "up to 0x2000000 bytes"),
    ),
    ("UDF058", "p[1]", method("x[0] = 1", "changes p[1]")),
    ("UDF058", "q", program("partition q[p in x] { }\n method m() changes q { }")),
    ("UDF059", "x[0]", program("unit x[0]")),
    ("UDF059", "x[0]", program("partition q[p in 0..x[0]] { }")),
]


@pytest.mark.parametrize("code, place, text", CASES, ids=[f"{code} {place}" for code, place, _ in CASES])
def test_refusals(code: str, place: str, text: str) -> None:
    with pytest.raises(Refused) as caught:
        lower_text(text)
    diagnostic = caught.value.diagnostics[0]
    found = text[diagnostic.span.start : diagnostic.span.end]
    assert (diagnostic.code, found) == (code, place), diagnostic.render()
    assert diagnostic.notes
