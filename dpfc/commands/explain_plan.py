"""`dpfc explain-plan`: how filters were grouped, merged and represented, and what that costs.

In: a DPF file, perhaps with instances. Out: the tables with their keys, the trie, the code, in words.

    12 filters, mode specific
    table rows0: 10 rows, displaced hash, one probe, up to ... rows of 16 bytes
      every row  start[12:16] in {2048}
      key        start[26:64]  a[0:32]
    trie: 2 filters and 1 table, 9 decisions; IR: 71 instructions, at most 63 for a message; code: 312 bytes
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from dpfc.commands.inputs import read_program, read_rows
from dpfc.formula import And
from dpfc.merge.trie import Accept, Decide, Evaluate, Several, Trie
from dpfc.program import Labels, Program, build_program, compile_program
from dpfc.resolve import resolve_files
from dpfc.shapes.table import ShapeTable
from dpfc.show import Places
from runtime.command.describe import print_diagnostics
from runtime.command.exit import DONE
from runtime.command.files import find_cache
from runtime.pipeline import Compiled
from runtime.tables.layout import TableBlock


def run(options: argparse.Namespace) -> int:
    """Compile the file and describe what came of it."""
    resolved = resolve_files((read_program(options.file),), options.link_type, read_rows(options))
    program = build_program(
        resolved.filters, options.mode, resolved.tables, labels=Labels(resolved.names, resolved.spans)
    )
    compiled = compile_program(program, find_cache(options))
    print_diagnostics((*resolved.warnings, *program.warnings))
    print(f"{len(resolved.names) - 1:,} filters, mode {options.mode}")
    for table in program.tables:
        print(*_describe_table(table, compiled.tables), sep="\n")
    print(*_describe_closed(program, compiled.tables), sep="", end="")
    print(_describe_code(program, compiled))
    return DONE


def _describe_table(table: ShapeTable, block: TableBlock) -> Iterator[str]:
    places = Places()
    fixed = [places.condition(test) for test in table.shape.fixed]
    words = [" . ".join(map(places.expression, word.loads)) for word in table.words]
    representation = block.find_place(table.name).representation
    yield f"table {table.name}: {len(table.rows):,} rows, {representation.describe()}"
    yield from (f"  {line}" for line in places.lines)
    yield from (f"  every row  {line}" for line in fixed or [places.condition(And(()))])
    yield f"  key        {'  '.join(words)}"


def _describe_closed(program: Program, block: TableBlock) -> Iterator[str]:
    """Yield a line for each table whose entries are part of the program."""
    entries = {table.name: len(table.entries) for table in program.function.tables if not table.open}
    for place in block.places:
        if place.name in entries:
            yield f"table {place.name}: {entries[place.name]:,} entries, {place.representation.describe()}\n"


def _describe_code(program: Program, compiled: Compiled) -> str:
    statistics = compiled.judgement.statistics
    share = 100 * statistics.share_without_solver
    return (
        f"trie: {len(program.filters)} filters and {len(program.tables)} tables, "
        f"{_count_decisions(program.trie)} decisions\n"
        f"proof: {statistics.obligations} obligations, {share:.0f}% without z3; "
        f"at most {statistics.instructions:,} instructions for a message\n"
        f"code: {len(compiled.machine_code.code):,} bytes; closed tables: {len(compiled.tables.data):,} bytes"
    )


def _count_decisions(trie: Trie) -> int:
    """Return the number of decisions, those that are written out several times counted once."""
    seen: set[int] = set()
    stack: list[Trie] = [trie]
    count = 0
    while stack:
        current = stack.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        match current:
            case Decide(branches=branches, otherwise=otherwise, then=then):
                count += 1
                stack += [*(child for _, child in branches), otherwise, then]
            case Accept(then=then) | Evaluate(then=then):
                stack.append(then)
            case Several(parts=parts):
                stack += parts
            case _:
                continue
    return count
