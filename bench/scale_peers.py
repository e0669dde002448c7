"""The peers of `make bench-scale`: who else can say which of N filters accepts a packet, and how fast.

    python -m bench.scale_peers

prints one table per workload and order of the frames. `absent` is explained below the tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bench.contest import Cell, measure
from bench.peers.acl_exact import find_acl
from bench.peers.bpf import find_bpf
from bench.peers.contender import Order, Peer
from bench.peers.hand_written import find_hand_written
from bench.peers.merged_pcap import find_merged_pcap
from bench.scale_workload import MAX_PORTS, SIZES
from bench.timing import Result, pin_to_one_core, print_columns, print_results, write_results

ORDERS: dict[Order, str] = {
    "fresh": "every pass over the frames in another order",
    "repeated": "every pass in the same order, which the branch predictor learns",
}
QUOTED = "original DPF engine, quoted"
"""Not measured here: the released engine is 32-bit code of 1997. Its figures are of a machine like this."""

_QUOTED_SESSIONS = dict(zip(SIZES, (16.7, 19.0, 25.6, 26.1, 38.8), strict=False))
_REMARKS = (
    f"W2, {QUOTED}: 15 to 28 ns; which N took which is not known",
    f"W2, N = 100,000: {MAX_PORTS:,} ports, since there are no more than 65,535",
    "librte_acl: always in the same order, header checks not included",
)


def find_peers() -> dict[str, Peer]:
    """Return all peers, the hand-written ones first; one that is not installed gives its reason."""
    batch, singly = find_hand_written()
    return {
        "C by hand, batch": batch,
        "C by hand, one by one": singly,
        "librte_acl, burst 64": find_acl(),
        "eBPF, in the kernel": find_bpf(),
        "libpcap, one expression": find_merged_pcap(),
    }


def quote_cells(order: Order) -> tuple[Cell, ...]:
    """Return the figures that cannot be measured again."""
    return tuple(
        Cell(QUOTED, "W1", order, size, figure, "quoted, not measured here")
        for size, figure in _QUOTED_SESSIONS.items()
    )


def print_cells(cells: Sequence[Cell]) -> None:
    """Print one table per workload and order, contenders down, N across; then why what is absent is."""
    for workload, order in dict.fromkeys((cell.workload, cell.order) for cell in cells):
        here = [cell for cell in cells if (cell.workload, cell.order) == (workload, order)]
        sizes = sorted({cell.filters for cell in here})
        found = {(cell.contender, cell.filters): cell for cell in here}
        names = dict.fromkeys(cell.contender for cell in here)
        rows = [(name, *(_print_cell(found.get((name, size))) for size in sizes)) for name in names]
        print(f"\n{workload}, ns per packet, {ORDERS[order]}")
        print_columns([("N =", *(f"{size:,}" for size in sizes)), *rows])
    absences = (
        f"{cell.workload}, {cell.contender}: {cell.note}" for cell in cells if cell.nanoseconds is None
    )
    print("", *_REMARKS, *dict.fromkeys(absences), sep="\n")


def _print_cell(cell: Cell | None) -> str:
    if cell is None:
        return ""
    return "absent" if cell.nanoseconds is None else f"{cell.nanoseconds:.1f}"


def list_results(cells: Iterable[Cell]) -> tuple[Result, ...]:
    """Return the figures for `bench/results`."""
    return tuple(
        Result(
            f"{cell.contender}: {cell.workload}, N = {cell.filters}, {cell.order}",
            cell.nanoseconds,
            "ns/packet",
            note=cell.note,
        )
        for cell in cells
        if cell.nanoseconds is not None
    )


def main() -> None:
    """Print the tables, and keep the numbers in `bench/results/scale_peers.json`."""
    pin_to_one_core()
    peers = find_peers()
    cells = [cell for order in ORDERS for cell in (*measure(peers, order), *quote_cells(order))]
    print_cells(cells)
    results = list_results(cells)
    print_results("spread, tables and code", results)
    write_results("scale_peers", results)


if __name__ == "__main__":
    main()
