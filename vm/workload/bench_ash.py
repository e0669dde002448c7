"""The engine of `xok bench ash`: what handlers gain, in virtual time, beside the papers' figures.

In: `AshOptions`. Out: an `AshReport`. Virtual time is that of a 200 MHz Pentium Pro on 10 Mb/s Ethernet, the
same on every host; the paper measured two 40 MHz DECstations, on Ethernet or AN2: ratios and shapes compare,
numbers do not. On request also real time: what a message costs on this host that a handler consumes, with
few and with many filters.

Source: Wallach, Engler and Kaashoek, SIGCOMM 1996 (section 5, tables, and figure 5).
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import thread_time

from dpfc.formula import And, Field, Start, Test
from runtime.load.batch import Messages
from vm.machine import costs
from vm.net.download import Download
from vm.net.form import encode_filter
from vm.workload.ash_report import AshReport, Figure
from vm.workload.remote import OUTSIDE, compile_forms, make_direct, measure_trips

PROCESSES = (1, 2, 4, 8)
FILTERS = (1, 10_000)
_ROUNDS = 40
_REAL_ROUNDS, _REAL_MESSAGES = 7, 4_000
_WRITES = ((40, "0 to 13 %"), (128, "3 to 7 %"))


@dataclass(frozen=True, slots=True)
class AshOptions:
    """What to run.

    Args:
        filters: how many filters are installed where real time is measured; none: it is not measured.
        rounds: round trips of each measurement.
        cache: for proofs and machine code.
    """

    filters: tuple[int, ...] = ()
    rounds: int = _ROUNDS
    cache: Path | None = None


def run_bench(options: AshOptions, progress: Callable[[str], None]) -> AshReport:
    """Run what `options` asks for; `progress` is told of each part."""
    forms = compile_forms(options.cache)
    progress("round trips")
    trips = tuple(_measure_trips(forms, options))
    progress("runnable processes")
    processes = tuple(_measure_processes(forms, options))
    progress("remote writes")
    checks = tuple(_measure_checks(forms, options))
    real: list[Figure] = []
    for count in options.filters:
        progress(f"{count:,} filters, real time")
        real += _measure_real(forms["increment"], count, options)
    return AshReport(trips, processes, checks, tuple(real))


def _measure_trips(forms: Mapping[str, bytes], options: AshOptions) -> Iterator[Figure]:
    increment, echo, without = (
        measure_trips(form, 1, options.rounds, options.cache)
        for form in (forms["increment"], forms["echo"], None)
    )
    yield Figure("remote increment, handler", increment, "us", "142 (AN2)")
    yield Figure("remote increment, user level", without, "us", "176 (AN2)")
    yield Figure("saved by the handler", 100 * (1 - increment / without), "%", "19")
    yield Figure("the server's part of it, handler", increment - OUTSIDE, "us")
    yield Figure("the server's part of it, user level", without - OUTSIDE, "us")
    yield Figure("round trip of 4 bytes, handler", echo, "us", "112 (in the kernel, AN2)")
    yield Figure("round trip of 4 bytes, user level", without, "us", "176 (AN2), 279 (Ethernet)")


def _measure_processes(forms: Mapping[str, bytes], options: AshOptions) -> Iterator[Figure]:
    for processes in PROCESSES:
        runnable = f"{processes} runnable process{'es' if processes > 1 else ''}"
        for name, form in (("handler", forms["increment"]), ("user level", None)):
            trip = measure_trips(form, processes, options.rounds, options.cache)
            paper = "flat" if form is not None else "grows to 1,500 at 8"
            yield Figure(f"{runnable}, {name}", trip, "us", paper)


def _measure_checks(forms: Mapping[str, bytes], options: AshOptions) -> Iterator[Figure]:
    """Yield what checks at run time add to remote writes, in instructions that the kernel charges."""
    for count, paper in _WRITES:
        checked, proved = (
            _charge(forms[name], count, options) for name in (f"write_{count}", f"write_{count}_proved")
        )
        yield Figure(f"remote write of {count} bytes, checked", checked, "instructions")
        yield Figure(f"remote write of {count} bytes, nothing to check", proved, "instructions")
        yield Figure(f"checks of {count} bytes", 100 * (checked / proved - 1), "%", paper)


def _charge(form: bytes, count: int, options: AshOptions) -> int:
    _, network, user = make_direct(options.cache)
    number = user.net_handler_install(form, [user.page_allocate()])
    frame = bytes(12) + b"\x90\x00" + bytes(4) + bytes(count)
    outcome, _ = network.handlers[number].run(frame, 0)
    assert outcome.verdict == "consumed", "the write is inside"
    return outcome.charged


def _measure_real(form: bytes, filters: int, options: AshOptions) -> Iterator[Figure]:
    """Yield nanoseconds of this host for a message that a handler consumes and answers."""
    card, network, user = make_direct(options.cache)
    number = user.net_filter_insert(_make_filter(filters - 1))
    user.net_filter_bind(number, user.net_handler_install(form, [user.page_allocate()]))
    for each in range(filters - 1):
        user.net_filter_insert(_make_filter(each))
    port, frame = network.ports[0], _make_frame(filters - 1)
    (handler,) = network.handlers.values()
    batch = Messages(
        frame,
        array("Q", bytes(8 * _REAL_MESSAGES)),
        array("I", [len(frame)] * _REAL_MESSAGES),
        _REAL_MESSAGES,
    )
    label = f"{filters:,} filter{'s' if filters > 1 else ''}"
    yield Figure(f"{label}: a message, through the emulated kernel", _time(lambda: card.receive(frame)), "ns")
    yield Figure(f"{label}: of it, the classifier", _time(lambda: port.demultiplexer.classify(frame)), "ns")
    yield Figure(f"{label}: of it, the handler", _time(lambda: handler.run(frame, 0)), "ns")
    native = _time(lambda: port.demultiplexer.classify_messages(batch), 1) / _REAL_MESSAGES
    yield Figure(f"{label}: the classifier's machine code, in a batch", native, "ns")


def _time(action: Callable[[], object], times: int = _REAL_MESSAGES) -> float:
    """Return nanoseconds of an action: the median round, in this thread's time on the processor."""
    rounds = []
    for _ in range(_REAL_ROUNDS):
        start = thread_time()
        for _ in range(times):
            action()
        rounds.append(thread_time() - start)
    return median(rounds) / times * 1e9


def _make_filter(number: int) -> bytes:
    """Return a filter for UDP over IPv4, with a destination address of its own."""
    tests = [(96, 16, 0x0800), (184, 8, 17), (240, 32, number)]
    conditions = (Test(Field(Start(), offset, bits), ((value, value),)) for offset, bits, value in tests)
    return encode_filter(Download(And(tuple(conditions))))


def _make_frame(number: int) -> bytes:
    """Return a message for that filter."""
    frame = bytearray(60)
    frame[12:14], frame[23], frame[30:34] = b"\x08\x00", 17, number.to_bytes(4, "big")
    return bytes(frame)


assert costs.CYCLES_PER_SECOND == 200_000_000, "the first lines of this file say so"
