"""Compare what a file system shows after a crash with what was promised.

In: a `Promise`, the tree that was found, and the library's numbers of the files that the workload made. Out:
the breaches, each with the name of a rule.

    name lost        a name that must mean something means nothing
    name invented    a name that cannot be there
    name astray      a name means another file than it may
    file lost        a file that never lost its last name has none
    two parents      a directory has two names
    size, mode, target, links
    contents         512 bytes that are none of those which this place of this file ever held since
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field

from vm.crash.found import Found
from vm.crash.history import CHUNK, ROOT, Entry, FileId, Kind
from vm.crash.marks import describe_bytes
from vm.crash.promise import Promise


@dataclass(frozen=True, slots=True)
class Breach:
    """A promise that does not hold.

    Args:
        rule: its name in the table above.
        details: one sentence.
    """

    rule: str
    details: str


def judge_tree(promise: Promise, root: Found, numbers: Mapping[FileId, int]) -> list[Breach]:
    """Return every breach of `promise`.

    Args:
        promise: what may be found.
        root: what was found.
        numbers: of the files that the workload made, as the library numbered them then.
    """
    judge = _Judge(promise, numbers)
    breaches = list(judge.judge_directory(ROOT, root, ""))
    breaches += judge.judge_presence()
    breaches += judge.judge_links()
    return breaches


@dataclass(slots=True)
class _Judge:
    """One comparison. `places` are the entries under which each file was found, `paths` theirs."""

    promise: Promise
    numbers: Mapping[FileId, int]
    places: dict[FileId, list[Entry]] = field(default_factory=dict)
    found: dict[FileId, tuple[str, Found]] = field(default_factory=dict)

    def judge_directory(self, directory: FileId, found: Found, path: str) -> Iterator[Breach]:
        """Yield what is wrong with a directory, and below it."""
        self.found[directory] = (path or "/", found)
        names = self.promise.names_in(directory)
        for name in sorted(names.keys() | found.entries.keys()):
            allowed, here, where = names.get(name, (None,)), found.entries.get(name), f"{path}/{name}"
            if here is None:
                if None not in allowed:
                    yield Breach(
                        "name lost", f"`{where}` should be {self._describe(allowed)}, and is nothing"
                    )
                continue
            files = [each for each in allowed if each is not None and self._is(each, here)]
            if files:
                yield from self._judge_candidates(files, here, (directory, name), where)
            elif allowed == (None,):
                yield Breach("name invented", f"`{where}` should not be, and is {_show(here)}")
            else:
                should = self._describe(allowed)
                yield Breach("name astray", f"`{where}` should be {should}, and is {_show(here)}")

    def judge_presence(self) -> Iterator[Breach]:
        """Yield files that are missing, and names in directories that are."""
        for file, entries in self.promise.list_survivors().items():
            if not any(entry in entries for entry in self.places.get(file, ())):
                names = ", ".join(f"`{name}` in file {directory}" for directory, name in entries)
                yield Breach("file lost", f"file {file} should be one of {names}, and is nowhere")
        for directory, name in self.promise.list_certain():
            if directory not in self.found:
                yield Breach("name lost", f"`{name}` should be in file {directory}, which is nowhere")

    def judge_links(self) -> Iterator[Breach]:
        """Yield counts of links that are not the number of names."""
        for file, places in self.places.items():
            path, found = self.found[file]
            if found.kind is Kind.DIRECTORY:
                if len(places) > 1:
                    yield Breach("two parents", f"directory `{path}` has {len(places)} names")
            elif found.links != len(places):
                yield Breach("links", f"`{path}` counts {found.links} links, and has {len(places)} names")

    def _judge_candidates(
        self, files: list[FileId], found: Found, entry: Entry, path: str
    ) -> Iterator[Breach]:
        """Yield what is wrong with one of `files`: they had the same number, one after the other."""
        for file in reversed(files[1:]):
            trial = _Judge(self.promise, self.numbers, deepcopy(self.places), dict(self.found))
            if not list(trial._judge_place(file, found, entry, path)):
                yield from self._judge_place(file, found, entry, path)
                return
        yield from self._judge_place(files[0], found, entry, path)

    def _judge_place(self, file: FileId, found: Found, entry: Entry, path: str) -> Iterator[Breach]:
        """Yield what is wrong with a file; only once, if it has several names."""
        self.places.setdefault(file, []).append(entry)
        if file in self.found:
            return
        if found.kind is Kind.DIRECTORY:
            yield from self.judge_directory(file, found, path)
        self.found[file] = (path, found)
        promise = self.promise
        if not promise.allows_mode(file, found.mode):
            yield Breach("mode", f"`{path}` has mode {found.mode:o}")
        if found.kind is Kind.SYMLINK and found.target != promise.history.targets[file]:
            yield Breach("target", f"`{path}` says `{found.target}` for `{promise.history.targets[file]}`")
        if found.kind is Kind.FILE:
            if not promise.allows_size(file, found.size):
                sizes = promise.describe_sizes(file)
                yield Breach("size", f"`{path}` has {found.size} bytes, and should have {sizes}")
            if len(found.data) != found.size:
                yield Breach("size", f"`{path}` has {found.size} bytes, of which {len(found.data)} are read")
            yield from self._judge_contents(file, found.data, path)

    def _judge_contents(self, file: FileId, data: bytes, path: str) -> Iterator[Breach]:
        """Yield the first chunk that is wrong: the others usually tell the same."""
        for at in range(0, len(data), CHUNK):
            piece = data[at : at + CHUNK]
            versions = self.promise.allowed_chunks(file, at // CHUNK)
            if not any(version.startswith(piece) for version in versions):
                should = " or ".join(dict.fromkeys(describe_bytes(each[: len(piece)]) for each in versions))
                place = f"`{path}` (file {file}) at byte {at}"
                yield Breach("contents", f"{place} shows {describe_bytes(piece)}; it should be {should}")
                return

    def _is(self, file: FileId, found: Found) -> bool:
        return self.numbers.get(file) == found.number and self.promise.history.kinds[file] is found.kind

    def _describe(self, files: tuple[FileId | None, ...]) -> str:
        numbers = self.numbers
        return " or ".join(
            "nothing" if each is None else f"file {each} (inode {numbers.get(each)})" for each in files
        )


def _show(found: Found) -> str:
    return f"a {found.kind.value} (inode {found.number}, {found.size} bytes)"
