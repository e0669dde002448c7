"""Lookups become instructions: golden IR, the region `tables`, refusals, open tables, switches."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from runtime.diagnostic import CodeEntry, Refused
from runtime.ir.interpret import run_function
from runtime.ir.nodes import Entry, Function, Region, Return, Table, Type
from runtime.ir.parser import parse_function
from runtime.ir.printer import print_function
from runtime.ir.verify import verify_function
from runtime.pipeline import compile_function, load_compiled
from runtime.policy import Policy
from runtime.source import Source
from runtime.tables.boxes import Boxes
from runtime.tables.choose import NAMES, Choices
from runtime.tables.codes import CODES
from runtime.tables.epochs import ReaderEpochs
from runtime.tables.layout import TABLE_ALIGNMENT, build_tables, reserve_tables
from runtime.tables.open_dense import OpenDense
from runtime.tables.open_dense_table import OpenDenseTable
from runtime.tables.open_hash import OpenHash
from runtime.tables.open_hash_table import OpenHashTable
from runtime.tables.representation import build_bytes
from runtime.tables.specialize import specialize_tables
from tests.tables.lookups import make_question

_WITH_EXAMPLES = [entry for entry in CODES if entry.language == "ir"]
_NO_BODY = (Return(()),)
_GOLDEN = Path(__file__).parent / "golden"
_PORTS = {80: 1, 443: 2, 8080: 3, 8443: 4, 22: 5}


def _ports(*names: str) -> tuple[Table, Choices]:
    entries = tuple(Entry((port,), (port,), number) for port, number in _PORTS.items())
    return Table("ports", "exact", (Type.U16,), Type.U32, 0, entries), Choices(frozenset(names))


def _nets() -> Table:
    entries = (Entry((10 << 24,), ((11 << 24) - 1,), 1), Entry((10 << 24,), ((10 << 24) + 0xFFFF,), 2))
    return Table("nets", "prefix", (Type.U32,), Type.U32, 0, entries)


def _rules() -> Table:
    entries = tuple(Entry((at, 5 * at), (at + 9, 5 * at + 20), at + 1) for at in range(4))
    return Table("rules", "first", (Type.U8, Type.U16), Type.U32, 0, entries)


def _flows(count: int) -> Table:
    entries = tuple(Entry((at, 7 * at), (at, 7 * at), at + 1) for at in range(count))
    return Table("flows", "exact", (Type.U64, Type.U16), Type.U32, 0, entries)


def _close() -> Table:
    entries = tuple(Entry((key,), (key,), key - 1000) for key in range(1001, 1009))
    return Table("close", "exact", (Type.U16,), Type.U8, 0, entries)


def _many() -> Table:
    chance = random.Random(1)
    ends = sorted(chance.sample(range(1 << 16), 60))
    pairs = zip(ends[::2], ends[1::2], strict=True)
    entries = tuple(Entry((low,), (high,), at) for at, (low, high) in enumerate(pairs))
    return Table("many", "range", (Type.U16,), Type.U32, 0, entries)


GOLDEN = {
    "chain": (_nets(), Choices()),
    "dense": (_close(), Choices(frozenset({"dense"}))),
    "perfect": _ports("perfect"),
    "displaced": (_flows(40), Choices(frozenset({"displaced"}))),
    "trie": (_many(), Choices(frozenset({"trie"}))),
    "search": _ports(),
    "rows": (_flows(4), Choices(frozenset())),
    "scan": (_rules(), Choices(frozenset())),
    "open_hash": (replace(_flows(0), open=True), Choices()),
    "open_dense": (replace(_ports()[0], entries=(), open=True), Choices()),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_ir(name: str, request: pytest.FixtureRequest) -> None:
    table, choices = GOLDEN[name]
    function = make_question(table)
    block = build_tables(function, choices)
    shown = f"# {block.describe()[0]}\n" + print_function(specialize_tables(function, block))
    path = _GOLDEN / f"{name}.ir"
    if request.config.getoption("--update-golden"):
        path.write_text(shown, "utf-8")
    assert shown == path.read_text("utf-8")
    function = parse_function(Source(path.name, shown))
    verify_function(function)


def test_code_depends_on_the_representation_alone() -> None:
    texts = []
    for shift in (0, 1000):
        entries = tuple(Entry((port + shift,), (port + shift,), 7) for port in _PORTS)
        table = replace(_ports()[0], entries=entries)
        function = make_question(table)
        block = build_tables(function, Choices(frozenset()))
        texts.append(print_function(specialize_tables(function, block)))
    assert texts[0] == texts[1]


def test_everything_around_a_lookup_stays() -> None:
    text = """func f(region m: read_write, max 9; %0 k: u16) -> (u32, u64) emits (u32) max 9 {
  table ports exact (u16) -> u32 default 0 {
    80 -> 1
  }
  %1 = lookup ports(%0)
  %2 = length m
  %3 = call clock()
  %10, %11 = for %4 < %2 max 9 with %5 = %1, %6 = %3 {
    %7 = load u8 m[%4]
    store u8 m[%4] = %7
    emit %5
    %8 = lookup ports(%0)
    %9 = ule %8, %5
    next if %9 (%8, %6)
  }
  %12 = eq %10, %1
  %17, %18 = if %12 {
    %13 = lookup ports(%0)
    %14 = select %12, %13, %10
    yield %14, %11
  } else {
    %15 = wrapping convert u32 %11
    %16 = wrapping mul %11, %11
    yield %15, %16
  }
  return %17, %18
}
"""
    function = parse_function(Source("around.ir", text))
    specialized = specialize_tables(function, build_tables(function))
    assert not specialized.tables
    assert (specialized.regions, specialized.parameters) == (function.regions, function.parameters)
    for port in (80, 81):
        before, after = bytearray(b"xok"), bytearray(b"xok")
        services = {"clock": lambda: 77}
        first = run_function(function, {"m": before}, (port,), services)
        second = run_function(specialized, {"m": after}, (port,), services)
        assert (first.results, first.emitted, before) == (second.results, second.emitted, after)


def test_the_region_comes_last_and_tables_are_aligned() -> None:
    tables = (_ports()[0], _nets(), _rules(), _many(), replace(_flows(0), open=True))
    function = Function("f", (Region("message", "read", 9),), (), (), (), 0, tables, _NO_BODY)
    block = build_tables(function, Choices(frozenset()))
    specialized = specialize_tables(function, block)
    assert specialized.regions == (
        *function.regions,
        Region("tables", "read", block.size, constant=True),
    )
    for table, place in zip(tables, block.places, strict=True):
        assert place.name == table.name
        assert place.offset % (4096 if table.open else TABLE_ALIGNMENT) == 0
        if not isinstance(place.representation, (OpenHash, OpenDense, Boxes)):
            built = build_bytes(table, place.representation)
            assert block.data[place.offset :][: len(built)] == built
    assert block == build_tables(function, Choices(frozenset()))
    assert block.size - block.places[-1].offset == block.places[-1].representation.bytes


@pytest.mark.parametrize("entry", _WITH_EXAMPLES, ids=lambda entry: entry.code)
def test_codes(entry: CodeEntry) -> None:
    bad, good = (parse_function(Source("example", text)) for text in (entry.bad, entry.good))
    with pytest.raises(Refused) as refused:
        specialize_tables(bad, build_tables(bad))
    assert [each.code for each in refused.value.diagnostics] == [entry.code]
    assert refused.value.diagnostics[0].notes
    assert refused.value.diagnostics[0].span.start > 0
    specialize_tables(good, build_tables(good))


def test_many_lookups_are_refused_before_they_are_written() -> None:
    entries = tuple(Entry((3 * at,), (3 * at,), at) for at in range(1 << 12))
    table = Table("t", "exact", (Type.U64,), Type.U64, 0, entries)
    lines = [f"  %{at + 1} = lookup t(%{at})" for at in range(20_000)]
    text = "func f(%0 k: u64) {\n" + "\n".join(lines) + "\n  return\n}\n"
    function = replace(parse_function(Source("long", text)), tables=(table,))
    verify_function(function)
    with pytest.raises(Refused) as refused:
        specialize_tables(function, build_tables(function, Choices(frozenset())))
    assert [each.code for each in refused.value.diagnostics] == ["TAB002"]


def test_tables_are_not_larger_than_a_region() -> None:
    opened = tuple(replace(_flows(0), name=f"t{at}", open=True) for at in range(64))
    function = Function("f", (), (), (), (), 0, opened, _NO_BODY)
    with pytest.raises(Refused) as refused:
        build_tables(function)
    assert [each.code for each in refused.value.diagnostics] == ["TAB003"]


_OPEN = """func f(%0 address: u32; %1 port: u16) -> (u32) {
  open table flows exact (u32, u32, u16, u16) -> u32 default 0
  open table ports exact (u16) -> u32 default 9
  table nets prefix (u32) -> u32 default 0 {
    0..255 -> 1
    7 -> 2
  }
  %2 = lookup flows(%0, %0, %1, %1)
  %3 = lookup ports(%1)
  %4 = lookup nets(%0)
  %5 = wrapping add %2, %3
  %6 = wrapping add %5, %4
  return %6
}
"""


def test_open_tables_change_under_native_code() -> None:
    function = parse_function(Source("open.ir", _OPEN))
    policy = Policy("test", (), (Type.U32, Type.U16), (Type.U32,), (), 0, (), True, 1 << 20, open_tables=True)
    compiled = compile_function(function, policy)
    memory = reserve_tables(compiled.tables)
    native = load_compiled(compiled, memory)
    flows, ports = compiled.tables.find_place("flows"), compiled.tables.find_place("ports")
    assert isinstance(flows.representation, OpenHash)
    assert isinstance(ports.representation, OpenDense)
    layout, epochs = flows.representation, ReaderEpochs()
    flow_rows = OpenHashTable(layout, memory, flows.offset, epochs, random.Random(1))
    view = memory.view[ports.offset : ports.offset + ports.representation.bytes]
    port_rows = OpenDenseTable(ports.representation, view)
    assert native.call({}, (7, 80)).results == (11,)
    assert flow_rows.insert((7, 7, 80, 80), 100)
    assert port_rows.insert((80,), 1000)
    assert native.call({}, (7, 80)).results == (1102,)
    assert native.call({}, (300, 80)).results == (1000,)
    assert flow_rows.delete((7, 7, 80, 80))
    assert native.call({}, (7, 80)).results == (1002,)
    assert compiled.report.slow == 0


def test_open_rules_have_a_native_form() -> None:
    table = replace(_rules(), entries=(), open=True)
    (place,) = build_tables(make_question(table)).places
    assert place.representation == Boxes(table.keys, table.default)
    wide = replace(table, keys=(Type.U8,) * 16)
    with pytest.raises(Refused) as refused:
        build_tables(make_question(wide))
    assert [each.code for each in refused.value.diagnostics] == ["TAB004"]


def test_loading_open_tables_needs_memory() -> None:
    function = parse_function(Source("open.ir", _OPEN))
    policy = Policy("test", (), (Type.U32, Type.U16), (Type.U32,), (), 0, (), True, 1 << 20, open_tables=True)
    compiled = compile_function(function, policy)
    with pytest.raises(AssertionError, match="need memory"):
        load_compiled(compiled)


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_choice_can_be_switched_off(name: str) -> None:
    """With and without, and with nothing else: always the same answers."""
    function = make_question(_ports()[0])
    for choices in (Choices().without(name), Choices(frozenset({name})), Choices(frozenset())):
        block = build_tables(function, choices)
        specialized = specialize_tables(function, block)
        regions = {region.name: block.data for region in specialized.regions}
        answers = {port: run_function(specialized, regions, (port,)).results[0] for port in (*_PORTS, 0, 81)}
        assert answers == {**_PORTS, 0: 0, 81: 0}
