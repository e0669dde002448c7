"""What every peer of `bench.scale_peers` is made into, and the frames that all of them read.

A peer is a function: filters and frames in; out comes something to time, or times that it took itself, or one
line that says why there is nothing.
"""

from __future__ import annotations

import ctypes
import random
import shutil
import subprocess
import tempfile
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from mmap import mmap
from pathlib import Path
from typing import Literal, TypeAlias

from bench.scale_workload import Scale
from bench.workload import Workload

PASSES = 16
"""A call classifies all frames so often, so that what a call costs does not count."""

Order: TypeAlias = Literal["fresh", "repeated"]
"""Every pass in another order, or all in the same: branch predictors of today learn 4,096 frames by heart."""


@dataclass(frozen=True, slots=True)
class Frames:
    """Frames in memory that starts at a page, and the arrays of one call over them. `make_frames` makes it.

    Args:
        memory: the bytes of all frames.
        offsets: u64, where each starts; all frames, `PASSES` times.
        lengths: u32, in bytes.
        distinct: how many frames there are; answers to the later passes are not looked at.
    """

    memory: mmap
    offsets: array[int]
    lengths: array[int]
    distinct: int

    @property
    def count(self) -> int:
        """How many frames one call classifies."""
        return len(self.lengths)

    def arguments(self, results: array[int]) -> tuple[int, int, int, int, int]:
        """Return buffer, offsets, lengths, count and results as a C function takes them."""
        start = ctypes.addressof(ctypes.c_char.from_buffer(self.memory))
        offsets, lengths = self.offsets.buffer_info()[0], self.lengths.buffer_info()[0]
        return start, offsets, lengths, self.count, results.buffer_info()[0]


@dataclass(frozen=True, slots=True)
class Ready:
    """A peer with the filters in place.

    Args:
        run: classifies all frames of one call.
        answers: one number per frame of the last run, from 1; 0: no filter accepts.
        numbered: False: a number says only that some filter accepts.
        note: what a reader should know, such as the bytes of the tables.
    """

    run: Callable[[], object]
    answers: Callable[[], Sequence[int]]
    numbered: bool = True
    note: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """A peer that runs in a process of its own and has timed itself there.

    Args:
        nanoseconds: per packet, the median round.
        answers: as in `Ready`.
        note: as in `Ready`.
    """

    nanoseconds: float
    answers: Sequence[int]
    note: str = ""


Prepared: TypeAlias = Ready | Measured | str
Peer: TypeAlias = Callable[[Scale, Frames], Prepared]


def absent(reason: str) -> Peer:
    """Return a peer that is not there, and says why."""
    return lambda scale, frames: reason


def make_frames(packets: Workload, order: Order, passes: int = PASSES) -> Frames:
    """Lay `packets` out for the peers: every contender of a comparison reads the same addresses.

    The first pass has the order of `packets`, in which the answers are compared.
    """
    memory = mmap(-1, len(packets.buffer))
    memory[:] = packets.buffer
    chance = random.Random(0)
    numbers = list(range(len(packets)))
    sequence: list[int] = []
    for _ in range(passes):
        sequence += numbers
        if order == "fresh":
            chance.shuffle(numbers)
    offsets = array("Q", (packets.offsets[number] for number in sequence))
    lengths = array("I", (packets.lengths[number] for number in sequence))
    return Frames(memory, offsets, lengths, len(packets))


def make_results(frames: Frames) -> array[int]:
    """Return room for one u32 per classified frame."""
    return array("I", bytes(4 * frames.count))


def compile_library(source: Path, *options: str) -> ctypes.CDLL | str:
    """Compile C with `cc -O3` into a temporary directory and load it; a string is the reason why not."""
    compiler = shutil.which("cc")
    if compiler is None:
        return "there is no C compiler `cc`"
    with tempfile.TemporaryDirectory() as directory:
        target = Path(directory) / f"{source.stem}.so"
        command = [compiler, "-O3", "-shared", "-fPIC", "-o", str(target), str(source), *options]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode != 0:
            reason = next((line for line in run.stderr.splitlines() if "error" in line), "no reason given")
            return f"`cc {source.name}` failed ({reason})"
        return ctypes.CDLL(str(target))
