"""Workloads that wander: many operations drawn at random, on more directories and longer names than ACE's.

In: a seed. Out: a `Workload`, always the same one. Sequences (`vm.crash.generate`) are exhaustive and short;
what needs five operations in a row, names in sectors of their own, directories that are emptied, moved and
replaced, or files that are open without a name, is met here.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from vm.crash.apply import ModelRun
from vm.crash.history import Kind
from vm.crash.operation import (
    Close,
    Fsync,
    Link,
    MakeDirectory,
    Open,
    Operation,
    RemoveDirectory,
    Rename,
    SetAttribute,
    Symlink,
    Sync,
    Truncate,
    Unlink,
    Write,
)
from vm.crash.workload import Workload

DIRECTORIES = ("A", "B", "A/C", "D")
NAMES = ("foo", "bar", "baz", "qux", "one", "two")
LENGTHS = (0, 0, 40, 90)
"""By which names are longer: a sector of C-FFS has room for four short ones, and for one long one."""

FEWEST, MOST = 6, 30
"""Operations of a workload."""

_TRIES = 400


def draw_workload(seed: int) -> Workload:
    """Return the workload of a seed."""
    chance = random.Random(seed)
    more = "x" * chance.choice(LENGTHS)
    directories = [each.replace("C", "C" + more) for each in DIRECTORIES]
    names = [name + more for name in NAMES[: chance.randint(2, len(NAMES))]]
    files = [*names, *(f"{directory}/{name}" for directory in directories for name in names)]
    wanderer = _Wanderer(chance, directories, files)
    wanderer.wander(chance.randint(FEWEST, MOST))
    return Workload(f"wander-{seed}", (*directories, *files), (), tuple(wanderer.operations))


@dataclass(slots=True)
class _Wanderer:
    """A workload that grows, and the tree as it is after it."""

    chance: random.Random
    directories: list[str]
    files: list[str]
    run: ModelRun = field(default_factory=ModelRun)
    operations: list[Operation] = field(default_factory=list)

    def wander(self, count: int) -> None:
        """Add at least `count` operations, where that many can be done; then sync."""
        moves, weights = zip(*_MOVES)
        for _ in range(_TRIES):
            if len(self.operations) >= count:
                break
            (move,) = self.chance.choices(moves, weights)
            for operation in move(self):
                self._add(operation)
        self._add(Sync())

    def _add(self, operation: Operation) -> None:
        """Add an operation, if it can be done."""
        if self.run.runs(operation):
            try:
                self.run.apply(operation, len(self.operations) + 1)
            except OSError:
                return
            self.operations.append(operation)

    def file(self) -> str:
        """Return the path of a file that may be there."""
        return self.chance.choice(self.files)

    def there(self) -> str:
        """Return the path of a file that is there, if there is any."""
        found = [path for path in self.files if self.run.model.exists(path)]
        return self.chance.choice(found or self.files)

    def directory(self) -> str:
        """Return the path of a directory that may be there."""
        return self.chance.choice(self.directories)

    def open(self) -> Iterator[Operation]:
        """Make a file, or cut it; perhaps leave it open."""
        path = self.file()
        yield Open(path, create=True, truncate=self.chance.random() < 0.2)
        if self.chance.random() < 0.7:
            yield Close(path)

    def close(self) -> Iterator[Operation]:
        """Close a file that was left open."""
        opened = [path for path, files in self.run.opened.items() if files]
        if opened:
            yield Close(self.chance.choice(opened))

    def empty(self) -> Iterator[Operation]:
        """Move or remove the files of a directory, then remove it."""
        path, model = self.directory(), self.run.model
        if model.kind(path) is Kind.DIRECTORY:
            for name in tuple(model.nodes[model.find(path)].entries):
                file = f"{path}/{name}"
                yield Rename(file, self.file()) if self.chance.random() < 0.6 else Unlink(file)
        yield RemoveDirectory(path)

    def write(self) -> Iterator[Operation]:
        """Write somewhere into a file."""
        offset, length = self.chance.choice((0, 5000, 60_000)), self.chance.choice((100, 5000, 20_000))
        yield Write(self.there(), offset, length, "write")


_MOVES: tuple[tuple[Callable[[_Wanderer], Iterator[Operation]], int], ...] = (
    (_Wanderer.open, 20),
    (_Wanderer.close, 2),
    (_Wanderer.empty, 4),
    (_Wanderer.write, 6),
    (lambda self: iter([MakeDirectory(self.directory())]), 6),
    (lambda self: iter([Link(self.there(), self.file())]), 12),
    (lambda self: iter([Symlink(self.file(), self.file())]), 3),
    (lambda self: iter([Unlink(self.there())]), 12),
    (lambda self: iter([Rename(self.there(), self.file())]), 16),
    (lambda self: iter([Rename(self.directory(), self.directory())]), 8),
    (lambda self: iter([Truncate(self.there(), self.chance.choice((0, 2500, 10_000)))]), 2),
    (lambda self: iter([SetAttribute(self.there())]), 2),
    (lambda self: iter([Fsync(self.there(), data_only=False)]), 4),
    (lambda self: iter([Sync()]), 3),
)
"""What is done next, and how often."""
