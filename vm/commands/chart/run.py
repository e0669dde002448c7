"""What a map of a disk is made of.

In: nothing. Out: `Run`, neighbouring blocks of which the same can be said, and `Chart`, all of them in order.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class State(Enum):
    """What the kernel thinks of a block; the value says it in words."""

    KERNEL = "the kernel's own"
    OWNED = "owned by metadata"
    FREE = "free"
    LOST = "neither free nor owned"
    CLOSED = "quarantined"
    WRONG = "owned, but marked free"


@dataclass(frozen=True, slots=True)
class Run:
    """Blocks `start` ... `start + count - 1`.

    Args:
        type: a template's name, `data`, or what the kernel calls its own blocks; empty: unknown.
        owner: whose, in words: a path, where it is a file's.
        chain: the blocks of metadata that lead here from a root, the root first.
    """

    start: int
    count: int
    state: State
    type: str = ""
    owner: str = ""
    chain: tuple[int, ...] = ()

    @property
    def label(self) -> str:
        """What its colour stands for."""
        return self.type if self.type and self.state in (State.OWNED, State.KERNEL) else self.state.value

    @property
    def where(self) -> str:
        """Its blocks in words."""
        return (
            f"block {self.start}" if self.count == 1 else f"blocks {self.start}-{self.start + self.count - 1}"
        )


@dataclass(frozen=True, slots=True)
class Chart:
    """A whole disk.

    Args:
        name: of the image.
        runs: in order, without gaps.
    """

    name: str
    runs: tuple[Run, ...]

    @property
    def blocks(self) -> int:
        """How many blocks the disk has."""
        return self.runs[-1].start + self.runs[-1].count

    def count_labels(self) -> Counter[str]:
        """Return how many blocks of each label there are: what is the kernel's, metadata, data, the rest."""
        counted: Counter[str] = Counter()
        for run in sorted(self.runs, key=_rank):
            counted[run.label] += run.count
        return counted

    def find(self, block: int) -> Run:
        """Return the run that `block` is in."""
        return next(run for run in self.runs if run.start <= block < run.start + run.count)


_RANKS = (State.KERNEL, State.OWNED, State.WRONG, State.CLOSED, State.LOST, State.FREE)


def _rank(run: Run) -> tuple[int, bool, int]:
    return _RANKS.index(run.state), run.label == "data", run.start


def tell_run(run: Run) -> str:
    """Return all about a run in one line."""
    parts = [run.type or run.state.value, run.owner and f"of {run.owner}"]
    state = "" if run.state in (State.OWNED, State.KERNEL) or not run.type else f" ({run.state.value})"
    return f"{run.where}: {' '.join(part for part in parts if part)}{state}"


def join_runs(runs: Iterable[Run]) -> tuple[Run, ...]:
    """Return runs in order with neighbours joined of which the same can be said."""
    joined: list[Run] = []
    for run in runs:
        last = joined[-1] if joined else None
        if last and last.start + last.count == run.start and _same(last, run):
            joined[-1] = Run(
                last.start, last.count + run.count, last.state, last.type, last.owner, last.chain
            )
        else:
            joined.append(run)
    return tuple(joined)


def _same(one: Run, other: Run) -> bool:
    return (one.state, one.type, one.owner, one.chain) == (other.state, other.type, other.owner, other.chain)
