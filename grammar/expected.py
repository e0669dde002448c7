"""What was expected, in plain words, where the text does not follow the grammar.

In: Lark's exception. Out: a diagnostic.
"""

from __future__ import annotations

import unicodedata
from typing import cast

from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from runtime.diagnostic import Diagnostic
from runtime.source import Source, Span

_WORDS = {
    "SEPARATOR": "a new line or `;`",
    "$END": "the end of the file",
    "NUMBER": "a number",
    "NAME": "a name",
    "COMPARE": "a comparison (`==`, `!=`, `<` ...)",
    "OPERATOR": "an operator (`+`, `&` ...)",
    "LPAR": "`(`",
    "RPAR": "`)`",
    "LBRACE": "`{`",
    "RBRACE": "`}`",
    "LSQB": "`[`",
    "RSQB": "`]`",
    "DOT": "`.`",
    "RANGE": "`..`",
    "AT": "`@`",
    "COMMA": "`,`",
    "COLON": "`:`",
    "EQUAL": "`=`",
    "ETHER": "`mac`",
    "LITTLE": "`le`",
    "ARROW": "`->`",
    "PART": "`initial`, `data`, `commit` or `abort`",
    "ATTRIBUTE": "`commutative` or `no_mod`",
    "__ANON_0": "`..`",
    "__ANON_1": "`@`",
}
_VALUE = frozenset(("IPV4", "IPV6", "MAC", "PREFIX", "PATH", "NUMBER", "NAME", "LPAR", "TRUE", "FALSE"))
_GROUPS = (
    (
        frozenset(("IMPORT", "CONST", "DEFINE", "STRUCT", "TEMPLATE")),
        "a declaration (`template`, `const` ...)",
    ),
    (
        frozenset(
            ("IMPORT", "CONST", "DEFINE", "STRUCT", "REGION", "PIPE", "LAYER", "HANDLER", "PREDICATE"),
        ),
        "a declaration (`handler`, `pipe`, `const` ...)",
    ),
    (
        frozenset(
            ("LAYOUT", "PROPERTY", "ROOT", "STICKY", "RANGES", "PARTITION", "ROUTINE", "ACL", "METHOD"),
        ),
        "a clause (`layout`, `partition`, `method` ...)",
    ),
    (
        frozenset(
            ("LET", "VAR", "VIEW", "IF", "FOR", "WALK", "STOP", "ADVANCE", "REQUIRE", "RETURN", "NAME"),
        ),
        "a statement (`let`, `if`, `own` ...)",
    ),
    (
        frozenset(
            ("LET", "VAR", "VIEW", "USE", "IF", "FOR", "REQUIRE", "CONSUME", "DELIVER", "ABORT", "NAME"),
        ),
        "a statement (`let`, `if`, `consume` ...)",
    ),
    (frozenset(("KEEP", "INPUT", "OUTPUT", "LET", "NAME")), "a step (`input`, `output`, `keep` ...)"),
    (frozenset(("WORD", "WHEN", "POSTFIX")), "a line (`word`, `when` or `postfix`)"),
)
"""Terminals that come together, and what to call all of them."""
_MOST_LISTED = 6


def explain_unexpected(error: UnexpectedInput, source: Source, code: str) -> Diagnostic:
    """Return the diagnostic `code` for `error`."""
    match error:
        case UnexpectedToken(token=token):
            expected = error.accepts or error.expected
            end = token.type == "$END"
            start = len(source.text) if end else token.start_pos or 0
            what = "the file ends here" if end else f"unexpected {_show(str(token))}"
            return _diagnose(what, expected, Span(source, start, start + (1 if end else len(token))), code)
        case UnexpectedCharacters(allowed=allowed):
            start = cast(int, error.pos_in_stream)
            what = f"unexpected {_show(source.text[start])}"
            return _diagnose(what, allowed or (), Span(source, start, start + 1), code)
        case _:
            raise AssertionError(f"Lark raised {type(error).__name__}")


def _diagnose(what: str, terminals: set[str] | tuple[()], span: Span, code: str) -> Diagnostic:
    words = _describe(set(terminals))
    notes = (f"expected {words}",) if words else ()
    return Diagnostic(code, what, span, notes)


def _describe(terminals: set[str]) -> str:
    words: list[str] = []
    if {"NUMBER", "NAME", "LPAR"} <= terminals:
        words.append("a value or a condition" if "NOT" in terminals else "a value")
        terminals -= _VALUE | {"NOT", "__ANON_1"}
    for group, name in _GROUPS:
        if group <= terminals:
            words.append(name)
            terminals -= group
    terminals -= {"CONTINUATION", "BLANK", "COMMENT"}
    words += [_WORDS.get(name, f"`{name.lower()}`") for name in sorted(terminals)]
    if len(words) > _MOST_LISTED:
        words = [*words[:_MOST_LISTED], "or something else"]
        return ", ".join(words)
    return " or ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def _show(text: str) -> str:
    if text[:1] in {"\n", ";"}:
        return "end of line" if text[0] == "\n" else "`;`"
    if unicodedata.category(text[0])[0] == "C":
        return f"character U+{ord(text[0]):04X}"
    return f"`{text[:40]}`" if len(text) <= 40 else f"`{text[:40]}...`"
