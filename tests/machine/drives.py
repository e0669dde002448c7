"""Drives for tests: the measured ones, where their files are here, and small ones made up."""

from __future__ import annotations

from pathlib import Path

import pytest

from vm.machine.drive_file import read_drive
from vm.machine.machine import default_drive
from vm.machine.parameters import (
    Buffering,
    DriveParameters,
    Geometry,
    Interface,
    Mechanics,
    Overheads,
    ReadAhead,
    Sparing,
    Zone,
)

TRACES = Path(__file__).parents[3] / "shared" / "data" / "disk"
SHIPPED = Path(__file__).parents[2] / "vm" / "machine" / "drives"
MEASURED = ("atlas_III", "barracuda", "hp_c2247a")


def find_measured(name: str) -> DriveParameters:
    """Return a measured drive, or skip the test."""
    if name == "barracuda":
        return default_drive()
    if not TRACES.is_dir():
        pytest.skip(f"{TRACES}, DiskSim's validation set, is not here")
    return read_drive(TRACES / f"{name}.diskspecs", TRACES / f"{name}.model")


def make_zone(
    first: int, last: int, sectors: int, spares: int = 0, slips: tuple[int, ...] = (), empty: int = 0
) -> Zone:
    """Return a zone with a track skew of 2 sectors and a cylinder skew of 3."""
    return Zone(first, last, sectors, 0.0, empty, 2.0, 3.0, spares, slips)


def make_geometry(
    *zones: Zone, surfaces: int = 2, sparing: Sparing = Sparing.NONE, group: int = 1, blocks: int = 1
) -> Geometry:
    """Return a geometry that has just the cylinders of its zones."""
    return Geometry(surfaces, zones[-1].last + 1, blocks, sparing, group, zones)


def make_drive(geometry: Geometry, **buffering: object) -> DriveParameters:
    """Return a drive with round numbers.

    A rotation takes 1000 cycles for each sector of a track of 10; a seek 1000, and 100 for each cylinder; a
    head switch 500. Every overhead differs from the others.
    """
    rotation = 10_000.0
    seek = tuple(1000 + 100 * distance if distance else 0 for distance in range(geometry.cylinders))
    plain: dict[str, object] = {
        "segments": 2,
        "segment_sectors": 16,
        "write_segments": 1,
        "read_ahead": ReadAhead.NONE,
        "most_ahead": 16,
        "discards_requested": False,
        "ahead_on_hit": False,
        "hits_on_written": True,
        "combines_writes": True,
        "caches_writes": False,
        "watermark": 0.0,
    }
    return DriveParameters(
        "made up",
        geometry,
        Mechanics(rotation, seek, 500, 50),
        Overheads((11, 12), (21, 22), (31, 32), (41, 42), 0, 3, 5, 7),
        Buffering(**(plain | buffering)),  # type: ignore[arg-type]
        Interface(10, 20),
    )
