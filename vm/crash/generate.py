"""Make workloads of the kind that ACE makes: every sequence of one or two operations, and a sample of three.

In: how many operations. Out: `Workload`s, always the same ones in the same order. Each operation of a
sequence is

    preceded by what it needs (its directories, the file that it changes, 32 KB in it), as ACE does it;
    followed by a point of persistence and a checkpoint: fsync of the file that it changed, fsync of the
    directory of that file, or sync; all but the last also by none.

Sequences that cannot run, because an operation's place is taken by something that cannot be removed, do not
exist.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Literal, TypeAlias

from vm.crash.apply import ModelRun
from vm.crash.history import Kind
from vm.crash.operation import (
    Allocate,
    Checkpoint,
    Close,
    Fsync,
    Link,
    MakeDirectory,
    Open,
    OpenDirectory,
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

PATHS = ("A", "A/C", "B", "foo", "bar", "A/foo", "A/bar", "B/foo", "B/bar", "A/C/foo", "A/C/bar")
"""ACE's tree."""

DIRECTORIES = ("A", "A/C", "B")
FILE_BYTES = 32768
APPEND = -1
"""As the offset of a write: at the end of the file."""

CORE: tuple[Operation, ...] = (
    Open("foo", create=True, truncate=False),
    Open("A/foo", create=True, truncate=False),
    MakeDirectory("A"),
    MakeDirectory("A/C"),
    Link("foo", "bar"),
    Link("foo", "A/bar"),
    Link("A/foo", "bar"),
    Symlink("foo", "A/bar"),
    Unlink("foo"),
    Unlink("A/foo"),
    RemoveDirectory("A"),
    RemoveDirectory("A/C"),
    Rename("foo", "bar"),
    Rename("foo", "A/bar"),
    Rename("A/foo", "bar"),
    Rename("A", "B"),
    Rename("A/C", "B"),
    Write("foo", APPEND, FILE_BYTES, "write"),
    Write("A/foo", APPEND, 5000, "write"),
    Write("foo", 0, 5000, "write"),
    Write("foo", 30768, 5000, "write"),
    Write("foo", 0, 8192, "dwrite"),
    Write("foo", 0, 8192, "mmapwrite"),
    Truncate("foo", 0),
    Truncate("foo", 2500),
    Allocate("foo", zero=False, punch=False, keep_size=True, offset=32768, length=32768),
    Allocate("foo", zero=False, punch=False, keep_size=False, offset=30768, length=5000),
    Allocate("foo", zero=False, punch=True, keep_size=True, offset=0, length=9000),
    Allocate("foo", zero=True, punch=False, keep_size=True, offset=30768, length=5000),
    SetAttribute("foo"),
)
"""The operations of which sequences are made."""

Persistence: TypeAlias = Literal["none", "file", "directory", "sync"]

LAST: tuple[Persistence, ...] = ("file", "directory", "sync")
BETWEEN: tuple[Persistence, ...] = ("none", *LAST)


def generate_sequences(length: int) -> Iterator[Workload]:
    """Yield every workload of `length` operations."""
    steps = [list(product(CORE, BETWEEN))] * (length - 1) + [list(product(CORE, LAST))]
    for number, sequence in enumerate(product(*steps)):
        workload = make_workload(f"seq{length}-{number}", sequence)
        if workload is not None:
            yield workload


def sample_sequences(length: int, count: int, seed: int) -> Iterator[Workload]:
    """Yield `count` workloads of `length` operations, drawn with `seed`; none is drawn twice."""
    steps = [list(product(CORE, BETWEEN))] * (length - 1) + [list(product(CORE, LAST))]
    total = 1
    for each in steps:
        total *= len(each)
    numbers = iter(random.Random(seed).sample(range(total), total if total < 4 * count else 4 * count))
    for number in numbers:
        sequence, rest = [], number
        for each in reversed(steps):
            rest, index = divmod(rest, len(each))
            sequence.append(each[index])
        workload = make_workload(f"seq{length}-{number}", tuple(reversed(sequence)))
        if workload is not None:
            yield workload
            count -= 1
        if not count:
            return


def make_workload(name: str, sequence: tuple[tuple[Operation, Persistence], ...]) -> Workload | None:
    """Return the workload that does `sequence`; None: it cannot be done."""
    builder = _Builder()
    for operation, persistence in sequence:
        if not builder.add_core(operation) or not builder.add_persistence(operation, persistence):
            return None
    return Workload(name, PATHS, (), tuple(builder.operations))


