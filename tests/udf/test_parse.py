"""From text to trees: each construct, places, and back to text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from runtime.diagnostic import Refused
from runtime.source import Source, Span
from udfc.language import syntax
from udfc.language.parse import parse_file
from udfc.language.write import write_file

EVERYTHING = Path(__file__).parent / "everything.udf"
GOLDEN = Path(__file__).parent / "everything.golden.udf"


def parse(text: str) -> tuple[syntax.Declaration, ...]:
    return parse_file(Source("test.udf", text)).declarations


def expression(text: str) -> syntax.Expression:
    (declaration,) = parse(f"const A = {text}")
    assert isinstance(declaration, syntax.ConstantDeclaration)
    return declaration.value


def show(node: syntax.Expression) -> str:
    """Return an expression with all brackets, `~` marking what wraps."""
    match node:
        case syntax.Number(value=value):
            return str(value)
        case syntax.Path(name=name, steps=steps):
            return name + "".join(
                f".{step.name}" if isinstance(step, syntax.Member) else f"[{show(step.index)}]"
                for step in steps
            )
        case syntax.Binary(operator=sign, left=left, right=right, wrapping=wrapping):
            return f"({show(left)} {'~' * wrapping}{sign} {show(right)})"
        case syntax.Compare(operator=operator, left=left, right=right):
            return f"({show(left)} {operator} {show(right)})"
        case syntax.Logical(operator=word, left=left, right=right):
            return f"({show(left)} {word} {show(right)})"
        case syntax.Membership(value=value, items=items, negated=negated):
            pairs = ",".join(f"{show(low)}-{show(high)}" for low, high in items.ranges)
            return f"({show(value)} {'!' * negated}in {pairs})"
        case syntax.Not(operand=operand):
            return f"!{show(operand)}"
        case syntax.Call(name=name, arguments=arguments):
            return f"{name}<{','.join(map(show, arguments))}>"


EXPRESSIONS = {
    "1 + 2 * 3": "(1 + (2 * 3))",
    "1 - 2 - 3": "((1 - 2) - 3)",
    "1 << 2 + 3": "(1 << (2 + 3))",
    "a & 3 == b": "((a & 3) == b)",
    "a | b ^ c & d << e + f * g": "(a | (b ^ (c & (d << (e + (f * g))))))",
    "a * b + c << d & e ^ f | g": "((((((a * b) + c) << d) & e) ^ f) | g)",
    "a / b % c * d": "(((a / b) % c) * d)",
    "(1 + 2) * 3": "((1 + 2) * 3)",
    "not a == b and c": "(!(a == b) and c)",
    "a or b and c or d": "((a or (b and c)) or d)",
    "a and b and c and d": "((a and b) and (c and d))",
    "not not a": "!!a",
    "a in {1, 3, 5..7}": "(a in 1-1,3-3,5-7)",
    "a + 1 not in {0x10}": "((a + 1) !in 16-16)",
    "x.y[1][z.w + 1].v": "x.y[1][(z.w + 1)].v",
    "wrapping(a + b * c)": "(a ~+ (b ~* c))",
    "wrapping((a + b) - min(c - d, e[f - g]))": "((a ~+ b) ~- min<(c - d),e[(f - g)]>)",
    "1 + wrapping(a * wrapping(b + 1))": "(1 + (a ~* (b ~+ 1)))",
    "select(a < b, clock(), 0b11)": "select<(a < b),clock<>,3>",
    "18446744073709551615": "18446744073709551615",
    "max": "max",
    "step + bytes + names": "((step + bytes) + names)",
}


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_expressions(text: str) -> None:
    assert show(expression(text)) == EXPRESSIONS[text]


def test_every_construct_is_written_as_it_was(pytestconfig: pytest.Config) -> None:
    file = parse_file(Source(EVERYTHING.name, EVERYTHING.read_text("utf-8")))
    written = write_file(file)
    if pytestconfig.getoption("--update-golden", default=False):
        GOLDEN.write_text(written, "utf-8")
    assert written == GOLDEN.read_text("utf-8")
    assert parse(written) == file.declarations


def walk(node: object) -> Iterator[object]:
    yield node
    if isinstance(node, tuple):
        for item in node:
            yield from walk(item)
    elif is_dataclass(node) and not isinstance(node, Span | Source):
        for each in fields(node):
            yield from walk(getattr(node, each.name))


def test_every_node_of_everything_is_met() -> None:
    met = {type(node) for node in walk(parse(EVERYTHING.read_text("utf-8")))}
    families = (
        syntax.Expression,
        syntax.Statement,
        syntax.Clause,
        syntax.Declaration,
        syntax.Range,
        syntax.Step,
    )
    missing = [kind for family in families for kind in family.__args__ if kind not in met]
    assert missing == []


def test_every_node_says_where_it_came_from() -> None:
    text = EVERYTHING.read_text("utf-8")
    for node in walk(parse(text)):
        if is_dataclass(node) and not isinstance(node, Span | Source):
            span = node.span  # type: ignore[attr-defined]
            assert span.source.name == "test.udf", node
            assert 0 <= span.start < span.end <= len(text), node
            if isinstance(node, syntax.Path | syntax.Member | syntax.Call | syntax.Let | syntax.Partition):
                assert text[span.start :].lstrip("(").startswith(node.name), node


PLACES = {
    "template t : 8 bytes { partition p { own(a.b[1], 1 + 2, data) } }": (
        "own(a.b[1], 1 + 2, data)",
        "a.b[1]",
        "1 + 2",
        "data",
    ),
    "template t : 8 bytes { partition p { stop if (a and b) or c } }": (
        "stop if (a and b) or c",
        "(a and b)",
    ),
    "template t : 8 bytes { raw_read x.y[0..4], @1..2 }": ("raw_read x.y[0..4], @1..2", "x.y[0..4]", "@1..2"),
    "template t : 8 bytes { method m(i: u32) changes q[i] { x[i] = 1 } }": ("q[i]", "x[i] = 1", "i: u32"),
    "struct s { f: u16le[2][3] @4 { b: 1 @2 } }": ("f: u16le[2][3]", "u16le[2][3]", "b: 1 @2"),
    "const A = not x in {1, 2}": ("not x in {1, 2}", "1, 2}"),
}


@pytest.mark.parametrize("text", PLACES)
def test_places(text: str) -> None:
    spans = [node.span for node in walk(parse(text)) if hasattr(node, "span")]
    found = {text[span.start : span.end] for span in spans}
    assert set(PLACES[text]) <= found


def test_words_of_the_language_may_name_fields() -> None:
    words = re.findall(
        r"\w+",
        "name own part mark names size used unit root at identity shared layout step max bytes reads changes "
        "gives takes import const template method acl partition data like clock length up to",
    )
    layout = "; ".join(f"{word}: u8" for word in words)
    sets = "\n".join(f"{word} = {word} + x.{word}" for word in words)
    (template,) = parse(f"template t : 99 bytes {{ layout {{ {layout} }}\n method m() {{\n{sets}\n}} }}")
    assert isinstance(template, syntax.TemplateDeclaration)
    layout_clause, method = template.clauses
    assert isinstance(layout_clause, syntax.Layout)
    assert [field.name for field in layout_clause.fields] == words
    assert isinstance(method, syntax.Method)
    assert [one.target.name for one in method.body if isinstance(one, syntax.Assign)] == words


def test_lines_may_go_on() -> None:
    one = parse(
        "template t : 8 bytes { method m(i: u8) changes q gives own(1, 1, data) if a and b { x = 1 } }"
    )
    several = parse(
        "template t : 8 bytes {\n\n method m(\n i: u8\n )\n # claims\n changes q\n\n gives own(\n1,\n1,\n"
        "data\n) if a\n and b {\n;; x =\n 1 ; } \n }\n\n;"
    )
    assert one == several


def test_else_may_begin_a_line() -> None:
    head, tail = (
        "template t : 8 bytes { partition p { if a { x = 1 }",
        "else if b { x = 2 } else { x = 3 } } }",
    )
    assert parse(f"{head} {tail}") == parse(f"{head}\n# c\n {tail}".replace("} else", "}\nelse"))


def test_carriage_returns_and_a_byte_order_mark_do_no_harm() -> None:
    assert parse("const A = 1\r\nconst B = 2\r\n") == parse("const A = 1\nconst B = 2\n")


@pytest.mark.parametrize("text", ["", "\n", " # nothing", ";;\n;"])
def test_an_empty_file_is_a_file(text: str) -> None:
    assert parse(text) == ()


def test_an_empty_template_has_no_clauses() -> None:
    (template,) = parse("template t : 8 bytes { }")
    assert template == syntax.TemplateDeclaration("t", (), syntax.Size(syntax.Number(8), False), ())


def test_a_row_of_thousands_makes_no_deep_tree() -> None:
    found = expression(" or ".join(f"x == {n}" for n in range(5000)))
    depth, level = 0, [found]
    while level:
        level = [
            side for node in level if isinstance(node, syntax.Logical) for side in (node.left, node.right)
        ]
        depth += 1
    assert depth <= 15


def test_two_statements_need_a_separator() -> None:
    with pytest.raises(Refused) as refusal:
        parse("template t : 8 bytes { partition p { x = 1 y = 2 } }")
    (diagnostic,) = refusal.value.diagnostics
    assert (diagnostic.code, diagnostic.message) == ("UDF003", "unexpected `y`")
