"""The 5-tuple parts of a Linux firewall, as iptables-save and ip6tables-save print it.

    *filter
    -A INPUT -s 10.0.0.0/8 -p tcp -m multiport --dports 80,443 -j ACCEPT

In: the text. Out: a rule for each `-A` line that asks for nothing but a 5-tuple and ends with a decision; the
others are left out and counted. Chains are not followed: a rule stands for itself, named as
`iptables -L --line-numbers` counts, `INPUT[3]`, or `nat/INPUT[3]` in a table other than `filter`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from dpfc.rules.literal import (
    BadWord,
    Range,
    clean_word,
    join_ranges,
    list_masked,
    read_address,
    read_number,
    read_port,
    read_prefix,
    show_word,
)
from dpfc.rules.ruleset import Family, RuleSet
from dpfc.rules.services import PROTOCOLS
from dpfc.rules.words import Unusable, Words, iterate_lines
from dpfc.rules.written import LeftOut, WrittenRule, make_rule_set
from runtime.source import Source

_COUNTERS = re.compile(r"\[[0-9]+:[0-9]+\]")
_SIX = re.compile(r"^# .*ip6tables-save", re.MULTILINE)

_DECISIONS = frozenset(
    {"ACCEPT", "DROP", "REJECT", "RETURN", "QUEUE", "NFQUEUE", "TARPIT"}
    | {"SNAT", "DNAT", "MASQUERADE", "REDIRECT", "NETMAP", "TPROXY"}
)
"""Targets that end the walk through a chain; after others (LOG, MARK, chains of the file) it goes on."""

_PLAIN_MATCHES = frozenset({"tcp", "udp", "udplite", "sctp", "dccp", "icmp", "icmp6", "multiport", "comment"})
"""Matches (`-m`) that ask for nothing by themselves."""


def read_iptables(source: Source, list_name: str | None = None) -> RuleSet:
    """Return the rules of an iptables-save file.

    Args:
        source: the text.
        list_name: use only this chain, for instance `INPUT` or `nat/POSTROUTING`.

    Raises:
        Refused: RUL001, RUL005 to RUL009 or RUL011.
    """
    family: Family | None = "ipv6" if _SIX.search(source.text) else None
    return make_rule_set(source, list(_read_lines(source)), list_name, family)


def _read_lines(source: Source) -> Iterator[WrittenRule | LeftOut]:
    table = "filter"
    counted: Counter[str] = Counter()
    for words in iterate_lines(source):
        if words.peek().startswith("*"):
            table = clean_word(words.peek()[1:])
        if _COUNTERS.fullmatch(words.peek()):
            words.take("a counter")
        if words.peek() not in {"-A", "--append"}:
            continue
        try:
            words.take("-A")
            chain = clean_word(words.take("a chain"))
            name = chain if table == "filter" else f"{table}/{chain}"
            counted[name] += 1
            yield _read_rule(WrittenRule(name, counted[name], words.number, ""), words)
        except BadWord as bad:
            raise words.refuse(bad) from None


def _read_rule(empty: WrittenRule, words: Words) -> WrittenRule | LeftOut:
    rule = empty
    try:
        while option := words.peek():
            words.take("an option")
            if option in {"-j", "--jump", "-g", "--goto"}:
                return replace(rule, action=_read_target(words))  # what follows are the target's options
            rule = _read_option(rule, option, words)
        raise Unusable("no target")
    except Unusable as unusable:
        return LeftOut(empty.list_name, empty.line, unusable.reason)


def _read_target(words: Words) -> str:
    target = words.take("a target")
    if target not in _DECISIONS:
        raise Unusable("a target after which the chain goes on, such as `LOG` or another chain")
    return target


def _read_option(rule: WrittenRule, option: str, words: Words) -> WrittenRule:
    """Return `rule` with one more condition."""
    match option:
        case "-s" | "--source" | "--src":
            sources, bits = _read_addresses(_take_value(words, "an address"), rule.bits)
            return replace(rule, sources=sources, bits=bits)
        case "-d" | "--destination" | "--dst":
            destinations, bits = _read_addresses(_take_value(words, "an address"), rule.bits)
            return replace(rule, destinations=destinations, bits=bits)
        case "-p" | "--protocol" | "--proto":
            return replace(rule, protocols=_read_protocol(_take_value(words, "a protocol"), rule.protocols))
        case "--sport" | "--source-port" | "--sports" | "--source-ports":
            return replace(rule, sports=_read_ports(_take_value(words, "a port")))
        case "--dport" | "--destination-port" | "--dports" | "--destination-ports":
            return replace(rule, dports=_read_ports(_take_value(words, "a port")))
        case "-m" | "--match":
            name = words.take("the name of a match")
            if name not in _PLAIN_MATCHES:
                raise Unusable(show_word(f"-m {name}"))
            return rule
        case "--comment":
            words.take("a comment")
            return rule
        case "-c" | "--set-counters":
            words.take("a count of packets")
            words.take("a count of bytes")
            return rule
        case _:
            raise _refuse_option(option)


def _refuse_option(option: str) -> BadWord | Unusable:
    if option == "!" or option.startswith("-"):
        return Unusable(show_word(option))
    message = f"{show_word(option)} stands where an option should"
    return BadWord(message, "an option begins with `-`", "RUL005")


def _take_value(words: Words, wanted: str) -> str:
    value = words.take(wanted)
    if value == "!":  # as iptables before 1.4 wrote it
        raise Unusable(show_word(value))
    return value


def _read_addresses(value: str, bits: int) -> tuple[tuple[Range, ...], int]:
    """Return the ranges of addresses with commas between them, and their bits."""
    ranges: list[Range] = []
    for word in value.split(","):
        pieces, found = _read_masked(word)
        if bits not in (0, found):
            note = "one rule has addresses of one IP version"
            raise BadWord(f"{show_word(word)} is of another IP version", note, "RUL008")
        ranges += pieces
        bits = found
    return (join_ranges(ranges) if bits == 32 else tuple(ranges)), bits


def _read_masked(word: str) -> tuple[tuple[Range, ...], int]:
    """Return the ranges of `10.0.0.0/8`, of `10.0.0.0/255.0.0.0`, or of an IPv6 prefix."""
    address, _, tail = word.partition("/")
    if "." not in tail or ":" in word:
        low, high, bits = read_prefix(word)
        return ((low, high),), bits
    pieces = list_masked(read_address(address)[0], read_address(tail)[0], 32)
    if pieces is None:
        raise Unusable("a mask with gaps")
    return pieces, 32


def _read_protocol(word: str, anything: tuple[Range, ...]) -> tuple[Range, ...]:
    if word in {"all", "0"}:
        return anything
    number = PROTOCOLS.get(word)
    if number is None and not word[0].isdigit():
        raise Unusable(f"protocol {show_word(word)}")
    number = read_number(word, 0xFF, "a protocol") if number is None else number
    return ((number, number),)


def _read_ports(value: str) -> tuple[Range, ...]:
    """Return the ranges of `80,443,8000:8080`."""
    ranges: list[Range] = []
    for word in value.split(","):
        low, colon, high = word.partition(":")
        first = read_port(low) if low or not colon else 0
        last = first if not colon else read_port(high) if high else 0xFFFF
        if first > last:
            message = f"the range {show_word(word)} is empty"
            raise BadWord(message, "a range is `low:high`, both included", "RUL007")
        ranges.append((first, last))
    return join_ranges(ranges)
