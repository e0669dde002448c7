"""The walk itself: from the root to all metadata that it reaches, many objects of one template at a time.

In: an image, templates and the name of a root. Out: tables of objects and extents, what the allocation maps
mark, and findings. Each place is looked at once as an object of one template, however many pointers lead to
it, so that circles end; and the tables have a limit, so that no image can make them explode.
"""

from __future__ import annotations

import numpy as np

from runtime import limits
from runtime.command.progress import Progress
from udfc.image.batch import Batch, NewExtents, Space, Tuples, join_batches, join_data
from udfc.image.chain import Chains, Continuation, Head
from udfc.image.finding import Finding, FindingKind, Findings
from udfc.image.mark import Marks
from udfc.image.reader import Reader, read_object
from udfc.image.source import Image
from udfc.image.table import (
    DATA,
    LIKE,
    LOST,
    NONE,
    OWN,
    PART,
    ROOT,
    ExtentTable,
    Numbers,
    ObjectTable,
    Words,
)
from udfc.image.zero import find_zeros

_STEP = 1 << 22
"""Bytes of objects that are asked together: there may be a tuple for every two bytes."""

_MOST_UNIT = 1 << 40
_FAR = np.iinfo(np.int64).max


class Walker:
    """One walk. `run` it once, then take the tables.

    Args:
        image: what is walked.
        readers: of all templates, by number.
        root: the number of the root's template.
        space: as the root says.
        progress: told after each step.
    """

    def __init__(
        self, image: Image, readers: tuple[Reader, ...], root: int, space: Space, progress: Progress
    ) -> None:
        self.image, self.space, self.findings = image, space, Findings()
        self.marks = Marks(space.bytes)
        self.extents = ExtentTable()
        self._width = max(1, *(reader.width for reader in readers))
        self.objects = ObjectTable(self._width)
        self._readers, self._root, self._progress = readers, root, progress
        self._known: tuple[dict[int, int], ...] = tuple({} for _ in readers)
        self._queue: list[Batch] = []
        self._chains = Chains() if any(LIKE in reader.modes for reader in readers) else None
        self._most = min(limits.MAX_IMAGE_ROWS, limits.MIN_IMAGE_ROWS + image.size // 2)
        self._full = False

    def run(self, place: int, length: int) -> None:
        """Walk from the root, which lies at `place`."""
        arguments = np.zeros((1, self._width), dtype=np.uint64)
        places, lengths, parents, modes = np.array([[place], [length], [NONE], [ROOT]], dtype=np.int64)
        self._visit(self._root, places, lengths, arguments, parents, modes)
        while self._queue:
            queue, self._queue = self._queue, []
            for batch in join_batches(queue):
                step = max(1, _STEP // int(batch.lengths.max()))
                for first in range(0, len(batch.ids), step):
                    if not self._is_full(0):
                        self._ask(batch.take(slice(first, first + step)))
        self._report_lost()

    def _ask(self, batch: Batch) -> None:
        """Ask the objects of a batch what they own, and what they mark."""
        reader = self._readers[batch.template]
        self._progress.show(self.objects.count, "objects", reader.template.name)
        units = reader.units(self.image, batch.places, batch.lengths, batch.arguments)
        bad = (units == 0) | (units > _MOST_UNIT)
        for number in batch.ids[bad].tolist():
            self._find("unit", number, f"`{reader.template.name}` says so")
        units = np.where(bad, np.uint64(self.space.unit), units).astype(np.uint64)
        if reader.template.used is not None:
            self._mark(batch, reader, units)
        tuples, modes = self._collect(batch, reader)
        parts = modes == PART
        if parts.any():
            self._add_parts(batch, tuples.take(parts))
            tuples = tuples.take(~parts)
        good = ~bad[tuples.source]
        self._add_blocks(batch, tuples if good.all() else tuples.take(good), units)

    def _collect(self, batch: Batch, reader: Reader) -> tuple[Tuples, Numbers]:
        """Return all tuples of a batch, and how each leads on."""
        words, counts = reader.loaded.owns_each(
            self.image.view, batch.places.tolist(), batch.lengths.tolist(), batch.arguments
        )
        self._is_full(len(words))
        kinds = words[:, 2].astype(np.int64)
        source = np.repeat(np.arange(len(counts), dtype=np.int64), counts)
        passed = np.zeros((len(words), self._width), dtype=np.uint64)
        width = min(self._width, words.shape[1] - 3)
        passed[:, :width] = words[:, 3 : 3 + width]
        tuples = Tuples(source, words[:, 0], words[:, 1], reader.targets[kinds], passed)
        return tuples, reader.modes[kinds]

    def _mark(self, batch: Batch, reader: Reader, units: Words) -> None:
        """Ask the objects of a batch which blocks are in use."""
        lists = batch.arguments[:, : reader.width].tolist()
        rows = zip(batch.places.tolist(), batch.lengths.tolist(), lists, units.tolist())
        for place, length, arguments, unit in rows:
            self.marks.add(reader.loaded.used(read_object(self.image, place, length), arguments), unit)

    def _add_parts(self, batch: Batch, tuples: Tuples) -> None:
        """Go on with pieces of the objects; those that are zeros own nothing and are left out."""
        offset, length = tuples.start.astype(np.int64), tuples.count.astype(np.int64)
        room = batch.lengths[tuples.source]
        assert ((offset >= 0) & (length >= 0) & (offset <= room - length)).all(), "proved: parts lie inside"
        place = batch.places[tuples.source] + offset
        parent = batch.ids[tuples.source]
        for target in np.unique(tuples.target).tolist():
            if target == DATA:
                continue
            chosen = (tuples.target == target) & (length > 0)
            if self._readers[target].template.used is None:
                chosen[chosen] = ~find_zeros(self.image, place[chosen], length[chosen])
            modes = np.full(int(chosen.sum()), PART, dtype=np.int64)
            self._visit(
                target, place[chosen], length[chosen], tuples.arguments[chosen], parent[chosen], modes
            )

    def _add_blocks(self, batch: Batch, tuples: Tuples, units: Words) -> None:
        """Go on with the blocks that the objects own."""
        unit = units[tuples.source]
        limit = np.uint64(self.space.bytes) // unit
        rest = limit - np.minimum(tuples.start, limit)
        far = (tuples.count > rest) & (tuples.count > 0)
        if far.any():
            self._find_far(batch, tuples.take(far))
        count = np.where(tuples.target == DATA, np.minimum(tuples.count, rest), tuples.count)
        keep = (count > 0) & (count <= rest)
        tuples, unit, count = tuples.take(keep), unit[keep], count[keep]
        place, length = (tuples.start * unit).astype(np.int64), (count * unit).astype(np.int64)
        owner, target, source = batch.ids[tuples.source], tuples.target, tuples.source
        if self._chains is None:
            first, length = join_data(source, target, place, length)
            place, owner, target = place[first], owner[first], target[first]
            tuples, unit = tuples.take(first), unit[first]
        child = self._visit_blocks(place, length, target, tuples.arguments, owner)
        row = self.extents.count + np.arange(len(place), dtype=np.int64)
        self.extents.add(owner, place, length, target, child)
        self._is_full(0)
        if self._chains is not None:
            self._chain(NewExtents(row, place, length, owner), tuples, unit)

    def _visit_blocks(
        self, place: Numbers, length: Numbers, target: Numbers, arguments: Words, owner: Numbers
    ) -> Numbers:
        """Return the numbers of the objects at some blocks, NONE for data."""
        child = np.full(len(place), NONE, dtype=np.int64)
        for number in np.unique(target).tolist():
            if number >= 0:
                here = target == number
                modes = np.full(int(here.sum()), OWN, dtype=np.int64)
                child[here] = self._visit(
                    number, place[here], length[here], arguments[here], owner[here], modes
                )
        return child

    def _chain(self, extents: NewExtents, tuples: Tuples, unit: Words) -> None:
        """Bring continuations and what they continue together."""
        assert self._chains is not None, "asked by the caller"
        known = tuples.target != LOST
        words = map(tuple, tuples.arguments[known].tolist())
        heads = map(Head, extents.row[known].tolist(), tuples.target[known].tolist(), words)
        found = list(self._chains.add_heads(zip(extents.place[known].tolist(), heads)))
        block, scale = tuples.arguments[~known, 0], unit[~known]
        far = block >= np.uint64(_FAR) // scale
        before = np.where(far, np.uint64(_FAR), block * scale)
        columns = (extents.row, extents.place, extents.length, extents.owner)
        later = map(Continuation, *(column[~known].tolist() for column in columns))
        found += self._chains.add_continuations(zip(before.tolist(), later))
        groups: dict[int, list[tuple[Continuation, Head]]] = {}
        for continuation, head in found:
            groups.setdefault(head.template, []).append((continuation, head))
        for template, group in groups.items():
            self._continue(template, group)

    def _continue(self, template: int, found: list[tuple[Continuation, Head]]) -> None:
        """Go on with continuations, now that it is known of which template they are."""
        child = [NONE] * len(found)
        if template >= 0:
            rows = [(each.place, each.length, each.owner, LIKE) for each, _ in found]
            place, length, owner, mode = np.array(rows, dtype=np.int64).T
            arguments = np.array([head.arguments for _, head in found], dtype=np.uint64)
            child = self._visit(template, place, length, arguments, owner, mode).tolist()
        for (each, head), number in zip(found, child):
            self.extents.settle(each.row, template, number, head.row)

    def _visit(
        self, target: int, place: Numbers, length: Numbers, arguments: Words, parent: Numbers, mode: Numbers
    ) -> Numbers:
        """Return the numbers of the objects of one template at some places, new ones where nobody was yet.

        An object that cannot be looked at is a finding, and gets no number.
        """
        reader = self._readers[target]
        length = self._cut(reader, place, length, parent)
        accepted, fits = reader.accepts(arguments), reader.fits(length)
        good = accepted & fits & (length > 0)
        if not good.all():
            name = reader.template.name
            for index in np.flatnonzero(~good & (length > 0)).tolist():
                where = (int(place[index]), int(length[index]))
                if not accepted[index]:
                    passed = ", ".join(str(each) for each in arguments[index, : reader.width].tolist())
                    self._find_at("arguments", int(parent[index]), where, f"`{name}({passed})`")
                else:
                    self._find_at("size", int(parent[index]), where, f"`{name}` of {where[1]} bytes")
        numbers = np.full(len(place), NONE, dtype=np.int64)
        known, following = self._known[target], self.objects.count
        new: list[int] = []
        for index in np.flatnonzero(good).tolist():
            here = int(place[index])
            number = known.get(here)
            if number is None:
                number = known[here] = following + len(new)
                new.append(index)
            numbers[index] = number
        if new:
            chosen = np.array(new, dtype=np.int64)
            fresh = Batch(target, numbers[chosen], place[chosen], length[chosen], arguments[chosen])
            self.objects.add(
                target, fresh.places, fresh.lengths, fresh.arguments, parent[chosen], mode[chosen]
            )
            self._queue.append(fresh)
        return numbers

    def _cut(self, reader: Reader, place: Numbers, length: Numbers, parent: Numbers) -> Numbers:
        """Return the lengths as far as the image goes: 0 where nothing of use is left."""
        rest = np.maximum(self.image.size - place, 0)
        short = length > rest
        if not short.any():
            return length
        for index in np.flatnonzero(short).tolist():
            where = (int(place[index]), int(length[index]))
            self._find_at("short", int(parent[index]), where, f"`{reader.template.name}`")
        left = np.zeros(len(rest), dtype=np.int64) if reader.template.constant else rest
        return np.where(short, left, length)

    def _is_full(self, coming: int) -> bool:
        """Say whether the tables are full; the first time it is a finding."""
        if not self._full and max(self.objects.count, self.extents.count + coming) > self._most:
            self._full = True
            note = f"after {self._most:,} objects or extents the walk was stopped"
            self.findings.add(Finding("limit", 0, 0, note=note))
        return self._full

    def _find(self, kind: FindingKind, owner: int, note: str) -> None:
        self.findings.add(Finding(kind, 0, 0, (owner,), note))

    def _find_at(self, kind: FindingKind, parent: int, where: tuple[int, int], note: str) -> None:
        """Note damage at bytes of the image."""
        place, length = where
        unit = self.space.unit
        first = place // unit
        owners = (parent,) if parent >= 0 else ()
        self.findings.add(Finding(kind, first, -(-(place + length) // unit) - first, owners, note))

    def _find_far(self, batch: Batch, tuples: Tuples) -> None:
        """Note pointers out of the file system."""
        room = self.findings.room("range")
        rows = zip(tuples.source.tolist(), tuples.start.tolist(), tuples.count.tolist())
        for index, (source, start, count) in enumerate(rows):
            if index >= room:
                self.findings.add_more("range", len(tuples.source) - index)
                break
            self.findings.add(Finding("range", start, count, (int(batch.ids[source]),)))

    def _report_lost(self) -> None:
        """Note the continuations of what nobody owns."""
        lost = self._chains.list_lost() if self._chains is not None else ()
        for each in lost:
            self._find_at("chain", each.owner, (each.place, each.length), "")
