"""Packet rings: what is put in comes out, in order; full means dropped, and counted; the pages are pinned."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.net.world import Machine, World
from tests.xok.world import halt_all, refused
from vm.machine.memory import PAGE
from vm.net.reader import RingReader
from vm.net.ring import FROM_ENVIRONMENT, HEADER
from vm.xok.capability import ROOT, Capability
from vm.xok.refusal import Code

FRAME = bytes(12) + b"\x08\x00" + bytes(46)


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from([32, 48, 80, 4096, 5008, 8192]), st.lists(st.integers(0, 9000) | st.none(), max_size=60)
)
def test_a_ring_is_a_bounded_queue(slot: int, steps: list[int | None]) -> None:
    """A number puts a message of so many bytes; None takes one."""
    machine = Machine(pages=64)
    user = machine.login(ROOT)
    ring, reader = machine.make_ring(user, pages=2, slot=slot)
    slots = 2 * PAGE // slot
    queue: list[tuple[bytes, int]] = []
    for number, step in enumerate(steps):
        if step is None:
            assert reader.take() == (queue.pop(0) if queue else None)
            continue
        message = bytes([number]) * step
        code = refused(partial(user.net_ring_put, ring, message))
        if step > slot - HEADER:
            assert code is Code.OUT_OF_RANGE
        elif len(queue) == slots:
            assert code is Code.RING_FULL
        else:
            assert code is None
            queue.append((message, FROM_ENVIRONMENT + machine.environment(user).id))
    halt_all()


def test_full_is_dropped_and_counted_and_nothing_else_is() -> None:
    world = World()
    slots = world.alice.net_ring_info(world.ring).slots
    world.arrive(*[FRAME] * (slots + 3))
    info = world.alice.net_ring_info(world.ring)
    assert (info.put, info.dropped) == (slots, 3)
    assert world.alice.net_filter_info(world.filter).counts["dropped"] == 3
    world.reader.take()
    world.arrive(FRAME, FRAME)
    assert world.alice.net_ring_info(world.ring).put == slots + 1


def test_a_frame_that_is_longer_than_a_slot_is_dropped_and_counted() -> None:
    world = World()
    world.arrive(FRAME + bytes(300))
    assert world.alice.net_filter_info(world.filter).counts["dropped"] == 1
    assert world.reader.take() is None


def test_a_word_of_the_area_counts_so_that_a_predicate_can_wait() -> None:
    world = World()
    world.kernel.clock.schedule(world.kernel.clock.now + 5_000, lambda: world.card.receive(FRAME))
    world.alice.sleep((((0, ">", 0),),))
    assert world.alice.area.words[0] == 1
    assert world.reader.take() is not None


def test_environments_queue_messages_for_each_other() -> None:
    world = World()
    ring = world.alice.net_ring_create(
        [world.page, world.spare], 64, 1, (Capability(b"\xc0a"), Capability(b"\xc0b", 1))
    )
    world.bob.net_ring_put(ring, b"hello")
    world.root.net_ring_put(ring, b"world")
    views = [world.alice.page_bind(page, True) for page in (world.page, world.spare)]
    reader = RingReader(views, 64)
    assert reader.take() == (b"hello", FROM_ENVIRONMENT + world.environment(world.bob).id)
    assert reader.take() == (b"world", FROM_ENVIRONMENT + world.environment(world.root).id)
    stranger = world.login(Capability(b"s"))
    assert refused(lambda: stranger.net_ring_put(ring, b"!")) is Code.ACCESS_DENIED


def test_pages_of_a_ring_are_pinned_until_it_ends() -> None:
    world = World()
    page = world.ring_pages[0]
    assert refused(lambda: world.alice.page_free(page)) is Code.PAGE_PINNED
    assert refused(lambda: world.alice.page_return([page])) is Code.PAGE_PINNED
    assert refused(lambda: world.alice.region_create(page, 0, 8)) is Code.PAGE_PINNED
    assert refused(lambda: world.root.page_free(page)) is Code.PAGE_PINNED
    world.alice.net_ring_free(world.ring)
    world.arrive(FRAME)
    assert world.alice.net_filter_info(world.filter).counts["dropped"] == 1
    world.alice.page_free(page)


def test_a_library_that_lies_about_its_ring_loses_only_its_own_messages() -> None:
    world = World()
    world.views[0][:] = b"\xff" * PAGE
    world.arrive(FRAME)
    assert world.alice.net_ring_info(world.ring).dropped == 1
    world.views[0][:] = bytes(PAGE)
    world.arrive(FRAME)
    assert world.alice.net_ring_info(world.ring).put == 1


def test_pins_are_charged_and_given_back() -> None:
    world = World()
    account = world.environment(world.alice).account
    used = list(account.used)
    ring = world.alice.net_ring_create([world.page, world.spare], 64)
    world.alice.net_ring_free(ring)
    assert account.used == used
    world.alice.net_handler_remove(world.handler)
    assert sum(used) - sum(account.used) == 2


@pytest.mark.parametrize("pages", [0, 65])
def test_a_ring_has_so_many_pages(pages: int) -> None:
    machine = Machine()
    user = machine.login(ROOT)
    numbers = [user.page_allocate() for _ in range(pages)]
    assert refused(lambda: user.net_ring_create(numbers, 64)) is Code.OUT_OF_RANGE
