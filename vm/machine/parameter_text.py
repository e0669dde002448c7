"""The notation of DiskSim 4.0's parameter files: text in, a tree of named values out.

    disksim_disk SEAGATE_ST32171W {           block:  kind name { field, field ... }
       Model = source barracuda.model,        words
       Number of buffer segments = 3,         number
       Zones = [ dm_layout_g1_zone { ... } ], list of values; a value may be words and a block
    } # comments run to the end of the line

What the words mean is for `vm.machine.drive_file` to say. Grammar, one rule per function below:

    file   ::= block*                         value ::= list | words [ "{" fields "}" ]
    fields ::= [ words "=" value { "," words "=" value } [ "," ] ]
    list   ::= "[" [ value { "," value } [ "," ] ] "]"
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NoReturn, TypeAlias

from runtime.diagnostic import Diagnostic, Refused
from runtime.source import Source, Span
from vm.machine.limits import MAX_NESTING


@dataclass(frozen=True, slots=True)
class Words:
    """One or more words, or a number."""

    text: str
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    values: tuple[Value, ...]
    span: Span = field(compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Block:
    """Named values.

    Args:
        head: the words before the brace: the kind, and at the top of a file a name.
        fields: in the order of the file; no name is there twice.
    """

    head: str
    fields: tuple[tuple[str, Value], ...]
    span: Span = field(compare=False, repr=False)


Value: TypeAlias = Words | Items | Block

_TOKEN = re.compile(r"(?P<space>\s+|\#[^\n]*)|(?P<mark>[\[\]{},=])|(?P<word>[^\s\[\]{},=\#]+)")


def parse_blocks(source: Source) -> tuple[Block, ...]:
    """Return the blocks of a parameter file.

    Raises:
        Refused: DSK003 not the notation; DSK004 a field is there twice.
    """
    parser = _Parser(source)
    blocks = []
    while parser.kind != "end":
        value = parser.parse_value(0)
        if not isinstance(value, Block):
            parser.refuse("a block in braces", value.span)
        blocks.append(value)
    return tuple(blocks)


def refuse(code: str, message: str, span: Span) -> NoReturn:
    """Raise the refusal of what is at `span`."""
    raise Refused(Diagnostic(code, message, span))


class _Parser:
    """A cursor over the tokens of one text.

    Attributes:
        kind: of the current token: a mark itself, "word", or "end".
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._tokens = [match for match in _TOKEN.finditer(source.text) if match.lastgroup != "space"]
        self._next = -1
        self.kind = ""
        self._advance()

    def parse_value(self, depth: int) -> Value:
        """Rule: value ::= list | words [ "{" fields "}" ]."""
        if depth > MAX_NESTING:
            refuse("DSK003", f"values are nested more than {MAX_NESTING} deep", self._here())
        if self.kind == "[":
            return self._parse_list(depth)
        start = self._here().start
        text = self._parse_words()
        if self.kind != "{":
            return Words(text, self._span(start))
        self._advance()
        fields = self._parse_fields(depth + 1)
        self._take("}")
        return Block(text, fields, self._span(start))

    def _parse_list(self, depth: int) -> Items:
        """Rule: list ::= "[" [ value { "," value } [ "," ] ] "]"."""
        start = self._here().start
        self._take("[")
        values: list[Value] = []
        while self.kind != "]":
            values.append(self.parse_value(depth + 1))
            if self.kind != "]":
                self._take(",")
        self._take("]")
        return Items(tuple(values), self._span(start))

    def _parse_fields(self, depth: int) -> tuple[tuple[str, Value], ...]:
        """Rule: fields ::= [ words "=" value { "," words "=" value } [ "," ] ]."""
        fields: dict[str, Value] = {}
        while self.kind != "}":
            start = self._here().start
            name = self._parse_words()
            if name in fields:
                refuse("DSK004", f"`{name}` is there twice", self._span(start))
            self._take("=")
            fields[name] = self.parse_value(depth)
            if self.kind != "}":
                self._take(",")
        return tuple(fields.items())

    def _parse_words(self) -> str:
        words = []
        while self.kind == "word":
            words.append(self._tokens[self._next].group())
            self._advance()
        if not words:
            self.refuse("words or a number", self._here())
        return " ".join(words)

    def _take(self, mark: str) -> None:
        if self.kind != mark:
            self.refuse(f"`{mark}`", self._here())
        self._advance()

    def refuse(self, expected: str, span: Span) -> NoReturn:
        """Raise the refusal of what is at `span` instead of what was expected."""
        found = self._source.text[span.start : span.end].split("\n")[0][:40]
        said = f"not `{found}`" if found else "not the end of the file"
        refuse("DSK003", f"expected {expected} here, {said}", span)

    def _advance(self) -> None:
        self._next += 1
        if self._next == len(self._tokens):
            self.kind = "end"
        else:
            token = self._tokens[self._next]
            self.kind = "word" if token.lastgroup == "word" else token.group()

    def _here(self) -> Span:
        if self.kind == "end":
            return Span(self._source, len(self._source.text), len(self._source.text))
        return Span(self._source, *self._tokens[self._next].span())

    def _span(self, start: int) -> Span:
        end = self._tokens[self._next - 1].end() if self._next else start
        return Span(self._source, start, end)


def find_block(blocks: Sequence[Block], kind: str, source: Source) -> Block:
    """Return the first block of a kind.

    Raises:
        Refused: DSK004 there is none.
    """
    for block in blocks:
        if block.head.split()[0] == kind:
            return block
    refuse("DSK004", f"`{source.name}` has no block `{kind}`", Span(source, 0, 0))
