"""Who owns what, asked of the metadata themselves, from the roots on.

In: the storage of a disk. Out: a `Claim` for each run of blocks that something owns, and the paths of files.
Nothing here knows a file system: what objects own, what they are called and whom they name, their templates
say. What cannot be trusted is passed over; recovery has reported it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from vm.xn.keep import read_now
from vm.xn.owned import DATA, Owned
from vm.xn.root import Root
from vm.xn.state import State
from vm.xn.types import LoadedType
from vm.xok.refusal import Refusal

_DEEPEST = 64


@dataclass(frozen=True, slots=True)
class Claim:
    """Blocks that an object says it owns.

    Args:
        start, count: the blocks.
        type: `data`, or a template's name.
        file: identity of the nearest object above that has one; None: there is none.
        chain: the blocks of metadata that lead here from the root, the root first.
    """

    start: int
    count: int
    type: str
    file: int | None
    chain: tuple[int, ...]


@dataclass(slots=True)
class Owners:
    """One file system.

    Args:
        root: its root.
        claims: in the order of the walk.
        names: identity -> the directory's identity, and the name in it; the first of several names.
        named: identities that have names in them, the first the root directory.
    """

    root: Root
    claims: list[Claim] = field(default_factory=list)
    names: dict[int, tuple[int | None, str]] = field(default_factory=dict)
    named: list[int] = field(default_factory=list)

    def path(self, file: int | None) -> str:
        """Return the path of a file, or what can be said instead."""
        parts: list[str] = []
        here = file
        while here is not None and here in self.names and len(parts) < _DEEPEST:
            here, name = self.names[here]
            parts.append(name)
        if file is None:
            return self.root.name
        top = "" if here in self.named[:1] else f"inode {here}"
        return f"{self.root.name}:{top}/{'/'.join(reversed(parts))}"


def find_owners(state: State, root: Root) -> Owners:
    """Walk what hangs from a root."""
    return _Walk(state, root).run()


class _Walk:
    def __init__(self, state: State, root: Root) -> None:
        self._state = state
        self._found = Owners(root)
        self._seen: set[int] = set()
        self._waiting: list[tuple[Owned, int | None, tuple[int, ...]]] = []

    def run(self) -> Owners:
        """Walk, depth first, in the order of partitions."""
        root = self._found.root
        self._claim(Owned(root.block, 1, root.type, root.arguments), None, ())
        while self._waiting:
            owned, file, chain = self._waiting.pop()
            loaded = self._state.types[owned.type]
            data = read_now(self._state, owned.start, 1)[: loaded.template.maximum]
            first = len(self._waiting)
            try:
                self._ask(loaded, data, owned.arguments, file, (*chain, owned.start))
            except Refusal:  # nobody knows what it owns
                continue
            self._waiting[first:] = reversed(self._waiting[first:])
        return self._found

    def _ask(
        self,
        loaded: LoadedType,
        data: bytes,
        arguments: tuple[int, ...],
        file: int | None,
        chain: tuple[int, ...],
    ) -> None:
        """Ask an object, and the parts in it."""
        if not any(data) or not loaded.takes(arguments):
            return  # an object of zeros owns nothing: that is proved
        if loaded.template.identity is not None:
            file = loaded.run.identity(arguments)
        self._read_names(loaded, data, arguments, file)
        for row in loaded.list_owned(data, arguments):
            owned = loaded.read_owned(row)
            if not loaded.kinds[row[2]].is_part:
                self._claim(owned, file, chain)
                continue
            part = data[owned.start : owned.start + owned.count]
            self._ask(loaded.family[owned.type], part, owned.arguments, file, chain)

    def _read_names(
        self, loaded: LoadedType, data: bytes, arguments: tuple[int, ...], file: int | None
    ) -> None:
        for offset, length, identity in loaded.run.names(data, arguments).tolist():
            name = data[offset : offset + length].decode("utf-8", "surrogateescape")
            if name in (".", "..") or identity == file:
                continue
            self._found.names.setdefault(identity, (file, name))
            if file is not None and file not in self._found.named:
                self._found.named.append(file)

    def _claim(self, owned: Owned, file: int | None, chain: tuple[int, ...]) -> None:
        state = self._state
        if not owned.count or not (
            state.is_block(owned.start) and state.is_block(owned.start + owned.count - 1)
        ):
            return
        loaded = state.types.get(owned.type)
        name = "data" if owned.type == DATA else loaded.template.name if loaded is not None else ""
        self._found.claims.append(Claim(owned.start, owned.count, name, file, chain))
        if loaded is not None and owned.count == 1 and owned.start not in self._seen:
            self._seen.add(owned.start)
            self._waiting.append((owned, file, chain))


def list_claims(owners: Owners) -> Iterator[tuple[Claim, str]]:
    """Yield each claim with whose it is, in words."""
    paths: dict[int | None, str] = {}
    for claim in owners.claims:
        if claim.file not in paths:
            paths[claim.file] = owners.path(claim.file)
        yield claim, paths[claim.file]
