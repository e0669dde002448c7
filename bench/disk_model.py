"""`python -m bench.disk_model`: the disk model beside three drives that were measured.

In: the traces of ../shared/data/disk, or of the directory that is given: 10,000 requests each, with the time
that each took on the drive. Out: a table, and bench/results/disk_model.json.

The figure is Ruemmler and Wilkes' demerit: the root mean square horizontal distance between the distribution
of the model's service times and that of the drive's. Beside it: one constant for all requests, the best
one; a model of seek time and half a rotation; and what DiskSim 4.0 says of itself (valid/runvalid). Whether
the model is right request by request the figure does not tell, so the correlation and the median error do.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from bench.timing import Result, print_columns, print_results, write_results
from vm.machine.costs import CYCLES_PER_MILLISECOND
from vm.machine.drive_file import read_drive
from vm.machine.layout import Layout
from vm.machine.measured import Measured, demerit, read_trace, replay_trace
from vm.machine.parameters import DriveParameters, Interface

TRACES = Path(__file__).parents[2] / "shared" / "data" / "disk"
GOAL = 0.5
TITLE = "the disk model beside measured drives"


@dataclass(frozen=True, slots=True)
class Subject:
    """A drive that was measured.

    Args:
        title: its maker's name.
        name: of its files.
        pauses: where a line of its trace has the pause.
        disksim: what DiskSim says that its own distance is, in milliseconds.
        bus: milliseconds that a sector takes on the bus, reading and writing; None: the drive's file says it.
    """

    title: str
    name: str
    pauses: Literal["before", "after"]
    disksim: float
    bus: tuple[float, float] | None = None


SUBJECTS = (
    Subject("Quantum Atlas III", "atlas_III", "before", 0.378),
    Subject("Seagate Barracuda ST32171W", "barracuda", "before", 0.348),
    # The C2247A's bus is not in its .diskspecs but in DiskSim's valid/hp_c2247a.parv.
    Subject("HP C2247A", "hp_c2247a", "after", 0.089, (0.17010, 0.18686)),
)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Distances to the measured distribution, in milliseconds, and how the model fares request by request."""

    subject: Subject
    requests: int
    model: float
    halves: tuple[float, float]
    constant: float
    simple: float
    correlation: float
    median: float


def load_subject(subject: Subject, directory: Path) -> tuple[DriveParameters, list[Measured]]:
    """Return a drive and its trace."""
    drive = read_drive(directory / f"{subject.name}.diskspecs", directory / f"{subject.name}.model")
    if subject.bus is not None:
        read, write = (round(time * CYCLES_PER_MILLISECOND) for time in subject.bus)
        drive = replace(drive, interface=Interface(read, write))
    return drive, read_trace(directory / f"{subject.name}.trace")


def compare(subject: Subject, directory: Path) -> Comparison:
    """Run the model over a trace."""
    drive, trace = load_subject(subject, directory)
    measured = [request.service for request in trace]
    ours = replay_trace(trace, drive, subject.pauses)
    middle = len(trace) // 2
    return Comparison(
        subject,
        len(trace),
        demerit(ours, measured),
        (demerit(ours[:middle], measured[:middle]), demerit(ours[middle:], measured[middle:])),
        statistics.pstdev(measured),
        demerit(_guess_times(drive, trace), measured),
        statistics.correlation(ours, measured),
        statistics.median(abs(a - b) for a, b in zip(ours, measured, strict=True)),
    )


def _guess_times(drive: DriveParameters, trace: Sequence[Measured]) -> list[float]:
    """Return what a model would say that only knows the seek curve, the rotation and the track."""
    layout = Layout(drive.geometry)
    rotation = drive.mechanics.rotation
    found = []
    cylinder = 0
    for request in trace:
        here = layout.place_of(request.block).cylinder
        sectors = drive.geometry.zones[layout.find_stretch(request.block).zone].sectors
        time = drive.mechanics.seek[abs(here - cylinder)] + rotation / 2
        found.append((time + request.blocks * rotation / sectors) / CYCLES_PER_MILLISECOND)
        cylinder = here
    return found


def show_comparisons(comparisons: Sequence[Comparison]) -> None:
    """Print what is beside the figures."""
    rows = [("", "requests", "model", "halves", "constant", "seek+rot/2", "DiskSim", "correlation", "median")]
    for row in comparisons:
        first, second = row.halves
        rows.append(
            (
                row.subject.title,
                f"{row.requests:,}",
                f"{row.model:.3f}",
                f"{first:.3f} {second:.3f}",
                f"{row.constant:.2f}",
                f"{row.simple:.2f}",
                f"{row.subject.disksim:.3f}",
                f"{row.correlation:.3f}",
                f"{row.median:.3f}",
            )
        )
    print("\ndistance to the measured distribution, and median error of single requests, in ms")
    print_columns(rows)


def main() -> None:
    """Compare with each drive, and keep the numbers."""
    directory = Path(sys.argv[1]) if len(sys.argv) > 1 else TRACES
    if not directory.is_dir():
        sys.exit(f"{directory} is absent: give the directory of DiskSim's validation traces")
    comparisons = [compare(subject, directory) for subject in SUBJECTS]
    results = [
        Result(
            f"distance to {row.subject.title}",
            row.model,
            "ms",
            GOAL,
            note=f"DiskSim {row.subject.disksim}, constant {row.constant:.2f}, seek+rot/2 {row.simple:.2f}; "
            f"correlation {row.correlation:.3f}, median error {row.median:.3f} ms",
        )
        for row in comparisons
    ]
    show_comparisons(comparisons)
    print_results(TITLE, results)
    write_results("disk_model", results)


if __name__ == "__main__":
    main()
