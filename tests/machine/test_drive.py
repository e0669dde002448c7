"""What a drive's controller does: overheads, buffer hits, reading ahead, and writes with and without a cache.

The drive made up in `drives.py` has a bus on which a sector takes 10 cycles to the host and 20 from it.
Overheads in pairs after a read and after a write: read hit 11, 12; read miss 21, 22; write hit 31, 32;
write miss 41, 42; then 3 to reselect, 5 to complete a read and 7 a write.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.machine.drives import MEASURED, find_measured, make_drive, make_geometry, make_zone
from vm.machine.costs import DRIVE_RESTART
from vm.machine.drive import Drive
from vm.machine.machine import default_drive
from vm.machine.parameters import Geometry, Interface, ReadAhead

GEOMETRY = make_geometry(make_zone(0, 9, 10), blocks=200)
ROTATION = 10_000
RESTARTED = DRIVE_RESTART + 11  # after the read hit overhead
COMMAND, REVOLUTIONS = RESTARTED % ROTATION, RESTARTED // ROTATION


def drive_of(geometry: Geometry = GEOMETRY, **buffering: object) -> Drive:
    return Drive(make_drive(geometry, **buffering))


def test_a_read_waits_for_its_sector_and_sends_it() -> None:
    assert COMMAND == 11
    drive = drive_of()
    done = drive.serve(0, 3, 2, is_write=False)
    begin = REVOLUTIONS * ROTATION + 3000
    # Two sectors pass; the last one crosses the bus; completion.
    assert done == begin + 2000 + 10 + 5
    assert drive.statistics.rotation == begin - 21
    assert drive.statistics.hits == 0


def test_a_slow_bus_is_what_a_read_waits_for() -> None:
    drive = Drive(replace(make_drive(GEOMETRY), interface=Interface(5000, 20)))
    begin = REVOLUTIONS * ROTATION + 3000
    assert drive.serve(0, 3, 2, is_write=False) == begin + 1000 + 2 * 5000 + 5


def test_the_watermark_says_when_the_bus_is_taken() -> None:
    drive = Drive(replace(make_drive(GEOMETRY, watermark=0.75), interface=Interface(900, 20)))
    # 3 of 4 sectors, then 4 on the bus: later than the last sector and one on the bus.
    assert drive.serve(0, 3, 4, is_write=False) == REVOLUTIONS * ROTATION + 3000 + 3000 + 4 * 900 + 5


def test_what_the_buffer_has_costs_overhead_and_bus() -> None:
    drive = drive_of()
    now = drive.serve(0, 3, 4, is_write=False)
    assert drive.serve(now, 4, 2, is_write=False) == now + 11 + 2 * 10 + 5
    assert drive.statistics.hits == 1
    assert drive.serve(now, 3, 5, is_write=False) > now + 1000


def test_after_a_write_overheads_differ() -> None:
    drive = drive_of()
    now = drive.serve(0, 3, 4, is_write=True)
    assert drive.serve(now, 3, 4, is_write=False) == now + 12 + 4 * 10 + 5  # written sectors answer reads
    deaf = drive_of(hits_on_written=False)
    now = deaf.serve(0, 3, 4, is_write=True)
    assert deaf.serve(now, 3, 4, is_write=False) > now + 1000


def test_the_least_recently_used_segment_makes_room() -> None:
    drive = drive_of(segments=3)  # one is for writes
    now = 0
    for block in (0, 50, 100):
        now = drive.serve(now, block, 2, is_write=False)
    hits = drive.statistics.hits
    for block, is_hit in ((100, True), (50, True), (0, False)):
        now = drive.serve(now, block, 2, is_write=False)
        hits += is_hit
        assert drive.statistics.hits == hits


def test_a_write_makes_what_was_read_stale() -> None:
    drive = drive_of(hits_on_written=False)
    now = drive.serve(0, 0, 4, is_write=False)
    now = drive.serve(now, 2, 1, is_write=True)
    assert drive.serve(now, 0, 2, is_write=False) > now + 1000


def test_without_reading_ahead_the_next_block_is_a_miss() -> None:
    drive = drive_of()
    now = drive.serve(0, 0, 2, is_write=False) + 50_000
    assert drive.serve(now, 2, 2, is_write=False) > now + 1000


def test_reading_ahead_fills_the_segment() -> None:
    drive = drive_of(read_ahead=ReadAhead.SEGMENT)
    now = drive.serve(0, 0, 2, is_write=False) + 50_000
    now = drive.serve(now, 14, 2, is_write=False) + 50_000
    assert drive.statistics.hits == 1
    drive.serve(now, 0, 1, is_write=False)  # 14 sectors ahead beside the two that were asked for
    assert drive.statistics.hits == 2


def test_reading_ahead_may_discard_what_the_host_has() -> None:
    drive = drive_of(read_ahead=ReadAhead.SEGMENT, discards_requested=True)
    now = drive.serve(0, 0, 2, is_write=False) + 50_000
    now = drive.serve(now, 16, 2, is_write=False) + 50_000
    assert drive.statistics.hits == 1
    drive.serve(now, 0, 2, is_write=False)
    assert drive.statistics.hits == 1


@pytest.mark.parametrize(("kind", "last"), [(ReadAhead.TRACK, 9), (ReadAhead.CYLINDER, 19)])
def test_reading_ahead_may_end_with_the_track_or_cylinder(kind: ReadAhead, last: int) -> None:
    for block, is_hit in ((last, True), (last + 1, False)):
        drive = drive_of(read_ahead=kind, most_ahead=40, segment_sectors=40)
        now = drive.serve(0, 5, 1, is_write=False) + 90_000
        drive.serve(now, block, 1, is_write=False)
        assert drive.statistics.hits == is_hit


def test_on_sequence_the_second_read_brings_its_track_and_the_next() -> None:
    drive = drive_of(read_ahead=ReadAhead.ON_SEQUENCE)
    now = drive.serve(0, 24, 2, is_write=False) + 50_000
    now = drive.serve(now, 26, 2, is_write=False) + 50_000
    assert drive.statistics.hits == 0
    for block in (28, 39, 20):
        now = drive.serve(now, block, 1, is_write=False) + 50_000
    assert drive.statistics.hits == 3
    drive.serve(now, 40, 1, is_write=False)
    assert drive.statistics.hits == 3


def test_a_read_of_what_is_coming_in_waits_for_it() -> None:
    drive = drive_of(read_ahead=ReadAhead.SEGMENT)
    now = drive.serve(0, 0, 2, is_write=False)
    begin = (REVOLUTIONS + 1) * ROTATION
    assert now == begin + 2000 + 10 + 5
    # Blocks 2 to 5 pass from begin + 2000 on, whatever the host does.
    assert drive.serve(now, 2, 4, is_write=False) == begin + 6000 + 10 + 5
    assert drive.statistics.hits == 0


def test_a_miss_stops_reading_ahead_where_the_arm_is() -> None:
    drive = drive_of(read_ahead=ReadAhead.SEGMENT, most_ahead=100, segment_sectors=100)
    now = drive.serve(0, 0, 2, is_write=False) + 300_000
    drive.serve(now, 199, 1, is_write=False)
    # By then 98 sectors were read ahead: the arm had gone from cylinder 0 to 4, and goes 5 further.
    assert drive.statistics.seek == 1000 + 5 * 100


def test_reading_ahead_on_a_hit_begins_again() -> None:
    for begins in (False, True):
        drive = drive_of(read_ahead=ReadAhead.SEGMENT, ahead_on_hit=begins, discards_requested=True)
        now = drive.serve(0, 0, 2, is_write=False) + 100_000
        now = drive.serve(now, 2, 8, is_write=False) + 100_000
        drive.serve(now, 18, 8, is_write=False)
        assert drive.statistics.hits == 1 + begins


def test_a_write_is_done_when_the_medium_has_it() -> None:
    drive = drive_of()
    done = drive.serve(0, 3, 2, is_write=True)
    # Data of 2 sectors are in the buffer after 41 + 40; then 14 rotations of restarting: block 3 just comes.
    assert done == REVOLUTIONS * ROTATION + 3000 + 2000 + 3 + 7


def test_a_write_waits_for_data_that_come_slower_than_the_medium_takes_them() -> None:
    drive = Drive(replace(make_drive(GEOMETRY), interface=Interface(10, 1500)))
    # 10 sectors come in 15,000 cycles and are written in 10,000: the head may not start before 6000.
    assert drive.serve(0, 0, 10, is_write=True) == (REVOLUTIONS + 2) * ROTATION + 10_000 + 3 + 7


def test_a_cached_write_is_done_when_the_buffer_has_it() -> None:
    drive = drive_of()
    done = drive.serve(0, 3, 2, is_write=True, write_back=True)
    assert done == 31 + 2 * 20 + 7
    flushed = drive.flush(done)
    assert flushed == 3000 + 2000
    assert drive.flush(flushed + 5) == flushed + 5


def test_the_next_command_waits_until_the_cached_write_has_left_the_arm() -> None:
    drive = drive_of()
    done = drive.serve(0, 3, 2, is_write=True, write_back=True)
    assert drive.serve(done, 7, 1, is_write=False) == (REVOLUTIONS + 0) * ROTATION + 7000 + 1000 + 10 + 5


def test_cached_writes_that_continue_each_other_are_one() -> None:
    drive = drive_of()
    now = drive.serve(0, 3, 2, is_write=True, write_back=True)
    now = drive.serve(now, 5, 2, is_write=True, write_back=True)
    assert now == 31 + 40 + 7 + 32 + 40 + 7
    assert drive.flush(now) == 3000 + 4000
    apart = drive_of(combines_writes=False)
    now = apart.serve(0, 3, 2, is_write=True, write_back=True)
    now = apart.serve(now, 5, 2, is_write=True, write_back=True)
    assert now == 5000 + 40 + 7  # the first one had to leave the buffer


def test_a_write_that_does_not_fit_the_buffer_is_not_cached() -> None:
    drive = drive_of()
    assert drive.serve(0, 0, 17, is_write=True, write_back=True) > ROTATION
    assert drive.flush(10**7) == 10**7


def test_reading_in_sequence_is_as_fast_as_the_medium() -> None:
    parameters = replace(default_drive(), interface=Interface(1000, 1000))
    drive = Drive(parameters)
    now = 0
    for block in range(0, 40_960, 128):
        now = drive.serve(now, block, 128, is_write=False)
    zone = parameters.geometry.zones[0]
    tracks = 40_960 / zone.sectors
    passing = tracks * parameters.mechanics.rotation * (1 + zone.track_skew / zone.sectors)
    assert passing < now < 1.05 * passing


@pytest.mark.parametrize("name", MEASURED)
def test_a_later_command_is_never_done_earlier(name: str) -> None:
    parameters = find_measured(name)
    drive = Drive(parameters)
    now = 0
    for number in range(3000):
        block = number * 7919 * 31 % (parameters.geometry.blocks - 64)
        if number % 3:
            block = number // 3 * 40 % 100_000
        done = drive.serve(now, block, 1 + number % 40, number % 5 == 0, number % 2 == 0)
        assert done > now
        assert done < now + 40 * parameters.mechanics.rotation
        now = done + number % 7 * 100_000
