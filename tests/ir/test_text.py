"""The text form: one function as it is printed, and what the parser says of texts that it refuses."""

from __future__ import annotations

import pytest

from runtime import limits
from runtime.diagnostic import Diagnostic, Refused
from runtime.ir.builder import Builder
from runtime.ir.nodes import Entry, Function, Parameter, Region, Store, Table, Type, Value
from runtime.ir.parser import parse_function
from runtime.ir.printer import print_function, print_instruction
from runtime.ir.verify import verify_function
from runtime.source import Source

_GOLDEN = """\
func web(region message: read, max 1514; region state: read_write, size 8; %0 limit: u32) -> (u32) \
emits (u8, u32) max 4 {
  table ports exact (u16) -> u32 default 0 {
    80 -> 1
    443 -> 2
  }
  table flows range (u8, u16) -> u8 default 9 {
    (6, 8000..8080) -> 1
  }
  %1 = length message
  %2 = const u64 37
  %3 = ult %2, %1
  %8 = if %3 {
    %4 = const u64 36
    %5 = load u16be message[%4]
    %6 = lookup ports(%5)
    yield %6
  } else {
    %7 = const u32 0
    yield %7
  }
  if %3 {
    store u32le state[%2] = %8
  }
  %15 = for %9 < %1 max 8 with %10 = %8 {
    %11 = load u8 message[%9]
    %12 = convert u32 %11
    %13 = wrapping add %10, %12
    emit %11, %13
    %14 = ule %13, %0
    next if %14 (%13)
  }
  %16 = call clock()
  return %15
}
"""


def _web() -> Function:
    ports = Table(
        "ports", "exact", (Type.U16,), Type.U32, 0, (Entry((80,), (80,), 1), Entry((443,), (443,), 2))
    )
    flows = Table("flows", "range", (Type.U8, Type.U16), Type.U8, 9, (Entry((6, 8000), (6, 8080), 1),))
    b = Builder(
        "web",
        regions=(Region("message", "read", 1514), Region("state", "read_write", 8, constant=True)),
        parameters=(Parameter("limit", Type.U32),),
        results=(Type.U32,),
        emits=(Type.U8, Type.U32),
        emit_limit=4,
        tables=(ports, flows),
    )
    length = b.length("message")
    last = b.constant(Type.U64, 37)
    enough = b.compare("ult", last, length)
    b.if_(enough)
    port = b.load(Type.U16, "message", b.constant(Type.U64, 36))
    b.yield_(b.lookup("ports", port))
    b.else_()
    b.yield_(b.constant(Type.U32, 0))
    (found,) = b.end()
    with b.when(enough):
        b.store("state", last, found, "le")
    loop = b.for_(length, 8, (found,))
    byte = b.load(Type.U8, "message", loop.index)
    total = b.binary("add", loop.carried[0], b.convert(Type.U32, byte), wrapping=True)
    b.emit(byte, total)
    b.next_(total, condition=b.compare("ule", total, b.parameter("limit")))
    (total,) = b.end()
    b.call("clock")
    b.return_(total)
    return b.finish()


def test_golden_text() -> None:
    assert print_function(_web()) == _GOLDEN
    verify_function(_web())
    assert parse_function(Source("web.ir", _GOLDEN)) == _web()


def test_a_function_without_anything() -> None:
    builder = Builder("nothing")
    builder.return_()
    assert print_function(builder.finish()) == "func nothing() {\n  return\n}\n"


def test_comments_blanks_and_hexadecimal_numbers() -> None:
    text = "# first\nfunc f ( ) -> ( u8 ){#second\r\n\t%0=const u8 0x1F # third\n return %0}#last"
    assert print_function(parse_function(Source("f.ir", text))) == (
        "func f() -> (u8) {\n  %0 = const u8 31\n  return %0\n}\n"
    )


def test_words_of_the_grammar_can_be_names() -> None:
    text = "func func(region region: read, max 4) {\n  %0 = length region\n  return\n}\n"
    assert print_function(parse_function(Source("f.ir", text))) == text


def test_a_store_of_an_unknown_value_is_printed_without_a_width() -> None:
    store = Store("m", Value(0), Value(1), "le")
    assert print_instruction(store, {}) == "store ?le m[%0] = %1"


def _diagnose(text: str) -> Diagnostic:
    with pytest.raises(Refused) as caught:
        parse_function(Source("f.ir", text))
    return caught.value.diagnostics[0]


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "expected `func`, found the end of the text"),
        ("func f(5) { }", "expected `region` or a parameter such as `%0 name: u32`, found `5`"),
        (
            "func f(region m: execute, max 4) { }",
            "expected the region's rights: read, write, read_write, found",
        ),
        ("func f(region m: read, max 4 region) { }", "expected `;`, found `region`"),
        ("func f() { %0 = const u24 1 }", "expected a type: u1, u8, u16, u32, u64, found `u24`"),
        ("func f() { %0 = wrapping eq %1, %1 }", "expected an operator: add, sub, mul"),
        ("func f() { %0 = const u8 %1 }", "expected a number, found `%1`"),
        ("func f() { if c { } }", "expected a value such as `%0`, found `c`"),
        ("func f() { %0 = nonsense }", "expected an instruction, found `nonsense`"),
        ("func f() { return } x", "expected the end of the text (a file holds one function), found `x`"),
    ],
)
def test_messages_say_what_was_expected(text: str, message: str) -> None:
    diagnostic = _diagnose(text)
    assert diagnostic.code == "IR004"
    assert diagnostic.message.startswith(message)


def test_a_large_text_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_IR_BYTES", 100)
    assert _diagnose(" " * 101).code == "IR001"
    assert _diagnose(" " * 100).code == "IR004"


def test_too_many_instructions_or_entries_are_not_read_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_INSTRUCTIONS", 3)
    monkeypatch.setattr(limits, "MAX_TABLE_ENTRIES", 2)
    constant = "%0 = const u8 1\n"
    assert _diagnose("func f() {" + 5 * constant + "& never scanned").code == "IR009"
    table = "func f() { table t exact (u8) -> u8 default 0 { 1 -> 1 2 -> 2 3 -> 3 4 & never scanned"
    assert _diagnose(table).code == "IR009"


@pytest.mark.parametrize(
    "hostile", ["(" * 100_000, "func f() {" + "if %0 {" * 100_000, " " * 100_000 + "\x00"]
)
def test_hostile_texts_are_refused_quickly(hostile: str) -> None:
    assert _diagnose(hostile).code in {"IR002", "IR004", "IR005"}


def test_spans_lead_to_the_instruction() -> None:
    function = parse_function(Source("web.ir", _GOLDEN))
    spans = [instruction.span for instruction in function.body]
    firsts = [span.source.text[span.start : span.end] for span in spans]
    assert firsts[:4] == ["%1 = length message", "%2 = const u64 37", "%3 = ult %2, %1", "%8 = if %3 {"]
