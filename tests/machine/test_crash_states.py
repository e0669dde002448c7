"""Crash states are legal, differ, and can be made again; a naive oracle says what is legal.

The oracle keeps for each sector everything that was ever written to it, with what became of each write, and
knows nothing of masks, keys or overlays.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vm.machine.crash import Done, Flushed, Mark, Started, WriteLog
from vm.machine.crash_medium import Medium
from vm.machine.crash_states import CrashState, list_states, make_state, parse_choice, show_choice
from vm.machine.machine import make_machine
from vm.machine.store import SECTOR, MemoryStore

SECTORS = 10
BASE = bytes(SECTORS * SECTOR)


def fill(value: int) -> bytes:
    return bytes([value]) * SECTOR


@dataclass
class Written:
    """A write as the oracle sees it."""

    event: Started
    is_done: bool = False
    is_durable: bool = False


def legal_values(log: WriteLog, cut: int) -> list[set[bytes]]:
    """Return what each sector may hold after a crash at `cut`, by the rules as they are told."""
    writes: dict[int, Written] = {}
    for event in log.events[:cut]:
        match event:
            case Started(number=number):
                writes[number] = Written(event)
            case Done(number=number):
                writes[number].is_done = True
                writes[number].is_durable |= event_is_direct(log, writes[number].event)
            case Flushed(numbers=numbers):
                for number in numbers:
                    assert writes[number].is_done
                    writes[number].is_durable = True
            case Mark():
                pass
    found = []
    for sector in range(SECTORS):
        values = [log.base[sector * SECTOR : (sector + 1) * SECTOR]]
        for number in sorted(writes):
            event = writes[number].event
            begin = (sector - event.sector) * SECTOR
            if 0 <= begin < len(event.data):
                if writes[number].is_durable:
                    values.clear()
                values.append(event.data[begin : begin + SECTOR])
        found.append(set(values))
    return found


def event_is_direct(log: WriteLog, event: Started) -> bool:
    return event.fua or not log.write_cache


@st.composite
def logs(draw: st.DrawFn) -> WriteLog:
    """A log of a disk that may do anything that a disk may do."""
    log = WriteLog(BASE, draw(st.booleans()))
    running: list[int] = []
    cached: list[int] = []
    direct: set[int] = set()
    for number in range(draw(st.integers(0, 12))):
        match draw(st.integers(0, 4)):
            case 0 | 1:
                sector = draw(st.integers(0, SECTORS - 1))
                count = draw(st.integers(1, min(3, SECTORS - sector)))
                data = b"".join(fill(draw(st.integers(0, 4))) for _ in range(count))
                fua = draw(st.booleans())
                log.write_started(number, sector, data, fua)
                running.append(number)
                if fua or not log.write_cache:
                    direct.add(number)
            case 2 if running:
                done = running.pop(draw(st.integers(0, len(running) - 1)))
                log.write_done(done)
                if done not in direct:
                    cached.append(done)
            case 3:
                log.flush_done(cached)
                cached = []
            case _:
                log.mark(str(number))
    return log


def content(state: CrashState) -> bytes:
    return state.image.read(0, SECTORS)


@given(logs(), st.integers(1, 12))
def test_states_are_legal_and_differ(log: WriteLog, per_cut: int) -> None:
    seen: set[tuple[bytes, int]] = set()
    cuts: dict[int, int] = {}
    keys: dict[int, bytes] = {}
    for state in list_states(log, per_cut, seed="s"):
        legal = legal_values(log, state.cut)
        image = content(state)
        pieces = [image[at : at + SECTOR] for at in range(0, len(image), SECTOR)]
        assert all(piece in values for piece, values in zip(pieces, legal, strict=True)), str(state)
        assert (image, state.marks) not in seen
        seen.add((image, state.marks))
        assert keys.setdefault(state.key, image) == image
        assert state.marks == len(log.marks(state.cut))
        cuts[state.cut] = cuts.get(state.cut, 0) + 1
        again = make_state(log, state.cut, show_choice(state.choice) or "none")
        assert (content(again), again.key, again.choice, again.marks) == (image, *_key_choice_marks(state))
    assert all(count <= per_cut for count in cuts.values())


def _key_choice_marks(state: CrashState) -> tuple[object, ...]:
    return state.key, state.choice, state.marks


@given(logs())
def test_with_enough_draws_every_legal_image_of_single_sectors_is_there(log: WriteLog) -> None:
    single = WriteLog(BASE, log.write_cache)
    single.events = [
        Started(e.number, e.sector % 2, e.data[:SECTOR], e.fua) if isinstance(e, Started) else e
        for e in log.events
        if not isinstance(e, Mark)
    ]
    found = {content(state)[: 2 * SECTOR] for state in list_states(single, 200)}
    expected: set[bytes] = set()
    for cut in range(len(single.events) + 1):
        first, second = legal_values(single, cut)[:2]
        expected |= {a + b for a in first for b in second}
    assert found == expected


@given(logs())
def test_keys_are_the_same_however_they_are_computed(log: WriteLog) -> None:
    medium = Medium(log.base, log.write_cache)
    for event in log.events:
        medium.move(event)
        writes = list(medium.pending.values())
        whole = tuple((write.number, write.whole) for write in writes)
        assert medium.prefix_keys() == [medium.choice_key(whole[:k]) for k in range(len(whole) + 1)]
        for index, write in enumerate(writes):
            others = whole[:index] + whole[index + 1 :]
            assert medium.key_without(write, medium.choice_key(whole)) == medium.choice_key(others)


def log_of_disk(write_cache: bool, writes: int = 40, sectors: int = 400) -> WriteLog:
    machine = make_machine(MemoryStore(sectors), write_cache=write_cache)
    log = WriteLog(machine.disk.store.read(0, sectors), write_cache)
    machine.disk.observer = log
    chance = random.Random(9)
    for number in range(writes):
        count = chance.randrange(1, 16)
        sector = chance.randrange(sectors - count)
        machine.disk.write(sector, [chance.randbytes(count * SECTOR)], lambda: None, fua=number % 7 == 0)
        if number % 5 == 0:
            machine.disk.flush(lambda: log.mark("flushed"))
        machine.clock.advance(chance.randrange(4_000_000))
    while machine.clock.run_next():
        pass
    return log


@pytest.mark.parametrize("write_cache", [False, True])
def test_the_same_log_and_seed_give_the_same_states(write_cache: bool) -> None:
    log = log_of_disk(write_cache)
    first = [(str(state), state.key) for state in list_states(log, 8, "a")]
    assert first == [(str(state), state.key) for state in list_states(log, 8, "a")]
    assert first != [(str(state), state.key) for state in list_states(log, 8, "b")]
    assert len(first) > 3 * len(log.events)


def test_the_end_of_a_run_that_was_flushed_has_one_state() -> None:
    machine = make_machine(MemoryStore(64), write_cache=True)
    log = WriteLog(bytes(64 * SECTOR), write_cache=True)
    machine.disk.observer = log
    for sector in (3, 9, 3):
        machine.disk.write(sector, [fill(sector)], lambda: None)
    while machine.clock.run_next():
        pass
    machine.disk.flush(lambda: log.mark("synced"))
    while machine.clock.run_next():
        pass
    states = list(list_states(log, 100))
    assert [state.choice for state in states if state.marks == 1] == [()]
    assert states[-1].image.read(0, 64) == machine.disk.store.read(0, 64)
    assert len(states) == 4 + 1


def test_an_image_counts_again_when_more_is_promised() -> None:
    log = WriteLog(BASE)
    log.write_started(1, 0, fill(1), False)
    log.mark("fsync")
    states = [(str(state), state.marks) for state in list_states(log)]
    assert states == [
        ("cut 0: none", 0),
        ("cut 1: 1:0x1", 0),
        ("cut 2: none", 1),
        ("cut 2: 1:0x1", 1),
    ]
    assert log.marks(1) == ()
    assert log.marks(2) == ("fsync",)


def test_one_write_may_arrive_in_part_but_no_sector_is_torn() -> None:
    log = WriteLog(BASE)
    log.write_started(1, 2, fill(1) + fill(2) + fill(3), False)
    images = {content(state)[2 * SECTOR : 5 * SECTOR] for state in list_states(log, 100)}
    assert images == {
        a + b + c for a in (fill(0), fill(1)) for b in (fill(0), fill(2)) for c in (fill(0), fill(3))
    }


def test_whoever_gets_an_image_may_write_to_it() -> None:
    log = log_of_disk(write_cache=True, writes=5)
    plain = [state.image.read(0, 400) for state in list_states(log, 4)]
    spoilt = []
    for state in list_states(log, 4):
        spoilt.append(state.image.read(0, 400))
        state.image.write(0, bytes(400 * SECTOR))
    assert plain == spoilt
    assert log.base == bytes(400 * SECTOR)


@pytest.mark.parametrize("choice", ["9", "1:0x8", "1:-0x1", "1:", "x", "1:zz", "1 1:0x8"])
def test_a_state_that_there_is_not_is_refused(choice: str) -> None:
    log = WriteLog(BASE)
    log.write_started(1, 2, fill(1) + fill(2) + fill(3), False)
    if choice == "1:":
        assert parse_choice(choice, _medium_of(log)) == ((1, 7),)
        return
    with pytest.raises(ValueError, match=r"."):
        make_state(log, 1, choice)
    with pytest.raises(ValueError, match="no cut 2"):
        make_state(log, 2, "none")


def _medium_of(log: WriteLog) -> Medium:
    medium = Medium(log.base, log.write_cache)
    for event in log.events:
        medium.move(event)
    return medium
