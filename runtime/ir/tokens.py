"""Cut IR text into tokens.

In: a source. Out: its tokens, ending in one of kind "end", or a refusal: text too large (IR001), characters
that begin no token (IR002), numbers beyond 64 bits (IR003).

    token   = name | number | value | mark
    name    = letter or "_", then letters, digits, "_"        (ASCII only)
    number  = digits | "0x" hexadecimal digits
    value   = "%" digits
    mark    = "->" | ".." | one of  ( ) { } [ ] , ; : = <
    between tokens: blanks, line ends, and comments from "#" to the end of the line
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from runtime import limits
from runtime.diagnostic import Diagnostic, Refused
from runtime.source import Source, Span

TokenKind: TypeAlias = Literal["name", "number", "value", "mark", "end"]

_TOKEN = re.compile(
    r"""(?:[ \t\r\n]++|\#[^\n]*+)*+
    (?:
        (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<number>0x[0-9A-Fa-f]+|[0-9]+)(?![A-Za-z0-9_])
      | %(?P<value>[0-9]+)(?![A-Za-z0-9_])
      | (?P<mark>->|\.\.|[(){}\[\],;:=<])
      | (?P<end>\Z)
    )""",
    re.VERBOSE,
)
_BETWEEN = re.compile(r"(?:[ \t\r\n]++|#[^\n]*+)*+")
_LONGEST_NUMBER = 80  # characters; leaves room for leading zeros, keeps int() fast
_LARGEST_NUMBER = (1 << 64) - 1


@dataclass(slots=True)
class Token:
    """One token; not frozen, because half a million of them are made for a large function.

    Args:
        kind: which alternative of the grammar.
        text: as written, a value without its `%`.
        number: of a number or a value, else 0.
        start: the first character's offset in the source.
        end: the offset after the last character.
    """

    kind: TokenKind
    text: str
    number: int
    start: int
    end: int


def scan_tokens(source: Source) -> Iterator[Token]:
    """Yield the tokens of `source`; the last is of kind "end".

    Raises:
        Refused: IR001, IR002, IR003.
    """
    text = source.text
    if len(text) > limits.MAX_IR_BYTES:
        message = f"the text has {len(text)} characters, the limit is {limits.MAX_IR_BYTES}"
        raise Refused(Diagnostic("IR001", message, Span(source, 0, 1), ("split the program",)))
    position, kind = 0, ""
    while kind != "end":
        match = _TOKEN.match(text, position)
        if match is None:
            raise Refused(_bad_character(source, position))
        token = _make_token(match, source)
        yield token
        position, kind = token.end, token.kind


def _make_token(match: re.Match[str], source: Source) -> Token:
    group = match.lastgroup
    assert group is not None, "every alternative of the token pattern has a name"
    text = match[group]
    start, end = match.span(group)
    match group:
        case "name":
            return Token("name", text, 0, start, end)
        case "mark":
            return Token("mark", text, 0, start, end)
        case "number":
            return Token("number", text, _read_number(text, source, start), start, end)
        case "value":
            return Token("value", text, _read_number(text, source, start), start - 1, end)
        case _:
            return Token("end", "", 0, start, end)


def _read_number(text: str, source: Source, start: int) -> int:
    number = int(text, 16 if text.startswith("0x") else 10) if len(text) <= _LONGEST_NUMBER else -1
    if 0 <= number <= _LARGEST_NUMBER:
        return number
    span = Span(source, start, start + len(text))
    notes = (f"the largest number of the IR is {_LARGEST_NUMBER}",)
    raise Refused(Diagnostic("IR003", "this number does not fit in 64 bits", span, notes))


def _bad_character(source: Source, position: int) -> Diagnostic:
    between = _BETWEEN.match(source.text, position)
    start = between.end() if between else position
    shown = source.text[start : start + 1]
    message = f"no token begins with {shown!a} here"
    notes = ("tokens are names, numbers, `%` and a value number, and -> .. ( ) { } [ ] , ; : = <",)
    return Diagnostic("IR002", message, Span(source, start, start + 1), notes)
