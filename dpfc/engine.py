"""A compiled program, what its tables hold, and how to ask it: natively, or in the interpreter.

In: a program. Out: `Loaded`, which classifies. Its code never changes; the rows of its open tables do, while
other threads classify: every message gets the answer from before or from after each change.
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from random import SystemRandom
from typing import TYPE_CHECKING, TypeAlias

from dpfc.answers import Answers, Engine
from dpfc.formula import FilterId
from dpfc.merge.loads import MESSAGE
from dpfc.optimizations import ALL, Optimizations
from dpfc.program import Mode, Program, compile_program, prove_program
from dpfc.shapes.table import ShapeTable
from runtime import limits
from runtime.check.judgement import Judgement
from runtime.ir.interpret import Outcome, PreparedFunction, prepare_function
from runtime.ir.table_map import TableMap
from runtime.load.batch import Messages, Progress, run_emitting_filter, run_filter
from runtime.load.native import NativeFunction, NativeOutcome
from runtime.pipeline import load_compiled
from runtime.tables.epochs import ReaderEpochs
from runtime.tables.layout import Place, build_tables, reserve_tables
from runtime.tables.memory import TableMemory
from runtime.tables.open_dense import OpenDense
from runtime.tables.open_dense_table import OpenDenseTable
from runtime.tables.open_hash import OpenHash
from runtime.tables.open_hash_table import OpenHashTable

if TYPE_CHECKING:
    from typing_extensions import Buffer

OpenTable: TypeAlias = OpenHashTable | OpenDenseTable

_ROOM = 1 << 16
"""Numbers that one native call may emit before it must come back, at least."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How filters are compiled.

    Args:
        mode: what a classifier answers.
        engine: what runs it.
        cache: a directory for verdicts and machine code; None: nothing is kept.
        optimizations: what the compiler does.
    """

    mode: Mode
    engine: Engine
    cache: Path | None
    optimizations: Optimizations = ALL


@dataclass(frozen=True, slots=True)
class Loaded:
    """A program ready to run.

    Args:
        program: what was compiled.
        judgement: what was proved of it.
        tables: what its open tables hold, by name; whoever changes them has a lock.
        epochs: who is classifying.
        native: its code; None where the interpreter runs it.
        prepared: for the interpreter.
        prefetch: whether native code fetches messages ahead.
    """

    program: Program
    judgement: Judgement
    tables: Mapping[str, OpenTable]
    epochs: ReaderEpochs
    native: NativeFunction | None
    prepared: PreparedFunction
    prefetch: bool

    def classify(self, message: Buffer) -> tuple[FilterId, ...]:
        """Return the numbers of the filters that accept `message`, ascending."""
        outcome: Outcome | NativeOutcome
        with self.epochs.reading():
            if self.native is None:
                outcome = self.prepared.run({MESSAGE: bytes(message)})
            elif not self.native.function.emits:
                number = self.native.answer(message)
                return (FilterId(number),) if number else ()
            else:
                outcome = self.native.call({MESSAGE: message})
        numbers = sorted(number for (number,) in outcome.emitted) or outcome.results
        return tuple(FilterId(number) for number in numbers if number)

    def classify_messages(self, messages: Messages) -> Answers:
        """Classify a batch."""
        with self.epochs.reading():
            if self.native is None:
                return _interpret(self, messages)
            if self.program.mode == "all":
                return _emit(self.native, messages, self.prefetch)
            ids = array("I", bytes(4 * messages.count))
            require_done(run_filter(self.native, messages, ids, self.prefetch), messages, 0)
            return Answers(ids, array("I"))


def load_program(program: Program, settings: Settings) -> Loaded:
    """Compile and load `program`, and fill its tables.

    Raises:
        Refused: CHK, TAB, GEN or VAL codes.
    """
    epochs = ReaderEpochs()
    if settings.engine == "native":
        compiled = compile_program(program, settings.cache, settings.optimizations)
        block, judgement = compiled.tables, compiled.judgement
        memory = reserve_tables(block)
        native = load_compiled(compiled, memory)
    else:
        judgement, block, native = (
            prove_program(program, settings.cache),
            build_tables(program.function),
            None,
        )
        memory = reserve_tables(block)
    tables: dict[str, OpenTable] = {}
    for table in program.tables:
        tables[table.name] = _open_table(block.find_place(table.name), memory, epochs)
        _fill(tables[table.name], table)
    maps = {name: _make_map(table) for name, table in tables.items()}
    return Loaded(
        program,
        judgement,
        tables,
        epochs,
        native,
        prepare_function(program.function, maps),
        settings.optimizations.prefetch,
    )


def _open_table(place: Place, memory: TableMemory, epochs: ReaderEpochs) -> OpenTable:
    match place.representation:
        case OpenHash() as layout:
            return OpenHashTable(layout, memory, place.offset, epochs, SystemRandom())
        case OpenDense() as dense:
            return OpenDenseTable(dense, memory.view[place.offset : place.offset + dense.bytes])
        case _:
            raise AssertionError("the tables of a program are open")


def _make_map(table: OpenTable) -> TableMap:
    return lambda key: table.find(key) or 0


def _fill(table: OpenTable, rows: ShapeTable) -> None:
    """Insert the rows of a program's table; no key is in them twice."""
    repeated = table.insert_many([word.pack_columns(rows.rows.lows) for word in rows.words], rows.rows.ids)
    assert not len(repeated), "a table has one row for a key"


