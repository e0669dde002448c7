"""Rules as firewalls write them, with several ranges for a field, and how they become rows.

In: `WrittenRule` values and what was left out. Out: a `RuleSet`, in which a rule has a row for each
combination of its ranges.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from dpfc.rules.literal import PORTS, PROTOCOLS, Range, show_word
from dpfc.rules.ruleset import LAYOUTS, MAX_ROWS, Column, Family, RuleSet
from dpfc.rules.text import find_line, refuse_file
from runtime.diagnostic import Diagnostic, Refused
from runtime.source import Source

_HALF = (1 << 64) - 1
_MAX_REASONS = 12


@dataclass(frozen=True, slots=True)
class WrittenRule:
    """One rule; a packet matches if each of its fields is in one of that field's ranges.

    Args:
        list_name: the chain or access list it belongs to.
        number: its place there, counted from 1 as the firewall does, left out ones included.
        line: of the file, counted from 1.
        action: what to do.
        bits: 32 or 128, of its addresses; 0 when it names none.
        sources: ranges of addresses; with 128 bits each is a prefix. Empty: any.
        destinations: likewise.
        sports: source ports.
        dports: destination ports.
        protocols: protocol numbers.
    """

    list_name: str
    number: int
    line: int
    action: str
    bits: int = 0
    sources: tuple[Range, ...] = ()
    destinations: tuple[Range, ...] = ()
    sports: tuple[Range, ...] = (PORTS,)
    dports: tuple[Range, ...] = (PORTS,)
    protocols: tuple[Range, ...] = (PROTOCOLS,)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A rule that cannot be used.

    Args:
        list_name: the chain or access list it belongs to.
        line: of the file, counted from 1.
        reason: in a few words, the same for all rules with the same difficulty.
    """

    list_name: str
    line: int
    reason: str


def make_rule_set(
    source: Source,
    written: Sequence[WrittenRule | LeftOut],
    list_name: str | None,
    family: Family | None = None,
) -> RuleSet:
    """Return the rows of all rules.

    Args:
        source: the file, for diagnostics.
        written: its rules, in order.
        list_name: use only this chain or access list.
        family: of the packets, where the file says so; otherwise the addresses decide.

    Raises:
        Refused: RUL001, RUL008, RUL009 or RUL011.
    """
    if list_name is not None:
        written = _choose_list(source, written, list_name)
    rules = [one for one in written if isinstance(one, WrittenRule)]
    left_out = [one for one in written if isinstance(one, LeftOut)]
    if not rules:
        notes = _count_reasons(left_out) or ("it has nothing that looks like a rule of its format",)
        raise refuse_file("RUL009", source.name, "no rule of the file can be used", *notes)
    family = _find_family(source, rules, family)
    bits = 32 if family == "ipv4" else 128
    _require_room(source, rules)
    rows = [row for rule in rules for row in _list_rows(rule, bits)]
    owners = np.repeat(
        np.arange(len(rules), dtype=np.uint32), np.array([_count_rows(rule) for rule in rules], dtype=np.intp)
    )
    numbers = np.array(rows, dtype=np.uint64)
    columns = tuple(
        Column(name, numbers[:, 2 * place].astype(kind), numbers[:, 2 * place + 1].astype(kind))
        for place, (name, kind) in enumerate(LAYOUTS[family])
    )
    return RuleSet(
        family,
        columns,
        owners,
        tuple(f"{rule.list_name}[{rule.number}]" for rule in rules),
        np.array([rule.line for rule in rules], dtype=np.uint32),
        tuple(rule.action for rule in rules),
        _warn(source, left_out, len(written)),
    )


def _choose_list(
    source: Source, written: Sequence[WrittenRule | LeftOut], list_name: str
) -> list[WrittenRule | LeftOut]:
    chosen = [one for one in written if one.list_name == list_name]
    if not chosen:
        names = list(dict.fromkeys(one.list_name for one in written))
        shown = ", ".join(show_word(name) for name in names[:_MAX_REASONS])
        more = ", ..." if len(names) > _MAX_REASONS else ""
        message = f"the file has no chain or access list {show_word(list_name)}"
        raise refuse_file("RUL011", source.name, message, f"it has {shown}{more}")
    return chosen


def _find_family(source: Source, rules: list[WrittenRule], family: Family | None) -> Family:
    first = next((rule for rule in rules if rule.bits), None)
    if family is None:
        family = "ipv6" if first is not None and first.bits == 128 else "ipv4"
    bits = 32 if family == "ipv4" else 128
    for rule in rules:
        if rule.bits not in (0, bits):
            message = f"the rule is not for {'IPv4' if bits == 32 else 'IPv6'} as the others"
            note = "keep rules for IPv4 and for IPv6 in files of their own"
            raise Refused(Diagnostic("RUL008", message, find_line(source, rule.line), (note,)))
    return family


def _require_room(source: Source, rules: list[WrittenRule]) -> None:
    total = 0
    for rule in rules:
        total += _count_rows(rule)
        if total > MAX_ROWS:
            message = f"with this rule, the rules have more than {MAX_ROWS} rows"
            note = "a rule has a row for each combination of its ranges: use fewer lists of ports and masks"
            raise Refused(Diagnostic("RUL001", message, find_line(source, rule.line), (note,)))


def _count_rows(rule: WrittenRule) -> int:
    addresses = max(1, len(rule.sources)) * max(1, len(rule.destinations))
    return addresses * len(rule.sports) * len(rule.dports) * len(rule.protocols)


def _list_rows(rule: WrittenRule, bits: int) -> Iterator[tuple[int, ...]]:
    """Yield the rows: low and high of each column, one after another."""
    anything = ((0, (1 << bits) - 1),)
    for source, destination, *rest in product(
        rule.sources or anything, rule.destinations or anything, rule.sports, rule.dports, rule.protocols
    ):
        ends = (end for each in rest for end in each)
        yield (*_split_address(source, bits), *_split_address(destination, bits), *ends)


def _split_address(prefix: Range, bits: int) -> tuple[int, ...]:
    low, high = prefix
    return prefix if bits == 32 else (low >> 64, high >> 64, low & _HALF, high & _HALF)


def _warn(source: Source, left_out: list[LeftOut], total: int) -> tuple[Diagnostic, ...]:
    if not left_out:
        return ()
    message = f"{len(left_out):,} of {total:,} rules are left out: they are not decisions on a 5-tuple"
    span = find_line(source, left_out[0].line)
    return (Diagnostic("RUL010", message, span, _count_reasons(left_out), "warning"),)


def _count_reasons(left_out: list[LeftOut]) -> tuple[str, ...]:
    """Return a note for each of the commonest reasons."""
    first = {one.reason: one.line for one in reversed(left_out)}
    counted = Counter(one.reason for one in left_out).most_common()
    notes = [
        f"{count:,} for {reason} (first: line {first[reason]})" for reason, count in counted[:_MAX_REASONS]
    ]
    others = sum(count for _, count in counted[_MAX_REASONS:])
    return (*notes, f"{others:,} for other reasons") if others else tuple(notes)
