"""Where each block of a drive is: cylinder, head and sector, and the angle at which its sector begins.

In: a `Geometry`. Out: `Layout`. Blocks advance along a track, then to the next surface of the cylinder,
then to the next cylinder. They leave out empty space, spare sectors and slipped ones, so they come in
stretches:

    block     0      1632           2000                 all blocks of a stretch lie in one zone, on
    sector    |------|      |-------|x|--------|         sectors that follow each other: `physical`
              physical  spare       slipped              counts them from the front of the zone

Angles are in sectors of the zone. Each track's first sector begins later than that of the track before by
the track skew, or by the cylinder skew, whatever is slipped: skew is formatted into the medium.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from runtime.diagnostic import Diagnostic, Refused
from vm.machine.limits import MAX_SPANS
from vm.machine.parameters import Geometry, Sparing, Zone


@dataclass(frozen=True, slots=True)
class Place:
    """A sector of the medium."""

    cylinder: int
    head: int
    sector: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """Blocks that lie on sectors that follow each other.

    Args:
        block: the first.
        count: of blocks.
        zone: its number.
        physical: the first sector, counted from the front of the zone.
    """

    block: int
    count: int
    zone: int
    physical: int


class Layout:
    """All blocks of a drive.

    Args:
        geometry: of the drive.

    Attributes:
        stretches: ascending by block.
        starts: the first block of each stretch.

    Raises:
        Refused: DSK007 the zones hold fewer blocks than the drive is said to have, or more spares than
            sectors.
    """

    def __init__(self, geometry: Geometry) -> None:
        self.geometry = geometry
        self.stretches = _list_stretches(geometry)
        self.starts = [stretch.block for stretch in self.stretches]
        last = self.stretches[-1] if self.stretches else Stretch(0, 0, 0, 0)
        self.capacity = last.block + last.count
        if geometry.blocks > self.capacity:
            message = f"the drive has {geometry.blocks} blocks, and its zones only hold {self.capacity}"
            raise Refused(Diagnostic("DSK007", message))

    def find_stretch(self, block: int) -> Stretch:
        """Return the stretch that `block` is in."""
        return self.stretches[bisect_right(self.starts, block) - 1]

    def place_of(self, block: int) -> Place:
        """Return where a block is."""
        stretch = self.find_stretch(block)
        zone = self.geometry.zones[stretch.zone]
        track, sector = divmod(stretch.physical + block - stretch.block, zone.sectors)
        cylinder, head = divmod(track, self.geometry.surfaces)
        return Place(zone.first + cylinder, head, sector)

    def block_at(self, place: Place) -> int | None:
        """Return the block at a place; None: there is none."""
        for number, zone in enumerate(self.geometry.zones):
            if zone.first <= place.cylinder <= zone.last and place.sector < zone.sectors:
                track = (place.cylinder - zone.first) * self.geometry.surfaces + place.head
                return self._find(number, track * zone.sectors + place.sector)
        return None

    def find_track(self, block: int) -> tuple[int, int]:
        """Return the first block, and the one after the last, of those beside `block` on its track."""
        return self._find_around(block, 1)

    def find_cylinder_end(self, block: int) -> int:
        """Return the block after the last of those beside `block` on its cylinder."""
        return self._find_around(block, self.geometry.surfaces)[1]

    def angle_of(self, place: Place, zone: Zone) -> float:
        """Return where a sector begins, as a share of a rotation from the drive's zero angle, 0 to 1."""
        along = place.cylinder - zone.first
        skew = along * cylinder_advance(zone, self.geometry.surfaces) + place.head * zone.track_skew
        return (zone.offset + skew + place.sector) % zone.sectors / zone.sectors

    def _find_around(self, block: int, tracks: int) -> tuple[int, int]:
        """Return the blocks of a stretch that share a group of so many tracks with `block`."""
        stretch = self.find_stretch(block)
        size = tracks * self.geometry.zones[stretch.zone].sectors
        inside = (stretch.physical + block - stretch.block) % size
        begin = max(stretch.block, block - inside)
        return begin, min(stretch.block + stretch.count, block - inside + size)

    def _find(self, zone: int, physical: int) -> int | None:
        keys = [(stretch.zone, stretch.physical) for stretch in self.stretches]
        index = bisect_right(keys, (zone, physical)) - 1
        if index < 0 or self.stretches[index].zone != zone:
            return None
        inside = physical - self.stretches[index].physical
        return self.stretches[index].block + inside if inside < self.stretches[index].count else None


