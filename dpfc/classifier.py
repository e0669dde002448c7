"""The Python interface: compile filters, then classify messages, batches of them, and capture files.

In: filter text. Out: a `Classifier`, which compiles itself for each link type when a message of that type
comes.

    classifier = dpfc.compile("filter web { tcp.dport in {80, 443} }")
    classifier.classify(frame)                         # (1,): the number of the filter, or ()
    classifier.names[1]                                # "web"
    classifier.classify_file("capture.pcap").rows      # packets and bytes of each filter
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dpfc.answers import Answers, Engine
from dpfc.count import Counter, Counts
from dpfc.engine import Settings
from dpfc.formula import FilterId
from dpfc.language.parse import parse_file
from dpfc.language.syntax import File
from dpfc.live.live import Live
from dpfc.live.source import ProgramSource
from dpfc.names.instances import Row
from dpfc.optimizations import ALL, Optimizations
from dpfc.program import Mode, Program
from runtime.check.judgement import Judgement
from runtime.diagnostic import Diagnostic
from runtime.load.batch import Messages
from runtime.load.native import native_available
from runtime.source import Source

if TYPE_CHECKING:
    from typing_extensions import Buffer

ETHERNET = 1
"""LINKTYPE_ETHERNET."""


def compile(  # noqa: A001  (re.compile is the model)
    text: str,
    *,
    name: str = "<text>",
    mode: Mode = "specific",
    link_type: int = ETHERNET,
    engine: Engine | None = None,
    instances: Mapping[str, Sequence[Row]] | None = None,
    cache: Path | None = None,
    optimizations: Optimizations = ALL,
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
        optimizations: what the compiler does; the answers are the same without any of them.

    Raises:
        Refused: the diagnostics say why.
    """
    file = parse_file(Source(name, text))
    classifier = Classifier((file,), mode, engine or default_engine(), instances or {}, cache, optimizations)
    classifier.prepare(link_type)
    return classifier


def default_engine() -> Engine:
    """Return the fastest engine of this host."""
    return "native" if native_available() else "interpreter"


class Classifier:
    """A set of filters, compiled for each link type that it meets; filters may come and go.

    Any number of threads may classify while one inserts or deletes.

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
        optimizations: Optimizations = ALL,
    ) -> None:
        self.mode = mode
        self.engine = engine
        self._settings = Settings(mode, engine, cache, optimizations)
        self.warnings: tuple[Diagnostic, ...] = ()
        self.cache = cache
        self._source = ProgramSource(tuple(files), dict(instances))
        self._live: dict[int, Live] = {}

    @property
    def names(self) -> Sequence[str]:
        """The filters' names by number; a number is never used again."""
        return self._source.names

    def prepare(self, link_type: int) -> Program:
        """Compile for `link_type` unless that is done; return the program.

        Raises:
            Refused: the diagnostics say why.
        """
        return self._find(link_type).loaded.program

    def judgement(self, link_type: int = ETHERNET) -> Judgement:
        """Return what was proved of the program for `link_type`."""
        return self._find(link_type).loaded.judgement

    def classify(self, message: Buffer, link_type: int = ETHERNET) -> tuple[FilterId, ...]:
        """Return the numbers of the filters that accept `message`, ascending.

        In modes specific and first there is at most one.

        Raises:
            Refused: the filters cannot be compiled for this link type.
            ValueError: the message is longer than `runtime.limits.MAX_MESSAGE_BYTES`.
        """
        return self._find(link_type).classify(message)

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
        return self._find(link_type).classify_messages(messages)

    def insert(self, text: str, name: str = "<inserted>") -> tuple[FilterId, ...]:
        """Insert the filters that a DPF text defines; they may use what was defined before.

        Args:
            text: a DPF file.
            name: what diagnostics call it.

        Returns:
            Their numbers, in order of definition.

        Raises:
            Refused: the diagnostics say why; nothing has changed.
        """
        return self._source.insert_text(Source(name, text), self._live)

    def insert_instance(self, filter_name: str, **arguments: int | str) -> FilterId:
        """Insert one instance of a filter with parameters.

        Args:
            filter_name: of a filter with parameters.
            arguments: a number, or text as in a CSV cell, for each parameter without a default.

        Raises:
            Refused: the diagnostics say why; nothing has changed.
        """
        return self._source.insert_instance(filter_name, arguments, self._live)

    def insert_instances(self, filter_name: str, columns: Mapping[str, Sequence[int]]) -> range:
        """Insert many instances of a filter at once.

        Args:
            filter_name: of a filter with parameters.
            columns: numbers for each parameter without a default, as many for each.

        Returns:
            Their numbers.

        Raises:
            Refused: the diagnostics say why; nothing has changed.
            ValueError: the columns are not equally long.
        """
        return self._source.insert_instances(filter_name, columns, self._live)

    def delete(self, *numbers: int) -> None:
        """Delete filters: when this returns, none of them is an answer.

        Raises:
            Refused: DPF080 for a number that no filter has (any more); nothing has changed.
        """
        self._source.delete(numbers, self._live)

    def settle(self) -> None:
        """Wait until every filter that was inserted is compiled: before, new shapes are interpreted.

        Raises:
            Refused: they could not be compiled.
        """
        for live in self._live.values():
            live.settle()

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

    def _find(self, link_type: int) -> Live:
        live = self._live.get(link_type)
        if live is None:
            live, warnings = self._source.compile(link_type, self._settings)
            self.warnings += warnings
            self._live[link_type] = live
        return live
