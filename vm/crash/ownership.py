"""Who owns what on an image: a walk of the crash tester's own, not the one of the kernel's recovery.

In: the bytes of a disk, and the types that are installed on it. Out: an `Ownership`: the owner of each block,
blocks with two owners, metadata with bytes that nobody wrote there.

The walk asks the same proved `owns` as the kernel does. What a block of metadata owns follows from its bytes
alone, so answers are remembered by the bytes, and most blocks of a state are those of another state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from vm.crash.marks import find_contents, find_poison
from vm.machine.store import SECTOR
from vm.xn.layout import (
    ROOT_BYTES,
    SUPER_BLOCK,
    TYPE_BYTES,
    Super,
    unpack_root,
    unpack_super,
    unpack_type,
)
from vm.xn.limits import BLOCK, MAX_OWNED, ROOT_BLOCKS, TYPE_BLOCKS
from vm.xn.owned import DATA, Owned, Type
from vm.xn.place import list_owned
from vm.xn.types import LoadedType
from vm.xok.refusal import Refusal

MAX_REMEMBERED = 20_000
"""Answers of `owns`: about 80 MB of blocks."""


@dataclass(slots=True)
class Ownership:
    """What a walk found.

    Args:
        first_block: the first that is not the kernel's own.
        owners: by block: who owns it, in words.
        parents: by block: where its owner lies; a root's is 0.
        twice: blocks that have a second owner, and who that is.
        stray: metadata that owns what is no block, in words.
        unwritten: metadata with bytes that nobody has written there, in words.
        data: blocks of data, and who owns them.
    """

    first_block: int
    owners: dict[int, str] = field(default_factory=dict)
    parents: dict[int, int] = field(default_factory=dict)
    twice: list[tuple[int, str]] = field(default_factory=list)
    stray: list[str] = field(default_factory=list)
    unwritten: list[str] = field(default_factory=list)
    data: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a block of metadata says: what it owns, and what is the matter with its bytes (None: nothing)."""

    owned: tuple[Owned, ...]
    matter: str | None


@dataclass(slots=True)
class Walker:
    """Walks images, and remembers what blocks said."""

    _answers: dict[tuple[str, tuple[int, ...], bytes], Answer] = field(default_factory=dict)

    def walk(
        self, read: Callable[[int, int], bytes], blocks: int, types: Mapping[int, LoadedType]
    ) -> Ownership:
        """Walk from the roots of the catalogue.

        Args:
            read: returns the bytes of (first block, how many).
            blocks: of the disk.
            types: by their numbers in the catalogue.
        """
        super_block = unpack_super(read(SUPER_BLOCK, 1)[:SECTOR], blocks)
        if super_block is None:
            return Ownership(blocks, stray=["there is no super block"])
        found = Ownership(super_block.first_block)
        stack = self._list_roots(read, super_block)
        for name, block, length in _list_forms(read, super_block):
            for each in range(block, block + -(-length // BLOCK)):
                found.owners[each] = f"the types `{name}`"
        while stack:
            owned, who, parent = stack.pop()
            if not _claim(found, owned, who, parent, super_block) or owned.type == DATA:
                continue
            loaded = types.get(owned.type)
            if loaded is None:
                found.stray.append(f"{who} owns block {owned.start} as no type that there is")
                continue
            answer = self._ask(loaded, owned.arguments, read(owned.start, 1))
            name = f"the `{loaded.name}` in block {owned.start}"
            if answer.matter is not None:
                found.unwritten.append(f"{name}, which {who} owns, {answer.matter}")
            stack += [(each, name, owned.start) for each in answer.owned]
        return found

    def _list_roots(
        self, read: Callable[[int, int], bytes], super_block: Super
    ) -> list[tuple[Owned, str, int]]:
        data = read(super_block.roots_at, ROOT_BLOCKS)
        entries = [
            unpack_root(data[at : at + ROOT_BYTES]) for at in range(0, len(data), ROOT_BYTES) if data[at]
        ]
        return [
            (Owned(entry.block, 1, Type(entry.type), entry.arguments), f"the root `{entry.name}`", 0)
            for entry in entries
            if entry is not None
        ]

    def _ask(self, loaded: LoadedType, arguments: tuple[int, ...], block: bytes) -> Answer:
        key = (loaded.name, arguments, block)
        answer = self._answers.get(key)
        if answer is None:
            if len(self._answers) >= MAX_REMEMBERED:
                self._answers.clear()
            answer = self._answers[key] = _ask_type(loaded, arguments, block)
        return answer


def _ask_type(loaded: LoadedType, arguments: tuple[int, ...], block: bytes) -> Answer:
    matter = find_poison(block)
    if matter is None and (contents := find_contents(block)) is not None:
        matter = f"holds {contents}"
    if not loaded.takes(arguments):
        return Answer((), f"does not take the arguments {arguments}")
    try:
        owned = list_owned(loaded, block[: min(loaded.template.maximum, BLOCK)], arguments, MAX_OWNED)
    except Refusal as refusal:
        return Answer((), f"is refused: {refusal.message}")
    return Answer(tuple(owned), matter)


def _claim(found: Ownership, owned: Owned, who: str, parent: int, super_block: Super) -> bool:
    """Note an owner; return whether what is owned may be looked at."""
    last = owned.start + owned.count - 1
    if not super_block.first_block <= owned.start <= last < super_block.blocks:
        found.stray.append(f"{who} owns blocks {owned.start} to {last}")
        return False
    fresh = True
    for block in owned.blocks:
        if block in found.owners:
            found.twice.append((block, who))
            fresh = False
        else:
            found.owners[block], found.parents[block] = who, parent
            if owned.type == DATA:
                found.data.append((block, who))
    return fresh


def _list_forms(read: Callable[[int, int], bytes], super_block: Super) -> list[tuple[str, int, int]]:
    """Return name, first block and bytes of each set of types."""
    data = read(super_block.types_at, TYPE_BLOCKS)
    entries = [unpack_type(data[at : at + TYPE_BYTES]) for at in range(0, len(data), TYPE_BYTES) if data[at]]
    return [(entry.name, entry.block, entry.length) for entry in entries if entry is not None]
