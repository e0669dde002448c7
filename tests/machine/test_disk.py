"""A disk: what is asked for is done, in an order that suits the arm, at times that are always the same."""

from __future__ import annotations

import random
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.diagnostic import Refused
from tests.machine.drives import make_drive, make_geometry, make_zone
from vm.machine.crash import Done, Event, Flushed, Started, WriteLog
from vm.machine.machine import Machine, default_drive, make_machine
from vm.machine.store import SECTOR, MemoryStore

SECTORS = 4096


def make(write_cache: bool = False, sectors: int = SECTORS) -> Machine:
    return make_machine(MemoryStore(sectors), write_cache=write_cache)


def run(machine: Machine) -> None:
    while machine.clock.run_next():
        pass


def watch(machine: Machine) -> WriteLog:
    log = WriteLog(machine.disk.store.read(0, machine.disk.sectors), machine.disk.write_cache)
    machine.disk.observer = log
    return log


def test_a_write_comes_back_in_pieces() -> None:
    machine = make()
    done: list[str] = []
    machine.disk.write(8, [b"a" * 4096, b"b" * 512], lambda: done.append("write"))
    page, rest = bytearray(512), bytearray(4096)
    machine.disk.read(8, [page, memoryview(rest)], lambda: done.append("read"))
    assert machine.disk.busy
    assert page == bytes(512)
    run(machine)
    assert done == ["write", "read"]
    assert (page, rest) == (b"a" * 512, b"a" * 3584 + b"b" * 512)
    assert not machine.disk.busy
    statistics = machine.disk.statistics
    assert (statistics.requests, statistics.reads, statistics.writes) == (2, 1, 1)
    assert (statistics.sectors_read, statistics.sectors_written) == (9, 9)
    assert statistics.busy == machine.clock.now


def test_statistics_account_for_the_time() -> None:
    machine = make()
    chance = random.Random(1)
    for _ in range(200):
        sector = chance.randrange(SECTORS - 16)
        if chance.random() < 0.5:
            machine.disk.write(sector, [bytes(16 * SECTOR)], lambda: None)
        else:
            machine.disk.read(sector, [bytearray(16 * SECTOR)], lambda: None)
        run(machine)
    found = machine.disk.statistics
    parts = found.overhead + found.seek + found.rotation + found.transfer
    assert abs(found.busy - parts) <= 3 * found.requests


def test_a_buffer_is_filled_just_before_its_caller_is_told() -> None:
    machine = make()
    machine.disk.store.write(0, b"x" * SECTOR)
    page = bytearray(SECTOR)
    seen: list[bytes] = []
    machine.disk.read(0, [page], lambda: seen.append(bytes(page)))
    assert machine.clock.next_at is not None
    machine.clock.advance(machine.clock.next_at - 1)
    assert page == bytes(SECTOR)
    run(machine)
    assert seen == [b"x" * SECTOR]


def test_the_queue_goes_up_and_begins_again() -> None:
    machine = make()
    order: list[int] = []
    for sector in (2000, 800, 3000, 2400, 160, 2208):
        machine.disk.read(sector, [bytearray(SECTOR)], partial(order.append, sector))
    run(machine)
    assert order == [2000, 2208, 2400, 3000, 160, 800]


def test_who_comes_while_others_wait_is_taken_in() -> None:
    machine = make()
    order: list[int] = []

    def first() -> None:
        order.append(100)
        for sector in (50, 300):
            machine.disk.read(sector, [bytearray(SECTOR)], partial(order.append, sector))

    machine.disk.read(100, [bytearray(SECTOR)], first)
    for sector in (200, 400):
        machine.disk.read(sector, [bytearray(SECTOR)], partial(order.append, sector))
    run(machine)
    assert order == [100, 200, 300, 400, 50]


