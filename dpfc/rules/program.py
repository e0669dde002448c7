"""A rule set as a program: one function for all IPv4 rule sets of a link type, the rules being data.

In: the link type. Out: IR that reads the 5-tuple and asks an open table for the first rule that has it. The
code knows nothing of the rules; whoever loads it brings them along.

    a whole TCP, UDP, SCTP or UDP-Lite port pair    ported(src, dst, sport, dport, protocol)
    anything else over IPv4                         portless(src, dst, protocol): rules for all ports
"""

from __future__ import annotations

from collections.abc import Mapping

from dpfc.formula import And, Field, FilterId, Test
from dpfc.language.parse import parse_file
from dpfc.merge.boolean import make_pool
from dpfc.merge.lower import lower_trie
from dpfc.merge.need import Found
from dpfc.merge.trie import merge_filters
from dpfc.resolve import resolve_files
from dpfc.shapes.conjunction import Conjunction, list_conjunctions
from runtime.ir.nodes import Function
from runtime.source import Source

PORTED, PORTLESS = "ported", "portless"

_MARKS = {"src": 0xF0000001, "dst": 0xF0000002, "sport": 0xF003, "dport": 0xF004, "protocol": 6}
"""Numbers by which a field is found again among the tests of a resolved filter."""

_PORT_PROTOCOLS = ((6, 6), (17, 17), (132, 132), (136, 136))
_TEXT = """\
filter ported {{ ipv4.src == {src}; ipv4.dst == {dst}; tcp.sport == {sport}; tcp.dport == {dport} }}
filter portless {{ ipv4.src == {src}; ipv4.dst == {dst}; ipv4.protocol == {protocol} }}
"""


def build_rules(link_type: int) -> Function | None:
    """Return the function for packets of `link_type`; None where IPv4 stands there in more than one way."""
    resolved = resolve_files((parse_file(Source("<rules>", _TEXT.format(**_MARKS))),), link_type)
    readings = [list_conjunctions(one.formula) for one in resolved.filters]
    if any(reading is None or len(reading) != 1 for reading in readings):
        return None
    ported, portless = (reading[0] for reading in readings if reading)
    fields, guard = _part(ported)
    plain_fields, plain_guard = _part(portless)
    wide = Test(fields["protocol"], _PORT_PROTOCOLS)
    first = Found(PORTED, tuple((fields[name],) for name in _MARKS), ordered=True)
    second = Found(PORTLESS, tuple((field,) for field in plain_fields.values()), ordered=True)
    pool = make_pool((And((*guard, wide)), And(plain_guard)), (first, second))
    whole = pool.every((pool.add(And((*guard, wide))), pool.add_needs(first.loads)))
    parts = (pool.add(And((*guard, wide)), positive=False), pool.add_needs(first.loads, positive=False))
    entries = [
        (FilterId(-1), pool.every((whole, pool.add_found(first)))),
        (FilterId(-2), pool.every((pool.add(And(plain_guard)), pool.some(parts), pool.add_found(second)))),
    ]
    trie = merge_filters(pool, entries, "first")
    tables = {FilterId(-1): first, FilterId(-2): second}
    return lower_trie(trie, pool, "first", 1, tables, "rules")


def _part(conjunction: Conjunction) -> tuple[Mapping[str, Field], tuple[Test, ...]]:
    """Return the marked fields by name, and the tests that are left."""
    fields: dict[str, Field] = {}
    rest: list[Test] = []
    for test in conjunction.values():
        marked = [name for name, mark in _MARKS.items() if test.values == ((mark, mark),)]
        match marked, test.subject:
            case [name], Field() as field if name not in fields:
                fields[name] = field
            case _:
                rest.append(test)
    return {name: fields[name] for name in _MARKS if name in fields}, tuple(rest)
