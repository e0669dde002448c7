"""What is known of a drive: the plain values that its parameter files give, in the units of the model.

In: nothing. Out: types. Times are cycles of the machine's clock; lengths are sectors; cylinders, surfaces
and tracks count from 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Sparing(Enum):
    """Where a drive keeps the sectors that take the place of bad ones; the values are DiskSim's."""

    NONE = 0
    TRACKS_OF_ZONE = 1
    CYLINDER = 2
    TRACK = 3
    DISK = 7
    RANGE = 8
    ZONE = 9


class ReadAhead(Enum):
    """How far a drive reads on after a read; the values are DiskSim's."""

    NONE = 0
    TRACK = 1
    CYLINDER = 2
    SEGMENT = 3
    ON_SEQUENCE = 4


@dataclass(frozen=True, slots=True)
class Zone:
    """Cylinders that have equally many sectors on a track.

    Args:
        first, last: cylinders.
        sectors: on a track.
        offset: of the first sector of the zone's first track from the drive's zero angle, in sectors.
        empty: sectors at the front that hold no blocks.
        track_skew, cylinder_skew: sectors by which the first sector of a track comes later than that of the
            track before, where the two are on one cylinder, and where they are not.
        spares: spare sectors, or spare tracks, in each place where the drive's `Sparing` has some.
        slips: bad sectors, or bad tracks, that no block is on; numbered from the front of the zone.
    """

    first: int
    last: int
    sectors: int
    offset: float
    empty: int
    track_skew: float
    cylinder_skew: float
    spares: int
    slips: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Geometry:
    """Where the blocks are.

    Args:
        surfaces: and heads.
        cylinders: including those that hold no blocks.
        blocks: that the drive has for its users.
        sparing: where spare sectors are.
        cylinders_per_range: for `Sparing.RANGE`.
        zones: ascending.
    """

    surfaces: int
    cylinders: int
    blocks: int
    sparing: Sparing
    cylinders_per_range: int
    zones: tuple[Zone, ...]


@dataclass(frozen=True, slots=True)
class Mechanics:
    """How fast things move.

    Args:
        rotation: cycles of one.
        seek: by distance in cylinders; 0 for distance 0.
        head_switch: to another surface, on the same cylinder.
        write_settle: what a write takes longer than a read to settle after either.
    """

    rotation: float
    seek: tuple[int, ...]
    head_switch: int
    write_settle: int


@dataclass(frozen=True, slots=True)
class Overheads:
    """What the controller takes: of each pair the first after a read, the second after a write.

    Args:
        read_hit, read_miss, write_hit, write_miss: from the command's arrival to the first thing done for it.
        preparation: of data that are in the buffer, before they are sent.
        reselection: to get the bus back, before a write that reached the medium is reported.
        read_completion, write_completion: status and message at the end.
    """

    read_hit: tuple[int, int]
    read_miss: tuple[int, int]
    write_hit: tuple[int, int]
    write_miss: tuple[int, int]
    preparation: int
    reselection: int
    read_completion: int
    write_completion: int


@dataclass(frozen=True, slots=True)
class Buffering:
    """What the controller's memory is used for.

    Args:
        segments: pieces of the buffer, each for one stretch of blocks.
        segment_sectors: the size of one.
        write_segments: how many of them may hold data that were written.
        read_ahead: how far to read on.
        most_ahead: sectors beyond what was asked for.
        discards_requested: sectors that the host has got make room for sectors read ahead.
        ahead_on_hit: reads on also after a read that the buffer answered, when the arm is idle.
        hits_on_written: written sectors answer reads.
        combines_writes: a write that continues the last one in the buffer joins it.
        caches_writes: the drive reports a write that is only in its buffer, unless told otherwise.
        watermark: the share of a read that is in the buffer before the drive takes the bus to send it.
    """

    segments: int
    segment_sectors: int
    write_segments: int
    read_ahead: ReadAhead
    most_ahead: int
    discards_requested: bool
    ahead_on_hit: bool
    hits_on_written: bool
    combines_writes: bool
    caches_writes: bool
    watermark: float


@dataclass(frozen=True, slots=True)
class Interface:
    """The bus between drive and host: cycles that a sector takes on it."""

    read: int
    write: int


@dataclass(frozen=True, slots=True)
class DriveParameters:
    """A drive."""

    name: str
    geometry: Geometry
    mechanics: Mechanics
    overheads: Overheads
    buffering: Buffering
    interface: Interface
