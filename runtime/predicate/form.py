"""The download form of a predicate: bytes from anybody.

In: a predicate, or bytes. Out: bytes, or a predicate whose terms are still to be judged, or a refusal:
PRD011 to PRD016. Equal predicates give equal bytes, and a predicate has no other bytes than these.

    file   = "XWP1", version (one byte, 1), list of word, list of term, end of the data
    list   = number (how many), x ...
    number = unsigned LEB128, no longer than needed, below 2**64
    word   = byte (position in page 32, page 64, kernel 32, kernel 64), then number (page), number (offset),
             or name
    term   = byte (position in gt, lt, ge, le, eq, ne, or, word, number, tag), for the last three then number
    name   = list of byte, ASCII
"""

from __future__ import annotations

from typing import NoReturn, get_args

from runtime import limits
from runtime.diagnostic import Diagnostic, Refused
from runtime.ir.binary_bytes import ByteReader
from runtime.predicate.nodes import (
    Compare,
    KernelWord,
    Number,
    Operator,
    Or,
    PageWord,
    Predicate,
    Tag,
    Term,
    Variable,
    Word,
)

_HEADER = b"XWP1\x01"
_SOURCES = (("page", 32), ("page", 64), ("kernel", 32), ("kernel", 64))
_OPERATORS: tuple[Operator, ...] = get_args(Operator)
_KINDS: tuple[str, ...] = (*_OPERATORS, "or", "word", "number", "tag")

_CODES = {
    "IR202": "PRD012",
    "IR203": "PRD013",
    "IR204": "PRD014",
    "IR205": "PRD015",
    "IR206": "PRD016",
    "IR207": "PRD016",
}
"""What the refusals of `ByteReader` are called here."""


def encode_predicate(predicate: Predicate) -> bytes:
    """Return the download form of `predicate`."""
    made = bytearray(_HEADER)
    _put(made, len(predicate.words))
    for word in predicate.words:
        match word.source:
            case PageWord(page=page, offset=offset):
                made.append(_SOURCES.index(("page", word.bits)))
                _put(made, page)
                _put(made, offset)
            case KernelWord(name=name):
                made.append(_SOURCES.index(("kernel", word.bits)))
                _put(made, len(name))
                made += name.encode("ascii")
    _put(made, len(predicate.terms))
    for term in predicate.terms:
        match term:
            case Compare(operator=operator):
                made.append(_KINDS.index(operator))
            case Or():
                made.append(_KINDS.index("or"))
            case Variable(word=number):
                made.append(_KINDS.index("word"))
                _put(made, number)
            case Number(number=number):
                made.append(_KINDS.index("number"))
                _put(made, number)
            case Tag(number=number):
                made.append(_KINDS.index("tag"))
                _put(made, number)
    return bytes(made)


def decode_predicate(data: bytes) -> Predicate:
    """Return the predicate that `data` holds; `lower_predicate` judges it.

    Raises:
        Refused: PRD011 to PRD016.
    """
    if not data.startswith(_HEADER):
        message = f"the data begins with {data[: len(_HEADER)]!r}, not {_HEADER!r}"
        raise Refused(Diagnostic("PRD011", message, notes=("compile the predicate again",)))
    read = _PredicateBytes(data, len(_HEADER))
    words = read.listed(limits.MAX_TERMS, "words", read.word)
    terms = read.listed(limits.MAX_TERMS, "terms", read.term)
    read.expect_end()
    return Predicate(words, terms)


class _PredicateBytes(ByteReader):
    """A place in the bytes of a predicate."""

    def refuse(self, code: str, message: str, note: str) -> NoReturn:
        """Refuse the data with a code of predicates."""
        super().refuse(_CODES.get(code, code), message, note)

    def word(self) -> Word:
        """Read a word."""
        kind, bits = self.choice(_SOURCES, "word")
        if kind == "page":
            return Word(bits, PageWord(self.number(), self.number()))
        name = self.name()
        if not name.isidentifier():
            self.refuse("IR206", f"{name!a} is not a name", "a name has letters, digits and `_`")
        return Word(bits, KernelWord(name))

    def term(self) -> Term:
        """Read a term."""
        match self.choice(_KINDS, "term"):
            case "or":
                return Or()
            case "word":
                return Variable(self.number())
            case "number":
                return Number(self.number())
            case "tag":
                return Tag(self.number())
            case "gt" | "lt" | "ge" | "le" | "eq" | "ne" as operator:
                return Compare(operator)
            case kind:
                raise AssertionError(f"`{kind}` is no term")


def _put(made: bytearray, number: int) -> None:
    assert 0 <= number < 1 << 64, f"{number} has no place in the download form"
    while number >= 0x80:
        made.append(number & 0x7F | 0x80)
        number >>= 7
    made.append(number)