def test_requests_for_the_same_blocks_keep_their_order() -> None:
    machine = make()
    order: list[str] = []
    page = bytearray(2 * SECTOR)
    machine.disk.write(2000, [b"0" * SECTOR], partial(order.append, "elsewhere"))
    machine.disk.write(101, [b"1" * SECTOR * 2], partial(order.append, "first"))
    machine.disk.write(100, [b"2" * SECTOR * 2], partial(order.append, "second"))
    machine.disk.read(100, [page], partial(order.append, "read"))
    machine.disk.write(100, [b"3" * SECTOR], partial(order.append, "third"))
    run(machine)
    assert order == ["elsewhere", "first", "second", "read", "third"]
    assert page == b"2" * SECTOR * 2
    assert machine.disk.store.read(100, 3) == b"3" * SECTOR + b"2" * SECTOR + b"1" * SECTOR


Operation = tuple[bool, int, int]


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 60), st.integers(1, 20)), max_size=30), st.booleans())
def test_reads_and_the_medium_are_as_if_there_were_no_queue(
    operations: list[Operation], write_cache: bool
) -> None:
    machine = make(write_cache, sectors=80)
    plain = MemoryStore(80)
    reads: list[tuple[bytearray, bytes]] = []
    told: list[int] = []
    for number, (is_write, sector, count) in enumerate(operations):
        if is_write:
            data = b"".join(number.to_bytes(2, "big") * (SECTOR // 2) for _ in range(count))
            plain.write(sector, data)
            machine.disk.write(sector, [data], partial(told.append, number), fua=number % 3 == 0)
        else:
            reads.append((bytearray(count * SECTOR), plain.read(sector, count)))
            machine.disk.read(sector, [reads[-1][0]], partial(told.append, number))
        if number % 4 == 3:
            machine.clock.advance(10**6)
    run(machine)
    assert sorted(told) == list(range(len(operations)))
    assert machine.disk.store.read(0, 80) == plain.read(0, 80)
    assert all(buffer == expected for buffer, expected in reads)
    assert not machine.disk.busy


def test_without_a_cache_writes_take_as_long_as_the_medium() -> None:
    times = []
    for write_cache in (False, True):
        machine = make(write_cache)
        machine.disk.write(3000, [bytes(4096)], lambda: None)
        run(machine)
        times.append(machine.clock.now)
    assert times[1] < 400_000 < times[0]


def test_a_flush_waits_for_the_medium() -> None:
    machine = make(write_cache=True)
    log = watch(machine)
    told: list[int] = []
    machine.disk.write(
        3000, [bytes(4096)], lambda: machine.disk.flush(lambda: told.append(machine.clock.now))
    )
    run(machine)
    assert log.events[1:] == [Done(1), Flushed((1,))]
    assert told[0] > 400_000
    assert machine.disk.statistics.flushes == 1


def test_a_flush_covers_what_was_done_before_it_was_asked_for() -> None:
    machine = make(write_cache=True)
    log = watch(machine)
    machine.disk.write(0, [bytes(SECTOR)], lambda: None)
    run(machine)
    machine.disk.write(1000, [bytes(SECTOR)], lambda: None)
    machine.disk.flush(lambda: None)
    run(machine)
    machine.disk.flush(lambda: None)
    machine.disk.flush(lambda: None)
    run(machine)
    flushes = [event.numbers for event in log.events if isinstance(event, Flushed)]
    assert flushes == [(1,), (2,), ()]


def test_past_the_cache_a_write_takes_the_medium_and_is_durable() -> None:
    machine = make(write_cache=True)
    log = watch(machine)
    machine.disk.write(3000, [bytes(4096)], lambda: None, fua=True)
    run(machine)
    assert machine.clock.now > 400_000
    machine.disk.flush(lambda: None)
    run(machine)
    assert log.events == [Started(1, 3000, bytes(4096), True), Done(1), Flushed(())]


def test_without_a_cache_a_flush_takes_no_time() -> None:
    machine = make()
    log = watch(machine)
    told: list[int] = []
    machine.disk.flush(lambda: told.append(machine.clock.now))
    assert machine.disk.busy
    assert not told
    machine.clock.advance(0)
    assert told == [0]
    assert log.events == [Flushed(())]


def test_who_is_told_of_a_flush_may_go_on() -> None:
    machine = make(write_cache=True)
    order: list[str] = []

    def go_on() -> None:
        order.append("flushed")
        machine.disk.write(8, [bytes(SECTOR)], partial(order.append, "written"))
        machine.disk.flush(partial(order.append, "flushed again"))

    machine.disk.write(0, [bytes(SECTOR)], lambda: machine.disk.flush(go_on))
    run(machine)
    assert order == ["flushed", "flushed again", "written"]


def test_nonsense_is_a_mistake_of_the_kernel() -> None:
    disk = make().disk
    for sector, buffers in (
        (SECTORS, [bytearray(SECTOR)]),
        (-1, [bytearray(SECTOR)]),
        (0, []),
        (0, [bytearray(5)]),
    ):
        with pytest.raises(AssertionError):
            disk.read(sector, buffers, lambda: None)
        with pytest.raises(AssertionError):
            disk.write(sector, [bytes(buffer) for buffer in buffers], lambda: None)
    assert not disk.busy


def events_of(seed: int, write_cache: bool) -> tuple[int, list[tuple[int, int]], list[Event]]:
    machine = make(write_cache)
    log = watch(machine)
    chance = random.Random(seed)
    times: list[tuple[int, int]] = []
    for number in range(150):
        sector, count = chance.randrange(SECTORS - 32), chance.randrange(1, 32)
        note = partial(lambda number: times.append((number, machine.clock.now)), number)
        if chance.random() < 0.1:
            machine.disk.flush(note)
        elif chance.random() < 0.5:
            machine.disk.write(sector, [chance.randbytes(count * SECTOR)], note, fua=chance.random() < 0.2)
        else:
            machine.disk.read(sector, [bytearray(count * SECTOR)], note)
        machine.clock.advance(chance.randrange(3_000_000))
    run(machine)
    return machine.clock.now, times, log.events


@pytest.mark.parametrize("write_cache", [False, True])
def test_the_same_run_takes_the_same_time(write_cache: bool) -> None:
    assert events_of(5, write_cache) == events_of(5, write_cache)
    assert events_of(5, write_cache)[0] != events_of(6, write_cache)[0]


def test_the_times_of_a_run_stay_what_they_were() -> None:
    # Virtual times are part of what we publish: a change here changes every figure in docs/.
    machine = make_machine(MemoryStore(200_000))
    times: list[int] = []
    for sector in (0, 64, 150_000, 150_008, 12_345):
        machine.disk.read(sector, [bytearray(8 * SECTOR)], lambda: None)
        run(machine)
        times.append(machine.clock.now)
    machine.disk.write(70_000, [bytes(64 * SECTOR)], lambda: None)
    run(machine)
    assert [*times, machine.clock.now] == TIMES


TIMES = [1_757_548, 2_331_024, 3_908_085, 4_006_405, 6_246_795, 9_139_785]


def test_a_drive_holds_only_so_much() -> None:
    assert (
        make_machine(MemoryStore(8), make_drive(make_geometry(make_zone(0, 0, 4), blocks=8))).disk.sectors
        == 8
    )
    with pytest.raises(Refused) as refusal:
        make_machine(MemoryStore(9), make_drive(make_geometry(make_zone(0, 0, 4), blocks=8)))
    assert refusal.value.diagnostics[0].code == "DSK009"


def test_the_default_machine_is_the_papers_with_a_barracuda() -> None:
    machine = make(sectors=32)
    assert machine.memory.pages * 4096 == 64 << 20
    assert (machine.disk.blocks, machine.disk.sectors, machine.disk.write_cache) == (4, 32, False)
    assert default_drive().name == "SEAGATE_ST32171W"