@dataclass(slots=True)
class _Builder:
    """A workload that grows, and the tree as it is after it."""

    run: ModelRun = field(default_factory=ModelRun)
    operations: list[Operation] = field(default_factory=list)
    checkpoints: int = 0

    def add_core(self, operation: Operation) -> bool:
        """Add an operation, and before it what it needs; return whether that is possible."""
        match operation:
            case Open(path):
                return self._add_parents(path) and self._add_all(operation, Close(path))
            case MakeDirectory(path):
                return self._add_parents(path) and self._make_room(path) and self._add_all(operation)
            case Link(old, new) | Rename(old, new):
                found = self._add_file(old) and self._add_parents(new)
                made = found and (isinstance(operation, Rename) or self._make_room(new))
                return made and self._add_all(operation)
            case Symlink(_, path):
                return self._add_parents(path) and self._make_room(path) and self._add_all(operation)
            case Write(path, offset):
                filled = self._add_file(path) and (offset == APPEND or self._add_contents(path))
                return filled and self._add_opened(path, self._place(operation))
            case Truncate(path):
                return self._add_file(path) and self._add_contents(path) and self._add_all(operation)
            case Allocate(path) | SetAttribute(path):
                filled = self._add_file(path) and self._add_contents(path)
                return filled and self._add_opened(path, operation)
            case Unlink(path) | RemoveDirectory(path):
                return self._add_file(path) and self._add_all(operation)
            case _:
                raise AssertionError(f"{operation} is no core operation")

    def add_persistence(self, operation: Operation, persistence: Persistence) -> bool:
        """Add a point of persistence behind `operation`, and a checkpoint."""
        if persistence == "none":
            return True
        path = operation.new if isinstance(operation, Link | Rename) else _path_of(operation)
        if persistence == "directory":
            path = path.rpartition("/")[0]
        if persistence == "sync":
            done = self._add_all(Sync())
        elif self.run.model.kind(path) is Kind.DIRECTORY:
            done = self._add_all(OpenDirectory(path), Fsync(path, data_only=False), Close(path))
        elif self.run.model.kind(path) is Kind.FILE:
            done = self._add_opened(path, Fsync(path, data_only=False))
        else:
            return False
        self.checkpoints += 1
        return done and self._add_all(Checkpoint(self.checkpoints))

    def _add_all(self, *operations: Operation) -> bool:
        """Add operations, if each of them can be done."""
        for operation in operations:
            if not self.run.runs(operation):
                return False
            try:
                self.run.apply(operation, len(self.operations) + 1)
            except OSError:
                return False
            self.operations.append(operation)
        return True

    def _add_opened(self, path: str, operation: Operation) -> bool:
        return self._add_all(Open(path, create=True, truncate=False), operation, Close(path))

    def _add_parents(self, path: str) -> bool:
        parent = path.rpartition("/")[0]
        return not parent or self._add_file(parent)

    def _add_file(self, path: str) -> bool:
        """Make sure that there is a directory, or a file, at `path`."""
        kind = self.run.model.kind(path)
        if kind is not None:
            return (kind is Kind.DIRECTORY) == (path in DIRECTORIES)
        if not self._add_parents(path):
            return False
        if path in DIRECTORIES:
            return self._add_all(MakeDirectory(path))
        return self._add_all(Open(path, create=True, truncate=False), Close(path))

    def _add_contents(self, path: str) -> bool:
        """Make sure that a file has contents to be changed."""
        model = self.run.model
        if model.kind(path) is not Kind.FILE or len(model.nodes[model.find(path)].data) >= FILE_BYTES:
            return model.kind(path) is Kind.FILE
        return self._add_opened(path, Write(path, 0, FILE_BYTES, "write"))

    def _make_room(self, path: str) -> bool:
        """Make sure that nothing is at `path`."""
        kind = self.run.model.kind(path)
        if kind is None:
            return True
        return self._add_all(RemoveDirectory(path) if kind is Kind.DIRECTORY else Unlink(path))

    def _place(self, operation: Write) -> Write:
        if operation.offset != APPEND:
            return operation
        model = self.run.model
        return replace(operation, offset=len(model.nodes[model.find(operation.path)].data))


def _path_of(operation: Operation) -> str:
    assert not isinstance(operation, Link | Rename | Sync | Checkpoint), "these have no one path"
    path = getattr(operation, "path", "")
    assert isinstance(path, str), "paths are text"
    return path
