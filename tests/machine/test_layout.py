"""Blocks and places: one to one, as many as the zone tables say, and skewed the right way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.diagnostic import Refused
from tests.machine.drives import MEASURED, find_measured, make_geometry, make_zone
from vm.machine.layout import Layout, Place, cylinder_advance
from vm.machine.parameters import Geometry, Sparing, Zone


def count_blocks(geometry: Geometry, zone: Zone) -> int:
    """Return how many blocks a zone has, from its table alone, for the schemes of the measured drives."""
    tracks = (zone.last - zone.first + 1) * geometry.surfaces
    match geometry.sparing:
        case Sparing.TRACKS_OF_ZONE:
            return (tracks - zone.spares) * zone.sectors - zone.empty
        case Sparing.RANGE:
            ranges = -(-(zone.last - zone.first + 1) // geometry.cylinders_per_range)
            return tracks * zone.sectors - ranges * zone.spares
        case _:
            return tracks * zone.sectors - zone.empty - len(zone.slips)


@pytest.mark.parametrize("name", MEASURED)
def test_a_measured_drive_has_the_blocks_of_its_zones(name: str) -> None:
    geometry = find_measured(name).geometry
    layout = Layout(geometry)
    for number, zone in enumerate(geometry.zones):
        found = sum(stretch.count for stretch in layout.stretches if stretch.zone == number)
        assert found == count_blocks(geometry, zone)
    assert layout.capacity >= geometry.blocks
    if name == "hp_c2247a":
        assert layout.capacity == geometry.blocks


@pytest.mark.parametrize("name", MEASURED)
def test_a_measured_drive_maps_blocks_one_to_one(name: str) -> None:
    layout = Layout(find_measured(name).geometry)
    edges = [edge for s in layout.stretches for edge in (s.block, s.block + s.count - 1)]
    sample = sorted({*edges[:: max(1, len(edges) // 300)], *range(0, layout.capacity, 77_777)})
    places = [layout.place_of(block) for block in sample]
    assert len(set(places)) == len(places)
    assert [layout.block_at(place) for place in places] == sample
    assert places == sorted(places, key=lambda place: (place.cylinder, place.head, place.sector))


@pytest.mark.parametrize("name", MEASURED)
def test_slipped_sectors_hold_no_block(name: str) -> None:
    geometry = find_measured(name).geometry
    layout = Layout(geometry)
    unit = 1 if geometry.sparing is not Sparing.TRACKS_OF_ZONE else None
    for zone in geometry.zones:
        for slip in zone.slips:
            first = slip * (unit or zone.sectors)
            track, sector = divmod(first, zone.sectors)
            cylinder, head = divmod(track, geometry.surfaces)
            assert layout.block_at(Place(zone.first + cylinder, head, sector)) is None


@pytest.mark.parametrize("name", MEASURED)
def test_skew_grows_along_a_measured_zone(name: str) -> None:
    geometry = find_measured(name).geometry
    layout = Layout(geometry)
    for zone in geometry.zones:
        before = 0.0
        for cylinder in range(zone.first, min(zone.last, zone.first + 3) + 1):
            for head in range(geometry.surfaces):
                angle = layout.angle_of(Place(cylinder, head, 0), zone) * zone.sectors
                step = (angle - before) % zone.sectors
                if (cylinder, head) != (zone.first, 0):
                    assert step == pytest.approx(zone.cylinder_skew if head == 0 else zone.track_skew)
                before = angle


SCHEMES = st.sampled_from(list(Sparing))


@st.composite
def geometries(draw: st.DrawFn) -> Geometry:
    zones = []
    surfaces = draw(st.integers(1, 3))
    sparing = draw(SCHEMES)
    first = 0
    for _ in range(draw(st.integers(1, 3))):
        first += draw(st.integers(0, 1))
        last = first + draw(st.integers(0, 3))
        sectors = draw(st.integers(3, 9))
        tracks = (last - first + 1) * surfaces
        units = tracks if sparing is Sparing.TRACKS_OF_ZONE else tracks * sectors
        slips = tuple(sorted(draw(st.sets(st.integers(0, units - 1), max_size=3))))
        zones.append(make_zone(first, last, sectors, draw(st.integers(0, 2)), slips, draw(st.integers(0, 4))))
        first = last + 1
    return make_geometry(*zones, surfaces=surfaces, sparing=sparing, group=draw(st.integers(1, 3)), blocks=1)


@given(geometries())
def test_every_block_has_a_place_of_its_own(geometry: Geometry) -> None:
    try:
        layout = Layout(geometry)
    except Refused:  # more spares than sectors
        return
    places = [layout.place_of(block) for block in range(layout.capacity)]
    assert len(set(places)) == layout.capacity
    assert places == sorted(places, key=lambda place: (place.cylinder, place.head, place.sector))
    assert [layout.block_at(place) for place in places] == list(range(layout.capacity))
    held = set(places)
    for zone in geometry.zones:
        for cylinder in range(zone.first, zone.last + 1):
            for head in range(geometry.surfaces):
                for sector in range(zone.sectors):
                    place = Place(cylinder, head, sector)
                    assert (layout.block_at(place) is not None) == (place in held)


def test_no_block_is_outside_the_zones() -> None:
    layout = Layout(make_geometry(make_zone(0, 0, 5), make_zone(2, 2, 4)))
    assert layout.block_at(Place(1, 0, 0)) is None
    assert layout.block_at(Place(2, 0, 4)) is None
    assert layout.block_at(Place(2, 1, 3)) == layout.capacity - 1


def test_slips_take_spares_where_there_are_some() -> None:
    # Ranges of one cylinder: 2 tracks of 5 sectors, the last 2 sectors spare, sector 3 slipped.
    zone = make_zone(0, 1, 5, spares=2, slips=(3,))
    layout = Layout(make_geometry(zone, sparing=Sparing.RANGE))
    found = [(stretch.block, stretch.count, stretch.physical) for stretch in layout.stretches]
    assert found == [(0, 3, 0), (3, 5, 4), (8, 8, 10)]


def test_slipped_tracks_are_left_out_whole() -> None:
    # 4 tracks of 5 sectors, the first 5 sectors empty, track 2 slipped, one spare track.
    zone = make_zone(0, 1, 5, spares=1, slips=(2,), empty=5)
    layout = Layout(make_geometry(zone, sparing=Sparing.TRACKS_OF_ZONE))
    assert [(s.block, s.count, s.physical) for s in layout.stretches] == [(0, 5, 5), (5, 5, 15)]


def test_slips_lessen_the_capacity_where_spares_are_elsewhere() -> None:
    layout = Layout(make_geometry(make_zone(0, 0, 5, spares=9, slips=(1, 2)), sparing=Sparing.DISK))
    assert layout.capacity == 8


def test_tracks_and_cylinders_end_where_their_blocks_do() -> None:
    layout = Layout(make_geometry(make_zone(0, 1, 5, spares=2, slips=(3,)), sparing=Sparing.RANGE))
    assert layout.find_track(1) == (0, 3)
    assert layout.find_track(3) == (3, 4)  # beyond the slipped sector
    assert layout.find_track(5) == (4, 8)
    assert layout.find_cylinder_end(4) == 8
    assert layout.find_cylinder_end(9) == 16


def test_a_drive_with_more_blocks_than_sectors_is_refused() -> None:
    with pytest.raises(Refused) as refusal:
        Layout(make_geometry(make_zone(0, 0, 5), blocks=11))
    assert refusal.value.diagnostics[0].code == "DSK007"
    with pytest.raises(Refused) as refusal:
        Layout(make_geometry(make_zone(0, 0, 5, spares=11), sparing=Sparing.ZONE))
    assert refusal.value.diagnostics[0].code == "DSK007"


def test_a_cylinder_comes_later_by_all_its_tracks() -> None:
    assert cylinder_advance(make_zone(0, 0, 10), 4) == 3 * 2 + 3
