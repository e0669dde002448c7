"""`xok bench ash`, the part about the kernel: what handlers gain, beside the papers' figures.

In: nothing. Out: tables, and bench/results/ash_kernel.json. The first tables are in virtual time, the same on
every host: a 200 MHz Pentium Pro on a 10 Mb/s Ethernet. The papers' figures are from two 40 MHz DECstations,
on Ethernet or AN2: compare ratios and shapes. The last table is real time on this host.

Source: Wallach, Engler and Kaashoek, SIGCOMM 1996 (remote increment: figure 5 and section 5).
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from time import thread_time

from bench import ash_handlers
from bench.ash_rig import OUTSIDE, make_direct, measure_trips
from bench.timing import Result, describe_machine, pin_to_one_core, print_results, time_rounds, write_results
from dpfc.formula import And, Field, Start, Test
from runtime.load.batch import Messages
from vm.machine import costs
from vm.net.download import Download
from vm.net.form import encode_filter

PROCESSES = (1, 2, 4, 8)
_ROUNDS = 40
_REAL = 20_000
MANY = 10_000


def main(arguments: Sequence[str] = ()) -> None:
    """Run all, or with `--quick` what takes seconds; keep the numbers."""
    quick = "--quick" in (arguments or sys.argv[1:])
    pin_to_one_core()
    print(", ".join(f"{name}: {value}" for name, value in describe_machine().items()))
    virtual = (*_measure_trips(), *_measure_processes(), *_measure_sandbox())
    print_results("handlers in the kernel, virtual time", virtual)
    real = tuple(each for count in ((1,) if quick else (1, MANY)) for each in _measure_real(count))
    print_results("handlers in the kernel, real time", real)
    if not quick:
        write_results("ash_kernel", (*virtual, *real))


def _increment(frame: bytes) -> bytes:
    return frame


def _measure_trips() -> list[Result]:
    with_handler = measure_trips(ash_handlers.increment(), 1, _ROUNDS, _increment)
    without = measure_trips(None, 1, _ROUNDS, _increment)
    echo = measure_trips(ash_handlers.echo(), 1, _ROUNDS, _increment)
    saved = 1 - with_handler / without
    return [
        Result("remote increment, handler", with_handler, "us", note="paper: 142 us (AN2)"),
        Result("remote increment, user level", without, "us", note="paper: 176 us (AN2)"),
        Result("saved by the handler", 100 * saved, "%", note="paper: 19 %"),
        Result("the server's part, handler", with_handler - OUTSIDE, "us", note="from card to link"),
        Result("the server's part, user level", without - OUTSIDE, "us", note="from card to link"),
        Result("round trip of 4 bytes, handler", echo, "us", note="paper: 112 us in the kernel (AN2)"),
        Result(
            "round trip of 4 bytes, user level", without, "us", note="paper: 176 us (AN2), 279 us (Ethernet)"
        ),
    ]


def _measure_processes() -> list[Result]:
    results: list[Result] = []
    first = {True: 0.0, False: 0.0}
    for processes in PROCESSES:
        for handled in (True, False):
            form = ash_handlers.increment() if handled else None
            trip = measure_trips(form, processes, _ROUNDS, _increment)
            first[handled] = first[handled] or trip
            name = f"remote increment, {processes} processes, {'handler' if handled else 'user level'}"
            goal = 1.02 * first[True] if handled else None
            note = "paper: flat" if handled else "paper: grows to 1,500 us at 8"
            results.append(Result(name, trip, "us", goal, "at most", note))
    return results


def _measure_sandbox() -> list[Result]:
    """Return what checks add to remote writes, in instructions that the kernel charges."""
    results = []
    for count, paper in ((40, "0 to 13 %"), (128, "3 to 7 %")):
        charged = [_charge(ash_handlers.remote_write(count, checked), count) for checked in (True, False)]
        note = f"{charged[0]} instructions instead of {charged[1]}; paper: {paper}"
        cost = 100 * (charged[0] / charged[1] - 1)
        results.append(Result(f"checks of a remote write of {count} bytes", cost, "%", 13, "at most", note))
    return results


def _charge(form: bytes, count: int) -> int:
    _, _, network, user = make_direct()
    number = user.net_handler_install(form, [user.page_allocate()])
    frame = bytes(12) + b"\x90\x00" + bytes(4) + bytes(count)
    outcome, _ = network.handlers[number].run(frame, 0)
    assert outcome.verdict == "consumed", "the write is inside"
    return outcome.charged


def _measure_real(filters: int) -> list[Result]:
    """Return nanoseconds for a handled message, with so many filters installed."""
    _, card, network, user = make_direct()
    number = user.net_filter_insert(_filter_of(filters - 1))
    request = _request(filters - 1)
    handler = user.net_handler_install(ash_handlers.increment(), [user.page_allocate()])
    user.net_filter_bind(number, handler)
    for each in range(filters - 1):
        user.net_filter_insert(_filter_of(each))
    port = network.ports[0]
    loaded = network.handlers[handler]

    def receive() -> None:
        for _ in range(_REAL):
            card.receive(request)

    def classify() -> None:
        for _ in range(_REAL):
            port.demultiplexer.classify(request)

    def run() -> None:
        for _ in range(_REAL):
            loaded.run(request, 0)

    batch = Messages(request, array("Q", [0] * _REAL), array("I", [len(request)] * _REAL), _REAL)
    classify()
    times = time_rounds(
        {
            "all": receive,
            "demultiplexing": classify,
            "handler": run,
            "native": lambda: port.demultiplexer.classify_messages(batch),
        },
        5,
        thread_time,
    )
    scale = 1e9 / _REAL
    names = {
        "all": "a handled message, through the emulated kernel",
        "demultiplexing": "of it: a call of the classifier",
        "handler": "of it: a call of the handler",
        "native": "the classifier's machine code alone, in a batch",
    }
    return [
        Result(
            f"{filters:,} filters: {name}",
            times[key].median * scale,
            "ns",
            note=times[key].spread(scale, "ns"),
        )
        for key, name in names.items()
    ]


def _filter_of(number: int) -> bytes:
    """Return a filter for UDP over IPv4, with a destination address of its own."""
    tests = [(96, 16, 0x0800), (184, 8, 17), (240, 32, number)]
    return encode_filter(
        Download(
            And(tuple(Test(Field(Start(), offset, bits), ((value, value),)) for offset, bits, value in tests))
        )
    )


def _request(number: int) -> bytes:
    """Return a message for that filter."""
    frame = bytearray(60)
    frame[12:14], frame[23], frame[30:34] = b"\x08\x00", 17, number.to_bytes(4, "big")
    return bytes(frame)


if __name__ == "__main__":
    assert costs.CYCLES_PER_SECOND == 200_000_000, "the tables say so"
    main()
