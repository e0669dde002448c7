"""The access lists of a Cisco router's configuration (IOS).

    access-list 101 permit tcp any host 10.0.0.1 eq www
    access-list 9 deny 10.1.0.0 0.0.255.255
    ip access-list extended inside
     permit udp 10.0.0.0 0.255.255.255 gt 1023 any range snmp snmptrap log

In: the whole configuration; other lines do not matter. Out: a rule for each `permit` and `deny` that asks for
nothing but a 5-tuple, named `LIST[number]`; the others are left out and counted. What ends every list, "deny
the rest", is no rule.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from dpfc.rules.literal import PORTS as ANY_PORTS
from dpfc.rules.literal import (
    BadWord,
    Range,
    clean_word,
    join_ranges,
    list_masked,
    read_address,
    read_number,
    read_port,
    show_word,
)
from dpfc.rules.ruleset import RuleSet
from dpfc.rules.services import CISCO_PORTS, PROTOCOLS
from dpfc.rules.words import Unusable, Words, iterate_lines
from dpfc.rules.written import LeftOut, WrittenRule, make_rule_set
from runtime.source import Source

_Kind: TypeAlias = Literal["standard", "extended", "other"]

_STANDARD = (range(1, 100), range(1300, 2000))
_EXTENDED = (range(100, 200), range(2000, 2700))
_ACTIONS = frozenset({"permit", "deny"})
_LOGGING = frozenset({"log", "log-input"})
_ALL_ONES = 0xFFFF_FFFF


@dataclass(frozen=True, slots=True)
class _List:
    """An access list: its name, and how its entries are written."""

    name: str
    kind: _Kind


def read_cisco(source: Source, list_name: str | None = None) -> RuleSet:
    """Return the rules of all access lists of a configuration, in its order.

    Args:
        source: the text.
        list_name: use only this access list.

    Raises:
        Refused: RUL001, RUL005 to RUL009 or RUL011.
    """
    return make_rule_set(source, list(_read_lines(source)), list_name)


def _read_lines(source: Source) -> Iterator[WrittenRule | LeftOut]:
    counted: Counter[str] = Counter()
    current: _List | None = None
    for words in iterate_lines(source):
        try:
            current, is_entry = _find_list(words, current)
            if current is None or not is_entry:
                continue
            action = words.take("`permit` or `deny`")
            if action == "remark":
                continue
            counted[current.name] += 1
            rule = WrittenRule(current.name, counted[current.name], words.number, action)
            yield _read_entry(rule, current.kind, words)
        except BadWord as bad:
            raise words.refuse(bad) from None


def _find_list(words: Words, current: _List | None) -> tuple[_List | None, bool]:
    """Return the list that a line belongs to, and whether it is an entry, of which the action is next."""
    first = words.peek()
    if first == "access-list":
        words.take("access-list")
        name = clean_word(words.take("the name of an access list"))
        return _List(name, _find_kind(name)), True
    if first in {"ip", "ipv6"}:
        words.take(first)
        if words.peek() != "access-list":
            return None, False
        words.take("access-list")
        kind = words.take("`standard`, `extended`, or a name")
        if first == "ipv6":
            return _List(clean_word(kind), "other"), False
        name = clean_word(words.take("the name of an access list"))
        return _List(name, "standard" if kind == "standard" else "extended"), False
    if current is not None and first.isdecimal():  # named lists may number their entries
        words.take("a number")
    return (current, True) if words.peek() in {*_ACTIONS, "remark"} else (None, False)


def _find_kind(name: str) -> _Kind:
    number = int(name) if name.isdecimal() and len(name) <= 4 else -1
    if any(number in numbers for numbers in _STANDARD):
        return "standard"
    return "extended" if any(number in numbers for numbers in _EXTENDED) else "other"


def _read_entry(rule: WrittenRule, kind: _Kind, words: Words) -> WrittenRule | LeftOut:
    try:
        if rule.action not in _ACTIONS:
            raise Unusable(show_word(rule.action))
        match kind:
            case "standard":
                sources = _take_address(words, alone=True)
                read = replace(rule, sources=sources, bits=32 if sources else 0)
            case "extended":
                read = _read_extended(rule, words)
            case "other":
                raise Unusable("an access list that is not for IPv4 addresses")
        while words.peek() in _LOGGING:
            words.take("log")
        if words.peek():
            raise Unusable(show_word(words.peek()))
        return read
    except Unusable as unusable:
        return LeftOut(rule.list_name, rule.line, unusable.reason)


def _read_extended(rule: WrittenRule, words: Words) -> WrittenRule:
    protocols = _take_protocol(words, rule.protocols)
    sources = _take_address(words)
    sports = _take_ports(words)
    destinations = _take_address(words)
    dports = _take_ports(words)
    bits = 32 if sources or destinations else 0
    return replace(
        rule,
        bits=bits,
        sources=sources,
        destinations=destinations,
        sports=sports,
        dports=dports,
        protocols=protocols,
    )


def _take_protocol(words: Words, anything: tuple[Range, ...]) -> tuple[Range, ...]:
    word = words.take("a protocol")
    if word == "ip":
        return anything
    number = PROTOCOLS.get(word)
    if number is None and not word[0].isdigit():
        raise Unusable(f"protocol {show_word(word)}")
    number = read_number(word, 0xFF, "a protocol") if number is None else number
    return ((number, number),)


def _take_address(words: Words, alone: bool = False) -> tuple[Range, ...]:
    """Return the ranges of `any` (none), `host A` or `A wildcard`; `alone`: A without wildcard is a host."""
    word = words.take("an address")
    if word == "any":
        return ()
    if word in {"object-group", "addrgroup"}:
        raise Unusable(show_word(word))
    number = _read_ipv4(words.take("an address") if word == "host" else word)
    if word == "host" or (alone and words.peek() in {"", *_LOGGING}):
        return ((number, number),)
    wildcard = _read_ipv4(words.take("a wildcard mask"))
    pieces = list_masked(number, ~wildcard & _ALL_ONES, 32)
    if pieces is None:
        raise Unusable("a wildcard mask with gaps")
    return join_ranges(list(pieces)) if wildcard != _ALL_ONES else ()


def _read_ipv4(word: str) -> int:
    number, bits = read_address(word)
    if bits != 32:
        note = "IPv6 has access lists of its own (`ipv6 access-list`)"
        raise BadWord(f"{show_word(word)} is an IPv6 address", note, "RUL008")
    return number


def _take_ports(words: Words) -> tuple[Range, ...]:
    """Return the ports of `eq 80 443`, `neq 80`, `gt 1023`, `lt 1024`, `range 20 21`; without these, all."""
    operator = words.peek()
    if operator not in {"eq", "neq", "gt", "lt", "range"}:
        return (ANY_PORTS,)
    words.take(operator)
    port = _take_port(words)
    ranges: list[Range]
    match operator:
        case "gt":
            ranges = [(port + 1, 0xFFFF)]
        case "lt":
            ranges = [(0, port - 1)]
        case "neq":
            ranges = [(0, port - 1), (port + 1, 0xFFFF)]
        case "range":
            ranges = [(port, _take_port(words))]
        case _:
            ranges = [(port, port)]
            while words.peek().isdecimal() or words.peek() in CISCO_PORTS:
                port = _take_port(words)
                ranges.append((port, port))
    kept = [(low, high) for low, high in ranges if low <= high]
    if not kept:
        raise BadWord("no port is in this range", "a range is `range low high`, both included", "RUL007")
    return join_ranges(kept)


def _take_port(words: Words) -> int:
    word = words.take("a port")
    if word in CISCO_PORTS:
        return CISCO_PORTS[word]
    if not word[0].isdigit():
        raise Unusable(f"port {show_word(word)}")
    return read_port(word)
