"""ClassBench filter sets, IPv4 and IPv6.

    @src/length  dst/length  low : high  low : high  protocol/mask  [flags/mask]

In: the text. Out: a rule for each line, named `rule[1]`, `rule[2]`, ... The ports are source and destination.
The flags column is skipped: only the 5-tuple counts.

Source: Taylor and Turner, ClassBench, 2005.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from dpfc.rules.literal import BadWord, read_masked_protocol, read_port, read_prefix, show_word
from dpfc.rules.ruleset import LAYOUTS, Column, Family, RuleSet
from dpfc.rules.table import Table, Words, split_table
from runtime.source import Source

_LINE = "a rule is `@src/length dst/length low : high low : high protocol/mask`, perhaps with `flags/mask`"
_LEAST, _MOST = 9, 10
_HALF = (1 << 64) - 1


def read_classbench(source: Source) -> RuleSet:
    """Return the rules of a ClassBench file.

    Raises:
        Refused: RUL005 to RUL009, at the first mistake of the file; RUL001 when there are too many rules.
    """
    table = split_table(source, _LEAST, _MOST, _LINE)
    family: Family = "ipv6" if ":" in table.columns[0][0] else "ipv4"
    ranges = [
        *_read_addresses(table, 0, family),
        *_read_addresses(table, 1, family),
        _read_ports(table, 2),
        _read_ports(table, 5),
        _split_pair(table.read(8, 2, read_masked_protocol)),
    ]
    table.finish()
    columns = tuple(
        Column(name, lows.astype(kind), highs.astype(kind))
        for (name, kind), (lows, highs) in zip(LAYOUTS[family], ranges, strict=True)
    )
    count = len(table.lines)
    names = tuple(f"rule[{number}]" for number in range(1, count + 1))
    lines = np.array(table.lines, dtype=np.uint32)
    return RuleSet(family, columns, np.arange(count, dtype=np.uint32), names, lines, ("",) * count)


def _read_addresses(table: Table, token: int, family: Family) -> list[tuple[Words, Words]]:
    """Return the range of each column that a prefix has: one for IPv4, the two halves for IPv6."""
    at = "@" if token == 0 else ""
    if family == "ipv4":
        return [_split_pair(table.read(token, 2, partial(_read_ipv4, at=at)))]
    numbers = table.read(token, 4, partial(_read_ipv6, at=at))
    return [_split_pair(numbers[:, :2]), _split_pair(numbers[:, 2:])]


def _read_ports(table: Table, token: int) -> tuple[Words, Words]:
    lows = table.read(token, 1, lambda word: (read_port(word),))[:, 0]
    table.require(token + 1, ":")
    highs = table.read(token + 2, 1, lambda word: (read_port(word),))[:, 0]
    table.require_order(token, lows, highs)
    return lows, highs


def _split_pair(numbers: Words) -> tuple[Words, Words]:
    return numbers[:, 0], numbers[:, 1]


def _read_ipv4(word: str, at: str) -> tuple[int, ...]:
    low, high, bits = read_prefix(_strip_mark(word, at))
    if bits != 32:
        raise _mixed(word)
    return low, high


def _read_ipv6(word: str, at: str) -> tuple[int, ...]:
    low, high, bits = read_prefix(_strip_mark(word, at))
    if bits != 128:
        raise _mixed(word)
    return low >> 64, high >> 64, low & _HALF, high & _HALF


def _strip_mark(word: str, at: str) -> str:
    if not word.startswith(at):
        raise BadWord(f"{show_word(word)} does not begin with `@`", _LINE, "RUL005")
    return word[len(at) :]


def _mixed(word: str) -> BadWord:
    message = f"{show_word(word)} is of another IP version than the first rule"
    return BadWord(message, "keep rules for IPv4 and for IPv6 in files of their own", "RUL008")
