"""From a place to the object that lies there: from part to part, each asked of the one around it.

In: a place, as a library names it. Out: a `Spot`: template, arguments, bytes. A partition that has a part
looks at nothing but the discriminator of its object (theorem TPL014), so a spot that was found is good as
long as those bytes are what they were, and is remembered with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from vm.xn.limits import BLOCK, MAX_PATH, SECTOR
from vm.xn.owned import Owned, Place, Type
from vm.xn.registry import Entry, Registry, Transfer
from vm.xn.types import LoadedType
from vm.xok.refusal import Code, Refusal


@dataclass(slots=True, eq=False)
class Spot:
    """An object in core; nobody changes it (it is not frozen, for two are made with every file).

    Args:
        entry: the block.
        loaded: its template.
        arguments: that its owner passes on.
        offset: of its first byte, in the block.
        length: in bytes.
        path: partitions that lead to it.
        around: the object whose part it is; None: it is the block's own.
        fixed: bytes of the block (start, end, bytes) that make it what it is.
    """

    entry: Entry
    loaded: LoadedType
    arguments: tuple[int, ...]
    offset: int
    length: int
    path: tuple[int, ...] = ()
    around: Spot | None = None
    fixed: tuple[tuple[int, int, bytes], ...] = ()

    @property
    def place(self) -> Place:
        """How libraries name it."""
        return (self.entry.block, self.path)

    @property
    def end(self) -> int:
        """Behind its last byte, in the block."""
        return self.offset + self.length

    @property
    def in_one_sector(self) -> bool:
        """Whether the disk writes it whole or not at all."""
        return self.offset // SECTOR == (self.end - 1) // SECTOR

    def read(self) -> bytes:
        """Return its bytes."""
        frame = self.entry.frame
        assert frame is not None, "spots are found in core"
        return bytes(frame[self.offset : self.end]) if self.length != BLOCK else bytes(frame)

    def outwards(self) -> Iterator[Spot]:
        """Yield the objects around it, from the innermost."""
        around = self.around
        while around is not None:
            yield around
            around = around.around


def find_spot(registry: Registry, place: Place) -> Spot:
    """Return the object at `place`.

    Raises:
        Refusal: NOT_BOUND, UNKNOWN_TYPE, NOT_IN_CORE, TRANSFERRING, NO_SUCH_PLACE, UNIT.
    """
    block, path = place
    entry = registry.entries.get(block)
    if entry is None:
        raise Refusal(Code.NOT_BOUND, f"block {block} is not in the registry")
    frame = entry.frame
    if frame is None or entry.transfer is Transfer.READING:
        raise Refusal(Code.NOT_IN_CORE, f"block {block} has no contents in core")
    known: Spot | None = entry.parts.get(path)
    if known is not None:
        for start, end, was in known.fixed:
            if frame[start:end] != was:
                break
        else:
            return known
    return _search(registry, entry, path)


def _search(registry: Registry, entry: Entry, path: tuple[int, ...]) -> Spot:
    if entry.loaded is None:
        what = "is data: it has no parts and no functions" if entry.is_data else "was read raw"
        code = Code.NO_SUCH_PLACE if entry.is_data else Code.UNKNOWN_TYPE
        raise Refusal(code, f"block {entry.block} {what}")
    if len(path) > MAX_PATH:
        raise Refusal(Code.NO_SUCH_PLACE, f"a path has at most {MAX_PATH} parts, not {len(path)}")
    if path:
        spot = _enter(find_spot(registry, (entry.block, path[:-1])), path)
    else:
        spot = Spot(entry, entry.loaded, entry.arguments, 0, entry.loaded.length)
    entry.parts[path] = spot
    return spot


def _enter(spot: Spot, path: tuple[int, ...]) -> Spot:
    """Return the part that the last partition of `path` is."""
    loaded, data = spot.loaded, spot.read()
    rows = loaded.list_owned(data, spot.arguments, path[-1])
    if len(rows) != 1 or not loaded.kinds[rows[0][2]].is_part:
        message = f"partition {path[-1]} of the `{loaded.name}` at {spot.place} is no part"
        raise Refusal(Code.NO_SUCH_PLACE, message)
    part = loaded.read_owned(rows[0])
    inner = _find_type(spot, part)
    assert part.start + part.count <= spot.length, "proved: parts lie inside"
    fixed = (*spot.fixed, *_take_discriminator(spot, data))
    return Spot(spot.entry, inner, part.arguments, spot.offset + part.start, part.count, path, spot, fixed)


def _find_type(spot: Spot, part: Owned) -> LoadedType:
    """Return the template of a part: it is in the set of the template around it."""
    inner = spot.loaded.family[part.type]
    if not inner.takes(part.arguments, part.count):
        message = f"`{inner.name}` does not take the arguments {part.arguments}"
        raise Refusal(Code.BAD_ARGUMENTS, message)
    return inner


def _take_discriminator(spot: Spot, data: bytes) -> list[tuple[int, int, bytes]]:
    return [
        (spot.offset + start, spot.offset + min(end, spot.length), data[start:end])
        for start, end in spot.loaded.discriminator
    ]


Key: TypeAlias = tuple[tuple[int, Type], ...]
"""An object in a block, by what is found there: the parts that lead to it, each by its place and its type."""


def find_key(spot: Spot, judge: Spot) -> Key:
    """Return the key of `spot` in `judge`, which is it or is around it."""
    found: list[tuple[int, Type]] = []
    while spot is not judge:
        assert spot.around is not None, "the judge is around the object"
        found.append((spot.offset - spot.around.offset, spot.loaded.type))
        spot = spot.around
    return tuple(reversed(found))


def list_parts(spot: Spot) -> list[Spot]:
    """Return the parts that an object has now; by where they begin (~place), not by partitions."""
    data, found = spot.read(), []
    for row in spot.loaded.list_owned(data, spot.arguments):
        part = spot.loaded.read_owned(row)
        inner = spot.loaded.family.get(part.type)
        if (
            spot.loaded.kinds[row[2]].is_part
            and inner is not None
            and inner.takes(part.arguments, part.count)
        ):
            offset = spot.offset + part.start
            path = (*spot.path, ~part.start)
            found.append(Spot(spot.entry, inner, part.arguments, offset, part.count, path, spot))
    return found


def list_owned(loaded: LoadedType, data: bytes, arguments: tuple[int, ...], limit: int) -> list[Owned]:
    """Return the blocks that an object owns, those of its parts included.

    Args:
        loaded: its template.
        data: its bytes.
        arguments: of the template.
        limit: tuples at most.

    Raises:
        Refusal: UNIT, QUOTA where there are more than `limit`.
    """
    return [owned for each in list_by_key(loaded, data, arguments, limit).values() for owned in each]


def list_by_key(
    loaded: LoadedType, data: bytes, arguments: tuple[int, ...], limit: int
) -> dict[Key, list[Owned]]:
    """Return what an object owns, and what each of its parts does; otherwise as `list_owned`."""
    found: dict[Key, list[Owned]] = {}
    _gather(loaded, data, arguments, (), found, limit)
    return found


def _gather(
    loaded: LoadedType,
    data: bytes,
    arguments: tuple[int, ...],
    key: Key,
    found: dict[Key, list[Owned]],
    limit: int,
) -> int:
    """Fill in `found`; return how many more tuples there may be."""
    own = found.setdefault(key, [])
    for row in loaded.list_owned(data, arguments):
        owned = loaded.read_owned(row)
        if not loaded.kinds[row[2]].is_part:
            own.append(owned)
            limit -= 1
        else:
            inner = loaded.family[owned.type]
            if inner.takes(owned.arguments, owned.count):  # otherwise it owns nothing, and nobody can name it
                part = data[owned.start : owned.start + owned.count]
                below = (*key, (owned.start, owned.type))
                limit = _gather(inner, part, owned.arguments, below, found, limit)
    if limit < 0:
        raise Refusal(Code.QUOTA, f"a `{loaded.name}` owns too many objects")
    return limit
