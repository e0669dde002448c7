"""Do the operations of a workload to a real file system, beside the model.

In: a mounted file system and operations. Out: the same changes in both, and the library's numbers of the
files. The two must agree on what is refused: a library that refuses what POSIX allows, or the reverse, is
wrong before any crash.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from vm.crash.apply import ATTRIBUTE_MODE, MODE, ModelRun
from vm.crash.history import FileId, Kind
from vm.crash.marks import fill_bytes
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
from vm.crash.recording import Disagreement
from vm.crash.write import write_operation
from vm.libfs.interface import FileSystem, Handle


@dataclass(slots=True)
class Execution:
    """A file system and its model.

    Attributes:
        numbers: the library's, by the model's.
    """

    files: FileSystem
    run: ModelRun = field(default_factory=ModelRun)
    numbers: dict[FileId, int] = field(default_factory=dict)
    _handles: dict[str, list[Handle | None]] = field(default_factory=dict)

    def do(self, operation: Operation, time: int) -> None:
        """Do one operation, which has the number `time`, to both.

        Raises:
            Disagreement: one refuses what the other does.
        """
        if not self.run.runs(operation):
            return
        paths = self._find_paths(operation)
        was_directory = (
            isinstance(operation, Remove) and self.run.model.kind(operation.path) is Kind.DIRECTORY
        )
        existed = isinstance(operation, Open) and self.run.model.exists(operation.path)
        refusal = _catch(lambda: self.run.apply(operation, time))
        refused = _catch(lambda: self._do(operation, paths, was_directory, existed))
        if (refusal is None) != (refused is None):
            line = write_operation(operation)
            raise Disagreement(f"`{line}`: {_say(refused)}; a POSIX system: {_say(refusal)}")
        if refusal is None:
            self._note_number(operation)

    def close_all(self) -> None:
        """Close what the workload has left open."""
        for path, files in self.run.opened.items():
            while files:
                self.do(Close(path), self.run.model.history.now)

    def _find_paths(self, operation: Operation) -> list[str]:
        """Return the paths, of which the first is used, of the file that a descriptor stands for."""
        if not isinstance(operation, Write | Allocate | Fsync):
            return []
        opened = self.run.opened.get(operation.path)
        return self.run.model.names(opened[-1]) if opened else [operation.path]

    def _do(self, operation: Operation, paths: list[str], was_directory: bool, existed: bool) -> None:
        files, at = self.files, ("/" + paths[0] if paths else "")
        match operation:
            case MakeDirectory(path):
                files.mkdir("/" + path, MODE)
            case RemoveDirectory(path):
                files.rmdir("/" + path)
            case Open(path, create, truncate):
                if create and not existed:
                    files.create("/" + path, MODE)
                self._open(path)
                if truncate:
                    files.truncate("/" + path, 0)
            case OpenDirectory(path):
                files.stat("/" + path)
                self._handles.setdefault(path, []).append(None)
            case Close(path):
                handle = self._handles[path].pop()
                if handle is not None:
                    files.close(handle)
            case Link(old, new):
                files.link("/" + old, "/" + new)
            case Symlink(target, path):
                files.symlink(target, "/" + path)
            case Unlink(path):
                files.unlink("/" + path)
            case Remove(path):
                (files.rmdir if was_directory else files.unlink)("/" + path)
            case Rename(old, new):
                files.rename("/" + old, "/" + new)
            case Write():
                self._write(operation, at)
            case Truncate(path, size):
                files.truncate("/" + path, size)
            case Allocate():
                self._allocate(operation, at)
            case SetAttribute(path):
                files.chmod("/" + path, ATTRIBUTE_MODE)
            case RemoveAttribute(path):
                files.chmod("/" + path, MODE)
            case Fsync() if at:
                files.fsync(at)
            case Fsync() | Sync():  # of an open file that has no name, the names that it had are synced
                files.sync()
            case Checkpoint() | Nothing():
                pass

    def _open(self, path: str) -> None:
        handle = self.files.open("/" + path)
        self._handles.setdefault(path, []).append(handle)

    def _write(self, operation: Write, at: str) -> None:
        """Write by path; an open file without a name by its handle."""
        file = self.run.find(operation.path)
        data = fill_bytes(file, self.run.model.history.now, operation.offset, operation.length)
        if not at:
            handle = self._handles[operation.path][-1]
            assert handle is not None, "directories have names"
            self.files.write_handle(handle, operation.offset, data)
            return
        if operation.how == "mmapwrite":
            self.files.allocate(at, operation.offset, operation.length)
        self.files.write(at, operation.offset, data)
        if operation.how != "write":
            self.files.fsync(at)

    def _allocate(self, operation: Allocate, at: str) -> None:
        if not at:
            return
        if operation.punch or operation.zero:
            self.files.punch(at, operation.offset, operation.length)
        if not operation.punch:
            self.files.allocate(at, operation.offset, operation.length, operation.keep_size)

    def _note_number(self, operation: Operation) -> None:
        match operation:
            case MakeDirectory(path) | Open(path) | Symlink(_, path):
                self.numbers[self.run.model.find(path)] = self.files.stat("/" + path).inode
            case _:
                pass


def _catch(action: Callable[[], None]) -> OSError | None:
    """Return how an action is refused; None: it is done."""
    try:
        action()
    except OSError as error:
        return error
    return None


def _say(error: OSError | None) -> str:
    return "does it" if error is None else f"refuses it ({error.strerror or error})"
