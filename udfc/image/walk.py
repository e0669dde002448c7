"""Walk a disk image from its root, and ask what was found: the API for commands and tests.

In: an image, templates, the name of the root's template. Out: a `Walk`:

    walk = walk_image("disk.img", compile_templates("ext"), "ext_super")
    walk.blocks_of(12)      what the inode with identity 12 owns: .data and .metadata, lists of block numbers
    walk.owners(4711)       numbers of the objects that own block 4711, to be looked up with `walk.object(n)`
    walk.used               one bool for each block: marked by an allocation map; None when there is no map
    walk.owned              one bool for each block: owned by something, the root's own bytes among it
    walk.findings           what went wrong in the walk; `udfc.image.audit.audit_walk` compares with the maps

What template writers must know:

* Block numbers are in units of the root. Objects may have other units: everything is converted.
* A root's `blocks` says where the file system ends. Without it, the image's length does.
* The root's own bytes count as owned, whether or not something owns them; if something does, not twice.
* A file is an object whose template has `identity`. All that it owns, directly or through objects without an
  identity of their own (indirect blocks, directory blocks, parts of an inode), belongs to it. Where what is
  *owned* has an identity itself (a FAT's first cluster), the blocks belong to that. Continuations belong to
  the file whose block they continue.
* The `identity` of a root is the number of the root directory: paths start there. Without it they start at
  the directory that no other one names; its smallest number, where there are several.
* A directory is an object with `names`; it is about the file to which it belongs. `.` and `..` are left out.
* `used` must mark whatever is owned: also what the format never frees (reserved sectors, tables).
* A zero part is not visited. Each place is visited once as an object of each template: the first owner's
  arguments count, but all owners are remembered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from runtime import limits
from runtime.command.progress import Progress
from runtime.template.engine import Engine
from runtime.template.nodes import Template
from udfc.image.batch import Space
from udfc.image.file import FileBlocks, Files, find_files
from udfc.image.finding import Finding, FindingKind
from udfc.image.reader import Reader, read_object
from udfc.image.source import Image, make_image, open_image, refuse_image
from udfc.image.span import Spans, join_spans
from udfc.image.table import DATA, LOST, Extents, Mask, Numbers, Objects
from udfc.image.walker import Walker

if TYPE_CHECKING:
    from typing_extensions import Buffer

_FAR = 1 << 62
_ROOT_UNIT = 512
"""For printing, when the root gives no sensible unit."""


@dataclass(frozen=True, slots=True)
class Object:
    """One piece of metadata.

    Args:
        number: in `Walk.objects`.
        template: its name.
        place, length: bytes of the image.
        arguments: that its owner passed on.
        parent: the number of what it was first reached from, None of the root.
    """

    number: int
    template: str
    place: int
    length: int
    arguments: tuple[int, ...]
    parent: int | None


class Walk:
    """What a walk has found. Nothing changes any more.

    Attributes:
        image: that was walked.
        templates: their names, by number.
        readers: the same, to be asked.
        space: unit and bytes of the file system.
        objects, extents: tables.
        marks: what allocation maps mark, in bytes; None when there is no map.
        grain: bytes of the largest unit that an allocation map speaks of, such as a cluster of blocks.
        findings: what is wrong, as far as the walk alone can see it.
        counts: how many findings of each kind there were, also those too many to keep.
    """

    def __init__(self, image: Image, readers: tuple[Reader, ...], space: Space, walker: Walker) -> None:
        self.image, self.readers, self.space = image, readers, space
        self.templates = tuple(reader.template.name for reader in readers)
        self.objects: Objects = walker.objects.freeze()
        self.extents: Extents = walker.extents.freeze()
        self.marks: Spans | None = walker.marks.freeze() if walker.marks.asked else None
        self.grain = walker.marks.grain
        self.findings: tuple[Finding, ...] = walker.findings.all()
        self.counts: dict[FindingKind, int] = walker.findings.counts()

    @property
    def unit(self) -> int:
        """Bytes of a block."""
        return self.space.unit

    @property
    def blocks(self) -> int:
        """Blocks of the file system."""
        return self.space.bytes // self.space.unit

    @cached_property
    def files(self) -> Files:
        """Which extents belong to which file."""
        return find_files(self.objects, self.extents, self.readers)

    @cached_property
    def covered(self) -> Spans:
        """All bytes that are owned, or the root's own."""
        root = (self.objects.place[:1], self.objects.length[:1])
        start = np.concatenate([root[0], self.extents.place])
        length = np.concatenate([root[1], self.extents.length])
        end = np.minimum(start + length, self.space.bytes)
        unit = self.unit  # the block in which the root lies is the root's
        start[:1] -= start[:1] % unit
        end[:1] = np.minimum(-(-end[:1] // unit) * unit, self.space.bytes)
        return join_spans(start, end)

    @cached_property
    def owned(self) -> Mask:
        """One bool for each block of the file system, as far as the image goes."""
        return self.covered.mask(self.unit, self._shown_blocks())

    @cached_property
    def used(self) -> Mask | None:
        """One bool for each block: whether an allocation map marks it; None when there is no map."""
        return None if self.marks is None else self.marks.mask(self.unit, self._shown_blocks())

    def object(self, number: int) -> Object:
        """Return one object."""
        objects = self.objects
        reader = self.readers[int(objects.template[number])]
        parent = int(objects.parent[number])
        return Object(
            number,
            reader.template.name,
            int(objects.place[number]),
            int(objects.length[number]),
            tuple(objects.arguments[number, : reader.width].tolist()),
            parent if parent >= 0 else None,
        )

    def read(self, number: int) -> bytes | memoryview:
        """Return the bytes of one object."""
        return read_object(self.image, int(self.objects.place[number]), int(self.objects.length[number]))

    def owners(self, block: int) -> tuple[int, ...]:
        """Return the numbers of the objects that own any part of `block`, each once for each extent."""
        return tuple(self.extents.owner[self.find_extents(block)].tolist())

    def find_extents(self, block: int) -> Numbers:
        """Return the rows of the extents that have any part of `block`."""
        if not 0 <= block < self.blocks:
            return np.empty(0, dtype=np.int64)
        start, end = block * self.unit, (block + 1) * self.unit
        place, length = self.extents.place, self.extents.length
        return np.flatnonzero((place < end) & (place + length > start)).astype(np.int64)

    def blocks_of(self, identity: int) -> FileBlocks:
        """Return the blocks of all files with this identity: none of these if there are no such files."""
        rows = self.files.rows_of(identity)
        contents = self.files.contents[rows]
        return FileBlocks(self._list_blocks(rows[contents]), self._list_blocks(rows[~contents]))

    def extents_of(self, identity: int) -> list[tuple[str, int, int]]:
        """Return what files with this identity own: name of the template there, first block, count."""
        rows = self.files.rows_of(identity)
        first, end = self.block_ranges(rows)
        names = [self.template_name(number) for number in self.extents.template[rows].tolist()]
        return list(zip(names, first.tolist(), (end - first).tolist()))

    def block_ranges(self, rows: Numbers) -> tuple[Numbers, Numbers]:
        """Return first blocks and ends of some extents."""
        place, length = self.extents.place[rows], self.extents.length[rows]
        return place // self.unit, -(-(place + length) // self.unit)

    def template_name(self, number: int) -> str:
        """Return the name of a template, also of data and of continuations of nothing."""
        return {DATA: "data", LOST: "lost"}.get(number) or self.templates[number]

    def _list_blocks(self, rows: Numbers) -> list[int]:
        first, end = self.block_ranges(rows)
        return [block for low, high in zip(first.tolist(), end.tolist()) for block in range(low, high)]

    def _shown_blocks(self) -> int:
        """Return for how many blocks there are bits: `blocks` may be a lie, and arrays of bits are not."""
        return min(self.blocks, -(-self.image.size // self.unit))


def walk_image(
    image: str | Path | Image | Buffer,
    templates: Mapping[str, Template],
    root: str | None = None,
    engine: Engine | None = None,
    cache: Path | None = None,
) -> Walk:
    """Walk an image.

    Args:
        image: a path (raw or packed), an open image, or the bytes.
        templates: a set; proved, or at least from our own compiler.
        root: the name of the template at the root; may be left out when only one template is a root.
        engine: None is native where the host can run it.
        cache: a directory of earlier proofs and machine code.

    Raises:
        Refused: IMG codes for an image that cannot be read or has no room for a root.
        ValueError: there is no such root.
    """
    return walk_prepared(image, prepare_walk(templates, root, engine, cache))


@dataclass(frozen=True, slots=True)
class Prepared:
    """Templates that are ready for many walks: machine code is loaded once.

    Args:
        readers: the root first.
    """

    readers: tuple[Reader, ...]


def prepare_walk(
    templates: Mapping[str, Template],
    root: str | None = None,
    engine: Engine | None = None,
    cache: Path | None = None,
) -> Prepared:
    """Return what `walk_prepared` needs; arguments as for `walk_image`.

    Raises:
        ValueError: there is no such root.
    """
    names = _list_reachable(templates, find_root(templates, root).name)
    numbers = {name: number for number, name in enumerate(names)}
    return Prepared(tuple(Reader(templates[name], numbers, engine, cache) for name in names))


def walk_prepared(image: str | Path | Image | Buffer, prepared: Prepared) -> Walk:
    """Walk an image; as `walk_image`.

    Raises:
        Refused: IMG codes.
    """
    if isinstance(image, (str, Path)):
        image = open_image(image, limits.MAX_UNPACKED_BYTES)
    elif not isinstance(image, Image):
        image = make_image(image)
    readers = prepared.readers
    place, length = place_root(readers[0].template, image)
    space = _find_space(readers[0], image, place, length)
    with Progress() as progress:
        walker = Walker(image, readers, 0, space, progress)
        walker.run(place, length)
    return Walk(image, readers, space, walker)


def find_root(templates: Mapping[str, Template], name: str | None) -> Template:
    """Return the root template called `name`, or the only one."""
    roots = [template for template in templates.values() if template.root is not None]
    chosen = [template for template in roots if name in (None, template.name)]
    if len(chosen) != 1:
        known = ", ".join(template.name for template in roots) or "none"
        raise ValueError(f"choose one root template of: {known}")
    return chosen[0]


def place_root(template: Template, image: Image) -> tuple[int, int]:
    """Return place and length of the root object.

    Raises:
        Refused: IMG005 the image is too short for it.
    """
    place = template.root or 0
    length = min(template.maximum, max(0, image.size - place))
    if length == 0 or (template.constant and length < template.maximum):
        message = f"the image `{image.name}` has {image.size:,} bytes, too few for `{template.name}`"
        note = f"it lies at byte {place:,} and has {template.maximum:,} bytes"
        raise refuse_image(image.name, "IMG005", message, note)
    return place, length


def _list_reachable(templates: Mapping[str, Template], root: str) -> list[str]:
    """Return the names of the templates that can be met from `root` on, which comes first."""
    names, index = [root], 0
    while index < len(names):
        for kind in templates[names[index]].kinds:
            if kind.template in templates and kind.template not in names:
                names.append(kind.template)
        index += 1
    return names


def _find_space(reader: Reader, image: Image, place: int, length: int) -> Space:
    """Ask the root for the unit and the number of blocks."""
    meta = read_object(image, place, length)
    unit = reader.loaded.unit(meta, ())
    if not 0 < unit <= _FAR:
        return Space(_ROOT_UNIT, image.size // _ROOT_UNIT * _ROOT_UNIT)
    if reader.template.blocks is None:
        return Space(unit, image.size // unit * unit)
    return Space(unit, min(reader.loaded.blocks(meta, ()), _FAR // unit) * unit)
