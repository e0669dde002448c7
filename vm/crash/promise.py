"""What a crash may leave of a workload: the values that each object may have, and the files that must exist.

In: a history, and how far the workload had come: operations up to `completed` had returned, those up to
`started` had begun. Out: a `Promise`.

    sync        all objects are as they were, or as an operation after it made them
    fsync f     the same for f's size, contents and mode, and for all names: the libraries promise to commit
                every change of names made before

Whatever no point of persistence covers may have any value that it ever had. Nothing may have a value that it
never had: no name of another file, no byte that somebody else wrote. And a file whose name was once
persistent, and that never lost its last name since, has one of the names that it had since: a rename may be
seen half done, but never as a loss.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from vm.crash.history import ZEROS, Entry, FileId, History, Point, value_at, values_between


@dataclass(slots=True)
class Promise:
    """What may be found; looked up when it is first asked.

    Args:
        history: of all objects.
        completed: operations that had returned when the machine crashed.
        started: operations of which something may be on the disk.
    """

    history: History
    completed: int
    started: int
    _points: list[Point] = field(init=False)
    _directories: dict[FileId, dict[str, tuple[FileId | None, ...]]] = field(init=False)
    _chunks: dict[tuple[FileId, int], list[bytes]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        points = [point for point in self.history.points if point.time <= self.completed]
        self._points = sorted(points, key=lambda point: -point.time)
        self._directories = {}
        for entry in self.history.entries:
            self._directories.setdefault(entry[0], {})[entry[1]] = self.allowed_files(entry)

    def allowed_files(self, entry: Entry) -> tuple[FileId | None, ...]:
        """Return what a name may mean, None being nothing."""
        values = self.history.entries.get(entry, [(0, None)])
        return tuple(dict.fromkeys(values_between(values, self._entry_floor(entry), self.started)))

    def names_in(self, directory: FileId) -> dict[str, tuple[FileId | None, ...]]:
        """Return all names that a directory may have, with what each may mean."""
        return self._directories.get(directory, {})

    def allows_size(self, file: FileId, size: int) -> bool:
        """Say whether a file may have this size."""
        values, floor = self.history.sizes[file], self._file_floor(file)
        settled = value_at(values, floor)
        later = [value for time, value in values if floor < time <= self.started]
        return (settled is not None and size == settled[1]) or any(low <= size <= high for low, high in later)

    def describe_sizes(self, file: FileId) -> str:
        """Say which sizes are allowed, for reports."""
        values, floor = self.history.sizes[file], self._file_floor(file)
        settled = value_at(values, floor)
        later = [value for time, value in values if floor < time <= self.started]
        ranges = ([] if settled is None else [(settled[1], settled[1])]) + later
        return " or ".join(f"{low}" if low == high else f"{low} to {high}" for low, high in ranges)

    def allowed_chunks(self, file: FileId, chunk: int) -> list[bytes]:
        """Return what 512 bytes of a file may be, the latest last; each is as long as a chunk."""
        found = self._chunks.get((file, chunk))
        if found is None:
            values = self.history.chunks.get((file, chunk), [(0, ZEROS)])
            found = values_between(values, self._file_floor(file), self.started)
            self._chunks[file, chunk] = found
        return found

    def allows_mode(self, file: FileId, mode: int) -> bool:
        """Say whether a file may have this mode."""
        return mode in values_between(self.history.modes[file], self._file_floor(file), self.started)

    def list_survivors(self) -> dict[FileId, list[Entry]]:
        """Return the files that must exist, each with the entries of which one must mean it."""
        since: dict[FileId, int] = {}
        for point in self._points:  # the latest first: fewest names since
            for entry, values in self.history.entries.items():
                file = value_at(values, point.time) if point.covers_entry(entry) else None
                if file is not None:
                    since.setdefault(file, point.time)
        return {
            file: self._list_entries(file, time)
            for file, time in since.items()
            if all(values_between(self.history.links[file], time, self.started))
        }

    def list_certain(self) -> list[Entry]:
        """Return the entries that must mean something."""
        return [
            (directory, name)
            for directory, names in self._directories.items()
            for name, files in names.items()
            if None not in files
        ]

    def _list_entries(self, file: FileId, time: int) -> list[Entry]:
        return [
            entry
            for entry, values in self.history.entries.items()
            if file in values_between(values, time, self.started)
        ]

    def _entry_floor(self, entry: Entry) -> int:
        """Return the last point of persistence that covers an entry."""
        return next((point.time for point in self._points if point.covers_entry(entry)), 0)

    def _file_floor(self, file: FileId) -> int:
        return next((point.time for point in self._points if point.covers_file(file)), 0)
