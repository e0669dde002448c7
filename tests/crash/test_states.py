"""Crash states are those, and only those, that the disk's promises allow."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vm.crash.history import History, Point
from vm.crash.marks import FREED
from vm.crash.recording import FreeWatch, Recording, Step, find_stages
from vm.crash.states import Count, Moment, list_states, make_state
from vm.machine.crash import Done, Event, Flushed, Started, WriteLog
from vm.machine.store import SECTOR

SECTORS = 16
BASE = bytes(range(1, SECTORS + 1))


def _sector(byte: int) -> bytes:
    return bytes([byte]) * SECTOR


def _make_recording(
    events: list[Event], write_cache: bool = False, freed: dict[int, list[int]] | None = None
) -> Recording:
    base = b"".join(_sector(byte) for byte in BASE)
    stages = [(0, 0)] * (len(events) + 1)
    return Recording(base, write_cache, events, freed or {}, stages, History(), {})


def _show(recording: Recording, changed: dict[int, bytes]) -> bytes:
    """Return an image as one byte for each sector; each sector has equal bytes, or is torn."""
    image = []
    for sector in range(SECTORS):
        data = changed.get(sector, recording.base[sector * SECTOR : (sector + 1) * SECTOR])
        assert len(set(data)) == 1, "a torn sector"
        image.append(data[0])
    return bytes(image)


def _list_legal(events: list[Event], write_cache: bool) -> set[bytes]:
    """Return every image that a crash at any moment may leave: by definition, one moment after the other."""
    legal: set[bytes] = set()
    for cut in range(len(events) + 1):
        happened = events[:cut]
        flushed = {number for event in happened if isinstance(event, Flushed) for number in event.numbers}
        done = {event.number for event in happened if isinstance(event, Done)}
        values = [[byte] for byte in BASE]
        for event in happened:
            if isinstance(event, Started):
                durable = event.number in (done if event.fua or not write_cache else flushed)
                for at in range(len(event.data) // SECTOR):
                    byte = event.data[at * SECTOR]
                    values[event.sector + at] = [byte] if durable else [*values[event.sector + at], byte]
        legal |= {bytes(image) for image in product(*values)}
    return legal


@st.composite
def _draw_events(draw: st.DrawFn) -> tuple[list[Event], bool]:
    """Draw a run of a disk: a few writes, done in any order, no two of one sector at a time."""
    write_cache, events = draw(st.booleans()), list[Event]()
    flying: dict[int, range] = {}
    cached: list[int] = []
    for number in range(1, draw(st.integers(1, 5)) + 1):
        first, length = draw(st.integers(0, SECTORS - 3)), draw(st.integers(1, 3))
        extent = range(first, first + length)
        for other in [n for n, sectors in flying.items() if set(sectors) & set(extent)]:
            events.append(Done(other))
            cached.append(other)
            del flying[other]
        events.append(
            Started(number, first, b"".join(_sector(100 + number) for _ in extent), draw(st.booleans()))
        )
        flying[number] = extent
        if draw(st.booleans()):
            events.append(Done(number))
            cached.append(number)
            del flying[number]
        if draw(st.integers(0, 3)) == 0:
            events.append(Flushed(tuple(cached)))
            cached = []
    return events, write_cache


@given(_draw_events())
def test_states_are_legal_and_many_legal_ones_are_found(drawn: tuple[list[Event], bool]) -> None:
    events, write_cache = drawn
    recording, count = _make_recording(events, write_cache), Count()
    found = {_show(recording, state.changed) for state in list_states(recording, 200, "seed", count)}
    legal = _list_legal(events, write_cache)
    assert found <= legal
    assert len(found) >= min(len(legal), 100) / 2
    assert len(found) == count.distinct <= count.generated


@given(_draw_events(), st.integers(0, 3))
def test_a_state_can_be_made_again(drawn: tuple[list[Event], bool], seed: int) -> None:
    events, write_cache = drawn
    recording = _make_recording(events, write_cache)
    states = list(list_states(recording, 2, str(seed), Count()))
    assert states == list(list_states(recording, 2, str(seed), Count()))
    for state in random.Random(seed).sample(states, min(5, len(states))):
        assert make_state(recording, state.moment) == state


@pytest.mark.parametrize("is_boundary", (False, True))
@pytest.mark.parametrize("differing", ((), (2,), (0, 7), (1, 2, 5)))
def test_each_part_of_few_sectors_that_differ_is_looked_at(
    differing: tuple[int, ...], is_boundary: bool
) -> None:
    """A block of a directory: of its eight sectors few have changed, and any of them may have arrived."""
    data = b"".join(_sector(200 + at if at in differing else BASE[at]) for at in range(8))
    recording = _make_recording([Started(1, 0, data, False)])
    if is_boundary:
        recording = replace(recording, stages=[(0, 0), (0, 1)])
    found = {
        tuple(at for at in differing if at in state.changed and state.changed[at][0] == 200 + at)
        for state in list_states(recording, 0, "", Count())
    }
    assert found == {part for size in range(len(differing) + 1) for part in combinations(differing, size)}


def test_impossible_states_are_refused() -> None:
    recording = _make_recording([Started(1, 0, _sector(101), False), Done(1)])
    for cut, choice in ((9, ()), (2, ((1, 1),)), (1, ((2, 1),)), (1, ((1, 2),))):
        with pytest.raises(ValueError, match=r"pending|events"):
            make_state(recording, Moment(cut, choice))


def test_equal_images_have_equal_keys() -> None:
    """A sector that gets back what it had at first is no change."""
    events: list[Event] = [
        Started(1, 3, _sector(101), False),
        Done(1),
        Started(2, 3, _sector(BASE[3]), False),
        Done(2),
    ]
    states = list(list_states(_make_recording(events), 2, "", Count()))
    assert len(states) == 2
    assert {state.key == 0 for state in states} == {True, False}


def test_freed_blocks_are_poisoned_until_they_are_written() -> None:
    events: list[Event] = [
        Started(1, 0, _sector(101), False),
        Done(1),
        Started(2, 8, _sector(102), False),
        Done(2),
    ]
    recording = _make_recording(events, freed={2: [1]})
    poison = FREED * (SECTOR // 16)
    states = {state.moment.cut: state for state in list_states(recording, 0, "", Count())}
    assert [states[cut].changed.get(8) for cut in (0, 1, 2, 3)] == [None, None, poison, _sector(102)]
    assert states[3].changed[9] == poison
    assert 7 not in states[3].changed


def test_obligations_are_judged_again_when_an_operation_returns() -> None:
    history = History()
    history.now = 1
    history.note_entry(0, "foo", 1)  # type: ignore[arg-type]
    history.points.append(Point(2, None, None))
    steps = [Step(1, 0, 0), Step(2, 0, 2), Step(3, 2, 2)]
    stages = find_stages(history, steps, 2)
    assert stages == [(0, 0), (0, 1), (2, 2)]
    events: list[Event] = [Started(1, 0, _sector(101), False), Done(1)]
    recording = Recording(b"".join(map(_sector, BASE)), False, events, {}, stages, history, {})
    states = [(state.moment, state.completed) for state in list_states(recording, 1, "", Count())]
    moments = [Moment(0, ()), Moment(1, ()), Moment(1, ((1, 1),)), Moment(2, ())]
    assert states == list(zip(moments, (0, 0, 0, 2)))


def test_the_watch_sees_what_becomes_free_between_two_events() -> None:
    free = bytearray(8)
    watch = FreeWatch(WriteLog(b""), lambda: bytes(free))
    watch.write_started(1, 0, b"", False)
    free[3] = free[5] = 1
    watch.write_done(1)
    free[3] = 0
    watch.flush_done([1])
    free[3] = 1
    watch.look()
    watch.look()
    assert watch.freed == {1: [3, 5], 3: [3]}
    assert watch.log.events == [Started(1, 0, b"", False), Done(1), Flushed((1,))]
