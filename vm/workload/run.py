"""A workload that was run on a configuration, and how two of them compare.

In: the steps of runs. Out: pairs of runs, ratios, and where the time of a step goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from vm.machine.costs import CYCLES_PER_MILLISECOND
from vm.workload.meter import Usage
from vm.workload.rig import BOTH, NEITHER, Configuration, Step, Writes

PARTS = ("computing", "overhead", "seek", "rotation", "transfer")
"""Of a step's time. The drive's parts overlap with computing, and with each other never."""

PAIRS: tuple[tuple[Writes, Writes], ...] = (
    ("delayed", "delayed"),
    ("synchronous", "synchronous"),
    ("temporary", "temporary"),
    ("delayed", "synchronous"),
)
"""Orders of writes, of C-FFS and of FFS, that are compared; the last pair is Xok's against its day's Unix."""


@dataclass(frozen=True, slots=True)
class Run:
    """A workload on one configuration.

    Args:
        workload: its name.
        size: how many files it has.
        configuration: of the file system.
        steps: in their order.
    """

    workload: str
    size: int
    configuration: Configuration
    steps: tuple[Step, ...]

    @property
    def total(self) -> Step:
        """All steps together."""
        usage = sum((step.usage for step in self.steps), Usage())
        return Step("total", self.size, usage)


@dataclass(frozen=True, slots=True)
class Pair:
    """The same workload on C-FFS with both techniques, and on FFS with neither."""

    ours: Run
    theirs: Run

    @property
    def title(self) -> str:
        """For people."""
        ours, theirs = (run.configuration for run in (self.ours, self.theirs))
        return f"{ours.name}, {ours.writes} / {theirs.name}, {theirs.writes}"

    def steps(self) -> Iterator[tuple[Step, Step]]:
        """Yield the steps side by side, and the total."""
        yield from zip(
            (*self.ours.steps, self.ours.total), (*self.theirs.steps, self.theirs.total), strict=True
        )


def list_pairs(runs: Sequence[Run]) -> list[Pair]:
    """Return what can be compared among runs of one workload."""
    known = {run.configuration: run for run in runs}
    found = []
    for our_writes, their_writes in PAIRS:
        ours = known.get(Configuration(BOTH.kind, BOTH.grouping, our_writes))
        theirs = known.get(Configuration(NEITHER.kind, NEITHER.grouping, their_writes))
        if ours is not None and theirs is not None:
            found.append(Pair(ours, theirs))
    return found


@dataclass(frozen=True, slots=True)
class Comparison:
    """A step on two configurations.

    Args:
        name: of the step.
        faster: how many times as fast the first is.
        fewer: how many times as many requests the second makes.
    """

    name: str
    faster: float
    fewer: float


def compare_steps(first: Step, second: Step) -> Comparison:
    """Compare a step on two configurations."""
    ours, theirs = first.usage, second.usage
    faster = theirs.elapsed / max(1, ours.elapsed)
    return Comparison(first.name, faster, theirs.requests / max(1, ours.requests))


def share_time(usage: Usage) -> dict[str, float]:
    """Return the shares of a step's time: `PARTS`."""
    whole = max(1, usage.elapsed)
    return {part: getattr(usage, part) / whole for part in PARTS}


def describe_limits(step: Step) -> str:
    """Return where the time of a step goes, the largest part first, in one line."""
    usage = step.usage
    shares = sorted(share_time(usage).items(), key=lambda item: (-item[1], item[0]))
    parts = ", ".join(f"{part} {share:.0%}" for part, share in shares if share >= 0.005)
    each = usage.elapsed / max(1, step.items) / CYCLES_PER_MILLISECOND
    hits = f" ({usage.hits:,} answered by the drive's buffer)" if usage.hits else ""
    size = (usage.sectors_read + usage.sectors_written) / 2 / max(1, usage.requests)
    return f"{each:.2f} ms a file: {parts}; {usage.requests:,} requests of {size:.0f} KB{hits}"
