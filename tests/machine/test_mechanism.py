"""Rotational position, arm and heads: the arithmetic of when a sector passes.

The drive made up here has tracks of 10 sectors that take 1000 cycles each; a track begins 2 sectors after
the one before it, and 3 where the cylinder changes. A head switch takes 500 cycles, a seek over n cylinders
1000 + 100 n.
"""

from __future__ import annotations

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.machine.drives import MEASURED, find_measured, make_drive, make_geometry, make_zone
from vm.machine.layout import Layout
from vm.machine.mechanism import Mechanism, Stream
from vm.machine.parameters import DriveParameters, Sparing

PLAIN = make_drive(make_geometry(make_zone(0, 4, 10)))


def make_mechanism(drive: DriveParameters) -> Mechanism:
    return Mechanism(Layout(drive.geometry), drive.mechanics)


def start(
    block: int, ready: float, cylinder: int = 0, head: int = 0, is_write: bool = False, earliest: float = 0
) -> Stream:
    return Stream(make_mechanism(PLAIN), block, ready, earliest, cylinder, head, is_write)


@pytest.mark.parametrize(
    ("block", "ready", "settled", "begins"),
    [
        (0, 0, 0, 0),  # just there
        (3, 0, 0, 3000),
        (3, 3000, 3000, 3000),
        (3, 3010, 3010, 13_000),  # just missed
        (9, 25_000, 25_000, 29_000),
        (10, 0, 500, 2000),  # the second surface: head switch, and a skew of two sectors
        (10, 1500, 2000, 2000),
        (10, 1600, 2100, 12_000),
        (20, 0, 1100, 5000),  # the next cylinder: seek, and a skew of 2 + 3 sectors
        (25, 0, 1100, 10_000),
        (30, 0, 1100, 7000),
    ],
)
def test_a_sector_passes_when_arm_and_platter_are_there(
    block: int, ready: int, settled: int, begins: int
) -> None:
    stream = start(block, ready)
    assert stream.settled == pytest.approx(settled)
    assert stream.start == pytest.approx(begins)
    assert stream.time_before(block + 1) == pytest.approx(begins + 1000)


def test_writes_settle_longer_after_a_move() -> None:
    assert start(3, 0, is_write=True).settled == 0
    assert start(10, 0, is_write=True).settled == 550
    assert start(20, 0, is_write=True).settled == 1150


def test_a_head_switch_hides_behind_a_seek() -> None:
    mechanism = make_mechanism(PLAIN)
    assert mechanism.move_time(0, False, False) == 0
    assert mechanism.move_time(0, True, False) == 500
    assert mechanism.move_time(1, True, False) == mechanism.move_time(1, False, False) == 1100


def test_no_sector_is_taken_before_it_is_wanted() -> None:
    assert start(3, 0, earliest=3500).start == pytest.approx(13_000)
    assert start(3, 0, earliest=2500).start == pytest.approx(3000)


def test_a_stream_goes_on_over_tracks_and_cylinders() -> None:
    stream = start(8, 0)
    stream.limit = 100
    times = [stream.time_before(block) for block in (9, 10, 11, 20, 21)]
    # Blocks 8 and 9 pass from 8000 on, surface 1 from 12,000 on; cylinder 1 begins 3 sectors later.
    assert times == pytest.approx([9000, 10_000, 13_000, 22_000, 26_000])
    assert stream.passed(9999.5) == 9
    assert stream.passed(11_000) == 10
    assert stream.passed(13_000.5) == 11
    assert stream.place(11_999) == (0, 0)
    assert stream.place(12_500) == (0, 1)
    assert stream.place(25_500) == (1, 0)


def test_a_stream_stops_at_its_limit() -> None:
    stream = start(0, 0)
    stream.limit = 13
    assert stream.passed(1e9) == 13
    assert stream.place(1e9) == (0, 1)
    stream.limit = 10
    assert stream.passed(1e9) == 10
    assert stream.place(1e9) == (0, 0)


def test_a_slipped_sector_passes_without_a_block() -> None:
    drive = make_drive(make_geometry(make_zone(0, 1, 10, spares=1, slips=(4,)), sparing=Sparing.RANGE))
    stream = Stream(make_mechanism(drive), 0, 0, 0, 0, 0, False)
    stream.limit = 30
    assert [stream.time_before(block) for block in (4, 5, 10)] == pytest.approx([4000, 6000, 13_000])


class Request(NamedTuple):
    block: int
    count: int


@given(st.lists(st.integers(0, 99), min_size=1, max_size=6), st.integers(0, 50_000))
def test_time_and_progress_agree(blocks: list[int], ready: int) -> None:
    stream = start(blocks[0], ready)
    stream.limit = 100
    for block in blocks:
        if block >= blocks[0]:
            when = stream.time_before(block)
            assert stream.passed(when + 1) >= block
            assert stream.passed(when - 1) <= block


@pytest.mark.parametrize("name", MEASURED)
def test_no_wait_exceeds_a_rotation(name: str) -> None:
    drive = find_measured(name)
    mechanism = make_mechanism(drive)
    layout = Layout(drive.geometry)
    for block in range(0, drive.geometry.blocks, 99_991):
        place = layout.place_of(block)
        for ready in (0.0, 123_456.7, 9e15):
            stream = Stream(mechanism, block, ready, 0.0, place.cylinder, place.head, False)
            assert -1 <= stream.start - ready <= drive.mechanics.rotation
            zone = drive.geometry.zones[layout.find_stretch(block).zone]
            angle = stream.start / drive.mechanics.rotation % 1
            distance = (angle - layout.angle_of(place, zone)) % 1
            assert min(distance, 1 - distance) < 1e-5
