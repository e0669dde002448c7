"""The words of rule files as numbers: addresses, prefixes, ports, protocols.

In: one word. Out: numbers, ranges as (low, high). What is wrong with a word is a `BadWord`, which the reader
makes a refusal that points at it.
"""

from __future__ import annotations

import functools
import re
import socket
from typing import TypeAlias

Range: TypeAlias = tuple[int, int]

PORTS: Range = (0, 0xFFFF)
PROTOCOLS: Range = (0, 0xFF)

_DECIMAL = re.compile(r"[0-9]{1,20}", re.ASCII)
_HEXADECIMAL = re.compile(r"0[xX][0-9a-fA-F]{1,16}")
_MAX_PIECES = 256
_SHOWN = 40


class BadWord(Exception):  # noqa: N818  (a fact about the input, soon a diagnostic)
    """A word is not what it should be.

    Args:
        message: the fact, as in a diagnostic.
        note: what would be right.
        code: of the diagnostic.
    """

    def __init__(self, message: str, note: str, code: str = "RUL006") -> None:
        super().__init__(message)
        self.message = message
        self.note = note
        self.code = code


def show_word(word: str) -> str:
    """Return a word for a message: short, printable, in backticks."""
    return f"`{clean_word(word)}`"


def clean_word(word: str) -> str:
    """Return a word short enough and fit to be printed."""
    cut = word if len(word) <= _SHOWN else word[:_SHOWN] + "..."
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in cut)


def read_number(word: str, maximum: int, kind: str) -> int:
    """Return a decimal or 0x number of at most `maximum`; `kind` says what it is."""
    number = -1
    if _DECIMAL.fullmatch(word):
        number = int(word)
    elif _HEXADECIMAL.fullmatch(word):
        number = int(word, 16)
    if not 0 <= number <= maximum:
        raise BadWord(f"{show_word(word)} is not {kind}", f"{kind} is a number from 0 to {maximum}")
    return number


def read_port(word: str) -> int:
    """Return a port number."""
    return read_number(word, 0xFFFF, "a port")


def read_address(word: str) -> tuple[int, int]:
    """Return (number, bits) of an IPv4 or IPv6 address, bits being 32 or 128."""
    try:
        if ":" in word:
            return int.from_bytes(socket.inet_pton(socket.AF_INET6, word), "big"), 128
        return int.from_bytes(socket.inet_pton(socket.AF_INET, word), "big"), 32
    except (OSError, ValueError):  # ValueError: characters that no C string has
        note = "an address looks like 10.0.0.1 or 2001:db8::1"
        raise BadWord(f"{show_word(word)} is not an address", note) from None


def read_prefix(word: str) -> tuple[int, int, int]:
    """Return (low, high, bits) of `10.0.0.0/8`, of `2001:db8::/32`, or of an address alone.

    Bits of the address behind the prefix do not count, as in every router.
    """
    address, slash, tail = word.partition("/")
    number, bits = read_address(address)
    length = _read_length(tail, bits) if slash else bits
    spread = (1 << bits - length) - 1
    return number & ~spread, number | spread, bits


@functools.lru_cache(maxsize=512)
def _read_length(word: str, bits: int) -> int:
    return read_number(word, bits, "a prefix length")


def read_masked_protocol(word: str) -> Range:
    """Return the protocols of `value/mask`; the mask must leave one range."""
    value, slash, tail = word.partition("/")
    if not slash:
        raise BadWord(f"{show_word(word)} is not a protocol with a mask", "for instance 0x06/0xFF")
    number = read_number(value, 0xFF, "a protocol")
    pieces = list_masked(number, read_number(tail, 0xFF, "a protocol mask"), 8)
    if pieces is None or len(pieces) != 1:
        note = "a mask is ones, then zeros: 0xFF for one protocol, 0x00 for all"
        raise BadWord(f"the mask of {show_word(word)} has gaps", note)
    return pieces[0]


def list_masked(value: int, mask: int, bits: int) -> tuple[Range, ...] | None:
    """Return the ranges of numbers that equal `value` where `mask` is one; None when there are too many."""
    wild = ~mask & (1 << bits) - 1
    tail = (wild ^ wild + 1) >> 1  # the ones at the end of `wild`
    high_wild = wild & ~tail
    if 1 << high_wild.bit_count() > _MAX_PIECES:
        return None
    pieces: list[Range] = []
    chosen = 0
    while True:  # counts through the subsets of `high_wild`, ascending
        low = value & mask | chosen
        pieces.append((low, low | tail))
        chosen = chosen - high_wild & high_wild
        if not chosen:
            return tuple(pieces)


def join_ranges(ranges: list[Range]) -> tuple[Range, ...]:
    """Return the same numbers in as few ranges as possible, ascending."""
    joined: list[Range] = []
    for low, high in sorted(ranges):
        if joined and low <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return tuple(joined)
