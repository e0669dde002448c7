"""Images after a crash are those that the disk's promises allow; a naive oracle says which.

The oracle keeps for each sector everything that was ever written to it, with what became of each write, and
knows nothing of masks, keys or overlays.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vm.machine.crash import Done, Event, Flushed, Started, WriteLog
from vm.machine.crash_medium import Choice, Medium
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
    is_durable: bool = False


def legal_values(log: WriteLog, cut: int) -> list[set[bytes]]:
    """Return what each sector may hold after a crash at `cut`, by the rules as they are told."""
    writes: dict[int, Written] = {}
    done: set[int] = set()
    for event in log.events[:cut]:
        match event:
            case Started(number=number):
                writes[number] = Written(event)
            case Done(number=number):
                done.add(number)
                writes[number].is_durable |= writes[number].event.fua or not log.write_cache
            case Flushed(numbers=numbers):
                for number in numbers:
                    assert number in done
                    writes[number].is_durable = True
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


@st.composite
def logs(draw: st.DrawFn) -> WriteLog:
    """A log of a disk that may do anything that a disk may do."""
    log = WriteLog(BASE, draw(st.booleans()))
    running: list[int] = []
    cached: list[int] = []
    direct: set[int] = set()
    for number in range(draw(st.integers(0, 12))):
        match draw(st.integers(0, 4)):
            case 0 | 1 | 2:
                sector = draw(st.integers(0, SECTORS - 1))
                count = draw(st.integers(1, min(3, SECTORS - sector)))
                data = b"".join(fill(draw(st.integers(0, 4))) for _ in range(count))
                fua = draw(st.booleans())
                log.write_started(number, sector, data, fua)
                running.append(number)
                if fua or not log.write_cache:
                    direct.add(number)
            case 3 if running:
                done = running.pop(draw(st.integers(0, len(running) - 1)))
                log.write_done(done)
                if done not in direct:
                    cached.append(done)
            case _:
                log.flush_done(cached)
                cached = []
    return log


def show(log: WriteLog, changed: dict[int, bytes]) -> bytes:
    """Return an image as it is."""
    sectors = range(len(log.base) // SECTOR)
    return b"".join(changed.get(each, log.base[each * SECTOR : (each + 1) * SECTOR]) for each in sectors)


def draw_choice(medium: Medium, chance: random.Random) -> Choice:
    drawn = ((write.number, chance.getrandbits(9) & write.whole) for write in medium.pending.values())
    return tuple((number, mask) for number, mask in drawn if mask)


def media(log: WriteLog) -> list[Medium]:
    """Return the medium at each cut."""
    found = []
    for cut in range(len(log.events) + 1):
        medium = Medium(log.base, log.write_cache)
        for event in log.events[:cut]:
            medium.move(event)
        found.append(medium)
    return found


@given(logs(), st.integers(0, 1 << 30))
def test_images_are_legal_and_known_by_their_keys(log: WriteLog, seed: int) -> None:
    chance = random.Random(seed)
    images: dict[int, bytes] = {}
    keys: dict[bytes, int] = {}
    for cut, medium in enumerate(media(log)):
        legal = legal_values(log, cut)
        everything = tuple((write.number, write.whole) for write in medium.pending.values())
        for choice in ((), everything, *(draw_choice(medium, chance) for _ in range(5))):
            changed, key = medium.make_image(choice)
            image = show(log, changed)
            pieces = [image[at : at + SECTOR] for at in range(0, len(image), SECTOR)]
            assert all(piece in values for piece, values in zip(pieces, legal, strict=True)), choice
            assert images.setdefault(key, image) == image
            assert keys.setdefault(image, key) == key


@given(logs())
def test_each_legal_image_can_be_chosen(log: WriteLog) -> None:
    """Of two sectors, and writes of one or two: so that all choices can be tried."""
    small = WriteLog(BASE[: 2 * SECTOR], log.write_cache)
    small.events = [_shrink(event) for event in log.events]
    for cut, medium in enumerate(media(small)):
        masks = [
            [(write.number, mask) for mask in range(4) if not mask & ~write.whole]
            for write in medium.pending.values()
        ]
        found = {show(small, medium.make_image(choice)[0]) for choice in product(*masks[-5:])}
        first, second = legal_values(small, cut)[:2]
        expected = {a + b for a in first for b in second}
        assert found <= expected
        assert found == expected or len(masks) > 5


def _shrink(event: Event) -> Event:
    if isinstance(event, Started):
        sector = event.sector % 2
        return Started(event.number, sector, event.data[: (2 - sector) * SECTOR], event.fua)
    return event


@given(logs(), st.integers(0, SECTORS - 1))
def test_what_somebody_else_writes_is_below_what_is_pending(log: WriteLog, sector: int) -> None:
    for cut, medium in enumerate(media(log)):
        medium.overwrite(sector, fill(77))
        everything = tuple((write.number, write.whole) for write in medium.pending.values())
        (none, none_key), (all_, _) = medium.make_image(()), medium.make_image(everything)
        assert none[sector] == fill(77)
        assert none_key != Medium(log.base, log.write_cache).key
        covered = [w for w in medium.pending.values() if w.whole << w.sector >> sector & 1]
        newest = covered[-1].pieces[sector - covered[-1].sector] if covered else fill(77)
        assert all_[sector] == newest, cut


@pytest.mark.parametrize("write_cache", [False, True])
def test_the_log_of_a_real_disk_ends_as_the_disk_does(write_cache: bool) -> None:
    """Forty writes, some past the cache; between them time passes, and everything is flushed in the end."""
    sectors = 400
    machine = make_machine(MemoryStore(sectors), write_cache=write_cache)
    log = WriteLog(machine.disk.store.read(0, sectors), write_cache)
    machine.disk.observer = log
    chance = random.Random(9)
    for number in range(40):
        count = chance.randrange(1, 16)
        sector = chance.randrange(sectors - count)
        machine.disk.write(sector, [chance.randbytes(count * SECTOR)], lambda: None, fua=number % 7 == 0)
        if number % 5 == 0:
            machine.disk.flush(lambda: None)
        machine.clock.advance(chance.randrange(4_000_000))
    while machine.clock.run_next():
        pass
    machine.disk.flush(lambda: None)
    while machine.clock.run_next():
        pass
    pending = [len(medium.pending) for medium in media(log)]
    assert max(pending) > 3
    assert pending[-1] == 0
    assert show(log, media(log)[-1].make_image(())[0]) == machine.disk.store.read(0, sectors)


def test_a_sector_that_gets_back_what_it_had_is_no_change() -> None:
    log = WriteLog(BASE)
    for number, value in ((1, 5), (2, 0)):
        log.write_started(number, 3, fill(value), False)
        log.write_done(number)
    keys = [medium.key for medium in media(log)]
    assert keys[0] == keys[1] == keys[4] == 0
    assert keys[2] == keys[3] != 0