def _emit(native: NativeFunction, messages: Messages, prefetch: bool) -> Answers:
    """Run a filter that emits every match; come back for more whenever there is no room left."""
    ids, counts = array("I"), array("I", bytes(4 * messages.count))
    room = array("I", bytes(4 * max(_ROOM, native.function.emit_limit)))
    done = 0
    while True:
        part = _skip(messages, done)
        progress = run_emitting_filter(native, part, memoryview(counts)[done:], room, prefetch)
        ids.extend(room[: progress.emitted])
        done += progress.processed
        if progress.reason != "room":
            require_done(progress, messages, done - progress.processed)
            return Answers(ids, counts)


def _skip(messages: Messages, done: int) -> Messages:
    return replace(
        messages,
        offsets=memoryview(messages.offsets).cast("B")[done * messages.offset_stride :],
        lengths=memoryview(messages.lengths).cast("B")[done * messages.length_stride :],
        count=messages.count - done,
    )


def require_done(progress: Progress, messages: Messages, before: int) -> None:
    """Raise ValueError for a message that a native loop could not classify; `before` were done earlier."""
    if progress.reason == "outside":
        number = before + progress.processed
        raise ValueError(f"message {number} of {messages.count} is not inside the data, or is too long")


def _interpret(loaded: Loaded, messages: Messages) -> Answers:
    ids, counts = array("I"), array("I")
    for message in iterate_messages(messages):
        outcome = loaded.prepared.run({MESSAGE: message})
        if loaded.program.mode == "all":
            ids.extend(number for (number,) in outcome.emitted)
            counts.append(len(outcome.emitted))
        else:
            ids.extend(outcome.results)
    return Answers(ids, counts)


def iterate_messages(messages: Messages) -> Iterator[bytes]:
    """Yield the messages as the native loop finds them; ValueError for one that is not inside the data."""
    data = memoryview(messages.data).cast("B")
    offsets, lengths = memoryview(messages.offsets).cast("B"), memoryview(messages.lengths).cast("B")
    for number in range(messages.count):
        place, size = number * messages.offset_stride, number * messages.length_stride
        offset = int.from_bytes(offsets[place : place + messages.offset_bytes], sys.byteorder)
        length = int.from_bytes(lengths[size : size + 4], sys.byteorder)
        if offset + length > len(data) or length > limits.MAX_MESSAGE_BYTES:
            raise ValueError(f"message {number} of {messages.count} is not inside the data, or is too long")
        yield bytes(data[offset : offset + length])
