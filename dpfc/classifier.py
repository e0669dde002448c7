"""The Python interface: compile filters, then classify messages, batches of them, and capture files.

In: filter text. Out: a `Classifier`, which compiles itself for each link type when a message of that type
comes.

    classifier = dpfc.compile("filter web { tcp.dport in {80, 443} }")
    classifier.classify(frame)                         # (1,): the number of the filter, or ()
    classifier.names[1]                                # "web"
    classifier.classify_file("capture.pcap").rows      # packets and bytes of each filter
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from dpfc.answers import Answers, Engine
from dpfc.count import Counter, Counts
from dpfc.formula import FilterId
from dpfc.language.parse import parse_file
from dpfc.language.syntax import File
from dpfc.merge.loads import MESSAGE
from dpfc.names.instances import Row
from dpfc.names.resolve import resolve_files
from dpfc.program import Mode, Program, build_program, compile_program, prove_program
from runtime import limits
from runtime.check.judgement import Judgement
from runtime.diagnostic import Diagnostic
from runtime.ir.interpret import prepare_function, run_function
from runtime.load.batch import Messages, Progress, run_emitting_filter, run_filter
from runtime.load.native import NativeFunction, native_available
from runtime.pipeline import load_compiled
from runtime.source import Source

if TYPE_CHECKING:
    from typing_extensions import Buffer

ETHERNET = 1
"""LINKTYPE_ETHERNET."""

_ROOM = 1 << 16
"""Numbers that one native call may emit before it must come back, at least."""


def compile(  # noqa: A001  (re.compile is the model)
    text: str,
    *,
    name: str = "<text>",
    mode: Mode = "specific",
    link_type: int = ETHERNET,
    engine: Engine | None = None,
    instances: Mapping[str, Sequence[Row]] | None = None,
    cache: Path | None = None,
) -> Classifier:
    """Compile filters.

    Args:
        text: a DPF file.
        name: what diagnostics call it.
        mode: what `classify` answers.
        link_type: compiled at once, so that a refusal comes now; others are compiled when they are first
            needed.
        engine: native where the host can run x86-64 code, else the interpreter, when not given.
        instances: rows of arguments for filters with parameters, by filter name.
        cache: a directory for verdicts and machine code; None: nothing is kept.

    Raises:
        Refused: the diagnostics say why.
    """
    file = parse_file(Source(name, text))
    classifier = Classifier((file,), mode, engine or default_engine(), instances or {}, cache)
    classifier.prepare(link_type)
    return classifier


def default_engine() -> Engine:
    """Return the fastest engine of this host."""
    return "native" if native_available() else "interpreter"


@dataclass(frozen=True, slots=True)
class _Loaded:
    """A program ready to run; without `native` the interpreter runs it."""

    program: Program
    judgement: Judgement
    native: NativeFunction | None


class Classifier:
    """A set of filters, compiled for each link type that it meets.

    Attributes:
        names: the filters' names by number; `names[0]` is empty, since numbers start at 1.
        warnings: what the authors of the filters should know, for the link types compiled so far.
    """

    def __init__(
        self,
        files: Sequence[File],
        mode: Mode,
        engine: Engine,
        instances: Mapping[str, Sequence[Row]],
        cache: Path | None,
    ) -> None:
        self.mode = mode
        self.engine = engine
        self.names: tuple[str, ...] = ("",)
        self.warnings: tuple[Diagnostic, ...] = ()
        self._files = tuple(files)
        self._instances = dict(instances)
        self.cache = cache
        self._loaded: dict[int, _Loaded] = {}

    def prepare(self, link_type: int) -> Program:
        """Compile for `link_type` unless that is done; return the program.

        Raises:
            Refused: the diagnostics say why.
        """
        return self._load(link_type).program

    def judgement(self, link_type: int = ETHERNET) -> Judgement:
        """Return what was proved of the program for `link_type`."""
        return self._load(link_type).judgement

    def classify(self, message: Buffer, link_type: int = ETHERNET) -> tuple[FilterId, ...]:
        """Return the numbers of the filters that accept `message`, ascending.

        In modes specific and first there is at most one.

        Raises:
            Refused: the filters cannot be compiled for this link type.
            ValueError: the message is longer than `runtime.limits.MAX_MESSAGE_BYTES`.
        """
        loaded = self._load(link_type)
        if loaded.native is None:
            interpreted = run_function(loaded.program.function, {MESSAGE: bytes(message)})
            emitted, results = interpreted.emitted, interpreted.results
        else:
            outcome = loaded.native.call({MESSAGE: message})
            emitted, results = outcome.emitted, outcome.results
        numbers = sorted(number for (number,) in emitted) or results
        return tuple(FilterId(number) for number in numbers if number)

    def classify_batch(
        self,
        data: Buffer,
        offsets: Buffer,
        lengths: Buffer,
        link_type: int = ETHERNET,
    ) -> Answers:
        """Classify many messages without copying them and, on the native engine, without holding the GIL.

        Args:
            data: memory that holds all messages.
            offsets: where each starts, u64 in native byte order (`array("Q")`, a NumPy uint64 array).
            lengths: how long each is in bytes, u32 in native byte order.
            link_type: of all messages.

        Raises:
            Refused: the filters cannot be compiled for this link type.
            ValueError: the arrays do not fit each other, or a message is not inside `data`.
        """
        starts, sizes = memoryview(offsets).cast("B"), memoryview(lengths).cast("B")
        count = len(sizes) // 4
        if len(starts) != 8 * count or len(sizes) != 4 * count:
            raise ValueError("there must be one u64 offset and one u32 length for each message")
        return self.classify_messages(Messages(data, starts, sizes, count), link_type)

    def classify_messages(self, messages: Messages, link_type: int = ETHERNET) -> Answers:
        """Classify messages that lie anywhere, at any stride; otherwise as `classify_batch`."""
        loaded = self._load(link_type)
        if loaded.native is None:
            return _interpret(loaded, messages)
        if self.mode == "all":
            return _emit(loaded.native, messages)
        ids = array("I", bytes(4 * messages.count))
        _require_done(run_filter(loaded.native, messages, ids), messages, 0)
        return Answers(ids, array("I"))

    def classify_file(self, path: str | Path) -> Counts:
        """Classify every packet of a capture file (pcap or pcapng, also gzip or zstd) and count.

        Raises:
            Refused: CAP codes for a damaged capture (`dpfc.count.Counter` keeps what was counted before), or
                the
                filters cannot be compiled for a link type of the capture.
        """
        counter = Counter(self)
        counter.add_file(path)
        return counter.counts()

    def _load(self, link_type: int) -> _Loaded:
        loaded = self._loaded.get(link_type)
        if loaded is None:
            resolved = resolve_files(self._files, link_type, self._instances)
            program = build_program(resolved.filters, self.mode)
            if self.engine == "native":
                compiled = compile_program(program, self.cache)
                loaded = _Loaded(program, compiled.judgement, load_compiled(compiled))
            else:
                loaded = _Loaded(program, prove_program(program, self.cache), None)
            self.names = ("", *(one.name for one in resolved.filters))
            self.warnings += (*resolved.warnings, *program.warnings)
            self._loaded[link_type] = loaded
        return loaded


def _emit(native: NativeFunction, messages: Messages) -> Answers:
    """Run a filter that emits every match; come back for more whenever there is no room left."""
    ids, counts = array("I"), array("I", bytes(4 * messages.count))
    room = array("I", bytes(4 * max(_ROOM, native.function.emit_limit)))
    done = 0
    while True:
        part = _skip(messages, done)
        progress = run_emitting_filter(native, part, memoryview(counts)[done:], room)
        ids.extend(room[: progress.emitted])
        done += progress.processed
        if progress.reason != "room":
            _require_done(progress, messages, done - progress.processed)
            return Answers(ids, counts)


def _skip(messages: Messages, done: int) -> Messages:
    return replace(
        messages,
        offsets=memoryview(messages.offsets).cast("B")[done * messages.offset_stride :],
        lengths=memoryview(messages.lengths).cast("B")[done * messages.length_stride :],
        count=messages.count - done,
    )


def _require_done(progress: Progress, messages: Messages, before: int) -> None:
    if progress.reason == "outside":
        number = before + progress.processed
        raise ValueError(f"message {number} of {messages.count} is not inside the data, or is too long")


def _interpret(loaded: _Loaded, messages: Messages) -> Answers:
    ids, counts = array("I"), array("I")
    prepared = prepare_function(loaded.program.function)
    for message in _iterate(messages):
        outcome = prepared.run({MESSAGE: message})
        if loaded.program.mode == "all":
            ids.extend(number for (number,) in outcome.emitted)
            counts.append(len(outcome.emitted))
        else:
            ids.extend(outcome.results)
    return Answers(ids, counts)


def _iterate(messages: Messages) -> Iterator[bytes]:
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
