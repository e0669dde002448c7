"""Do the operations of a workload to the model, and note what they promise.

In: operations, in order. Out: the `Model` as it is after each, with its history and points of persistence.
Descriptors are resolved to files here; operations that cannot run are told.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from vm.crash.history import FileId, Kind, Point
from vm.crash.marks import fill_bytes
from vm.crash.model import Model
from vm.crash.operation import (
    Allocate,
    Checkpoint,
    Close,
    Fsync,
    Link,
    MakeDirectory,
    Nothing,
    Open,
    OpenDirectory,
    Operation,
    Remove,
    RemoveAttribute,
    RemoveDirectory,
    Rename,
    SetAttribute,
    Symlink,
    Sync,
    Truncate,
    Unlink,
    Write,
)

MODE = 0o777
ATTRIBUTE_MODE = 0o700
"""Of a file with an extended attribute: see `vm.crash.operation`."""


@dataclass(slots=True)
class ModelRun:
    """A model, and what the workload has opened.

    Attributes:
        model: the tree.
        opened: files by the path under which they were opened, the last last.
    """

    model: Model = field(default_factory=Model)
    opened: dict[str, list[FileId]] = field(default_factory=dict)

    def find(self, path: str) -> FileId:
        """Return what a descriptor called `path` means: what was opened under it, else what is there."""
        opened = self.opened.get(path)
        return opened[-1] if opened else self.model.find(path)

    def runs(self, operation: Operation) -> bool:
        """Say whether the operation can run: no symbolic link would be followed, what is closed is open."""
        model = self.model
        match operation:
            case Close(path):
                return bool(self.opened.get(path))
            case Checkpoint() | Nothing() | Sync():
                return True
            case (
                Open(path) | OpenDirectory(path) | Truncate(path) | SetAttribute(path) | RemoveAttribute(path)
            ):
                return model.kind(path) is not Kind.SYMLINK
            case Write(path) | Allocate(path) | Fsync(path):
                return bool(self.opened.get(path)) or model.kind(path) is not Kind.SYMLINK
            case _:
                return True

    def apply(self, operation: Operation, time: int) -> None:
        """Do one operation, which has the number `time`.

        Raises:
            OSError: a POSIX system refuses it, and nothing has changed.
        """
        model = self.model
        model.history.now = time
        match operation:
            case MakeDirectory(path):
                model.make_directory(path, MODE)
            case RemoveDirectory(path):
                model.remove_directory(path)
            case Open():
                self._open(operation)
            case OpenDirectory(path):
                self._keep_open(path)
            case Close(path):
                model.close(self.opened[path].pop())
            case Link(old, new):
                model.link(old, new)
            case Symlink(target, path):
                model.symlink(target, path)
            case Unlink(path):
                model.unlink(path)
            case Remove(path):
                remove = model.remove_directory if model.kind(path) is Kind.DIRECTORY else model.unlink
                remove(path)
            case Rename(old, new):
                model.rename(old, new)
            case Write():
                self._write(operation)
            case Truncate(path, size):
                model.truncate(self._find_file(model.find(path)), size)
            case Allocate():
                self._allocate(operation)
            case SetAttribute(path):
                model.set_mode(model.find(path), ATTRIBUTE_MODE)
            case RemoveAttribute(path):
                model.set_mode(model.find(path), MODE)
            case Fsync(path):
                model.history.points.append(make_point(model, self.find(path)))
            case Sync():
                model.history.points.append(Point(time, None, None))
            case Checkpoint() | Nothing():
                pass

    def _open(self, operation: Open) -> None:
        model, path = self.model, operation.path
        if operation.create and not model.exists(path):
            model.create(path, MODE)
        file = self._find_file(model.find(path))
        if operation.truncate:
            model.truncate(file, 0)
        self._keep_open(path)

    def _keep_open(self, path: str) -> None:
        file = self.model.find(path)
        self.model.open(file)
        self.opened.setdefault(path, []).append(file)

    def _write(self, operation: Write) -> None:
        model, file = self.model, self._find_file(self.find(operation.path))
        data = fill_bytes(file, model.history.now, operation.offset, operation.length)
        model.write(file, operation.offset, data)
        if operation.how != "write":
            model.history.points.append(make_point(model, file))

    def _allocate(self, operation: Allocate) -> None:
        model, file = self.model, self._find_file(self.find(operation.path))
        if operation.zero or operation.punch:
            model.clear(file, operation.offset, operation.length)
        if not operation.keep_size:
            model.lengthen(file, operation.offset + operation.length)

    def _find_file(self, file: FileId) -> FileId:
        if self.model.nodes[file].kind is Kind.DIRECTORY:
            raise IsADirectoryError("a directory has no bytes")
        return file


def make_point(model: Model, file: FileId) -> Point:
    """Return what fsync of `file` promises: itself, and every change of names made before."""
    return Point(model.history.now, None, frozenset({file}))
