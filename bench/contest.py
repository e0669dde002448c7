"""Contenders on the same filters and frames, in alternating rounds on one core, in its time on the processor.

Before anything is timed, each one's answers are compared with the right ones, frame by frame. One that is not
there, or cannot do it, gets a cell without a number that says why. To add one:

    def prepare(scale: Scale, frames: Frames) -> Prepared:
        ...  # load `scale.rows`, then
        return Ready(run, answers)

    cells = measure({**find_peers(), "dpfc": prepare}, "fresh")
    ratios = compare_cells(cells, "dpfc", "C by hand, batch")
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bench.peers.contender import Measured, Order, Peer, Prepared, Ready, make_frames
from bench.scale_workload import SIZES, WORKLOADS, Scale
from bench.timing import Timing, median_ratio, time_rounds

ROUNDS = 11
_LEAST_SECONDS = 4e-3  # of one round of one contender


@dataclass(frozen=True, slots=True)
class Cell:
    """One contender at one N.

    Args:
        contender: its name.
        workload: the name of the workload.
        order: of the frames.
        filters: N.
        nanoseconds: per packet, the median; None: absent.
        note: the spread and what the peer says of itself, or why it is absent.
        rounds: nanoseconds per packet, for ratios; None where the peer has timed itself.
    """

    contender: str
    workload: str
    order: Order
    filters: int
    nanoseconds: float | None
    note: str
    rounds: Timing | None = None


def measure(
    contenders: Mapping[str, Peer],
    order: Order,
    workloads: Iterable[str] = WORKLOADS,
    sizes: Sequence[int] = SIZES,
) -> tuple[Cell, ...]:
    """Measure `contenders` on each workload and N."""
    return tuple(
        cell
        for workload in workloads
        for size in sizes
        for cell in measure_scale(contenders, WORKLOADS[workload](size), size, order)
    )


def measure_scale(contenders: Mapping[str, Peer], scale: Scale, size: int, order: Order) -> tuple[Cell, ...]:
    """Measure `contenders` on one set of filters, called `size` in the table."""
    frames = make_frames(scale.packets, order)
    prepared = {name: peer(scale, frames) for name, peer in contenders.items()}
    ready = {name: peer for name, peer in prepared.items() if isinstance(peer, Ready)}
    repeats = {name: _count_repeats(peer) for name, peer in ready.items()}
    for name, peer in prepared.items():
        check_answers(f"{name}, {scale.name}, N = {size}", peer, scale)
    runs = {name: _repeat(peer.run, repeats[name]) for name, peer in ready.items()}
    timings = time_rounds(runs, ROUNDS, time.thread_time)
    rounds = {
        name: Timing(tuple(seconds * 1e9 / (frames.count * repeats[name]) for seconds in timing.rounds))
        for name, timing in timings.items()
    }
    return tuple(
        _fill_cell(Cell(name, scale.name, order, size, None, "", rounds.get(name)), peer)
        for name, peer in prepared.items()
    )


def check_answers(name: str, peer: Prepared, scale: Scale) -> None:
    """Stop when a contender that has run answers wrongly: its time would mean nothing."""
    if isinstance(peer, str):
        return
    answers = list(peer.answers() if isinstance(peer, Ready) else peer.answers)
    numbered = not isinstance(peer, Ready) or peer.numbered
    expected = list(scale.expected) if numbered else [int(number > 0) for number in scale.expected]
    for index, (answer, right) in enumerate(zip(answers, expected, strict=True)):
        assert answer == right, f"{name}: frame {index}: answers {answer} instead of {right}"


def compare_cells(cells: Iterable[Cell], left: str, right: str) -> dict[tuple[str, int], float]:
    """Return the median ratio of two contenders' rounds, by workload and N, where both were timed here."""
    rounds = {(cell.contender, cell.workload, cell.filters): cell.rounds for cell in cells}
    ratios = {}
    for (contender, workload, size), mine in rounds.items():
        other = rounds.get((right, workload, size))
        if contender == left and mine is not None and other is not None:
            ratios[workload, size] = median_ratio(mine, other)
    return ratios


def _count_repeats(peer: Ready) -> int:
    """Return how many runs take as long as a round should."""
    peer.run()
    start = time.thread_time()
    peer.run()
    return max(1, int(_LEAST_SECONDS / max(time.thread_time() - start, 1e-9)))


def _repeat(run: Callable[[], object], times: int) -> Callable[[], None]:
    def repeated() -> None:
        for _ in range(times):
            run()

    return repeated


def _fill_cell(empty: Cell, peer: Prepared) -> Cell:
    """Return `empty` with what is known of `peer`."""
    match peer:
        case str(reason):
            return replace(empty, note=f"absent: {reason}")
        case Measured(nanoseconds=nanoseconds, note=note):
            return replace(empty, nanoseconds=nanoseconds, note=note)
        case Ready(note=note):
            assert empty.rounds is not None, "what is ready has been timed"
            spread = empty.rounds.spread(1, "ns")
            return replace(
                empty, nanoseconds=empty.rounds.median, note=f"{spread}; {note}" if note else spread
            )