def cylinder_advance(zone: Zone, surfaces: int) -> float:
    """Return by how many sectors a cylinder's first sector comes later than the one's before."""
    return (surfaces - 1) * zone.track_skew + zone.cylinder_skew


def _list_stretches(geometry: Geometry) -> list[Stretch]:
    stretches: list[Stretch] = []
    block = 0
    for number, zone in enumerate(geometry.zones):
        for physical, count in _walk_zone(geometry, zone):
            if len(stretches) == MAX_SPANS:
                message = f"the drive has more than {MAX_SPANS} stretches of blocks"
                raise Refused(Diagnostic("DSK007", message))
            stretches.append(Stretch(block, count, number, physical))
            block += count
    return stretches


def _walk_zone(geometry: Geometry, zone: Zone) -> Iterator[tuple[int, int]]:
    """Yield (first sector, count) of each stretch of a zone's sectors that hold blocks."""
    whole = (zone.last - zone.first + 1) * geometry.surfaces * zone.sectors
    group = _group_sectors(geometry, zone, whole)
    if whole // group > MAX_SPANS:
        raise Refused(Diagnostic("DSK007", f"the drive has spare sectors in more than {MAX_SPANS} places"))
    spares = _spare_sectors(geometry.sparing, zone)
    is_track = geometry.sparing is Sparing.TRACKS_OF_ZONE
    unit = zone.sectors if is_track else 1
    for front in range(0, whole, group):
        begin, end = max(front, zone.empty), min(front + group, whole)
        room = end - begin - spares
        if geometry.sparing in {Sparing.NONE, Sparing.DISK}:  # slipped sectors take from the capacity
            room -= _count_slips(zone, begin, end)
        if room < 0 and begin < end:
            message = f"the zone at cylinder {zone.first} has more spare sectors than sectors"
            raise Refused(Diagnostic("DSK007", message))
        yield from _walk_group(zone.slips, unit, begin, end, room)


def _walk_group(
    slips: tuple[int, ...], unit: int, begin: int, end: int, room: int
) -> Iterator[tuple[int, int]]:
    """Yield the stretches from `begin` on that leave out slipped units, until `room` sectors are found."""
    index = bisect_left(slips, begin // unit)
    while room > 0 and begin < end:
        stop = min(slips[index] * unit, end) if index < len(slips) else end
        if begin < stop:
            count = min(stop - begin, room)
            yield begin, count
            room -= count
        begin = max(begin, stop + unit)
        index += 1


def _group_sectors(geometry: Geometry, zone: Zone, whole: int) -> int:
    """Return after how many sectors of a zone spare ones come."""
    cylinder = geometry.surfaces * zone.sectors
    match geometry.sparing:
        case Sparing.TRACK:
            return zone.sectors
        case Sparing.CYLINDER:
            return cylinder
        case Sparing.RANGE:
            return min(whole, cylinder * geometry.cylinders_per_range)
        case Sparing.NONE | Sparing.DISK | Sparing.ZONE | Sparing.TRACKS_OF_ZONE:
            return whole


def _spare_sectors(sparing: Sparing, zone: Zone) -> int:
    """Return how many sectors of each group are spare."""
    match sparing:
        case Sparing.NONE | Sparing.DISK:
            return 0
        case Sparing.TRACKS_OF_ZONE:
            return zone.spares * zone.sectors
        case Sparing.TRACK | Sparing.CYLINDER | Sparing.RANGE | Sparing.ZONE:
            return zone.spares


def _count_slips(zone: Zone, begin: int, end: int) -> int:
    return bisect_left(zone.slips, end) - bisect_left(zone.slips, begin)
