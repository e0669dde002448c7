"""Handlers in the kernel: consumed, delivered, aborted; in their owner's memory, at their owner's cost."""

from __future__ import annotations

from functools import partial

import pytest

from tests.net.handlers import COUNTER, FAR, INCREMENT, OUTSIDE, WAKER, make_handler
from tests.net.world import World
from tests.xok.world import refused
from vm.machine.memory import PAGE
from vm.xok.refusal import Code, Refusal

HEAD = bytes(12) + b"\x08\x00"


def increment(number: int, length: int = 60) -> bytes:
    return (HEAD + number.to_bytes(4, "big")).ljust(length, b"\0")


class _World(World):
    def bind(self, form: bytes, pages: int = 1) -> tuple[int, list[memoryview]]:
        numbers = [self.alice.page_allocate() for _ in range(pages)]
        handler = self.alice.net_handler_install(form, numbers)
        self.alice.net_filter_bind(self.filter, handler)
        return handler, [self.alice.page_bind(page, True) for page in numbers]


def test_remote_increment_answers_at_once_and_consumes() -> None:
    world = _World()
    handler, (memory,) = world.bind(INCREMENT)
    world.arrive(increment(5), increment(7))
    world.settle()
    assert int.from_bytes(memory[:4], "little") == 12
    assert [frame[14:18] for frame in world.sent] == [bytes([0, 0, 0, 5]), bytes([0, 0, 0, 12])]
    info = world.alice.net_handler_info(handler)
    assert (info.counts["runs"], info.counts["consumed"], info.counts["sent"]) == (2, 2, 2)
    assert world.alice.net_filter_info(world.filter).counts["consumed"] == 2
    assert world.reader.take() is None


def test_an_abort_changes_nothing_says_why_and_the_message_goes_on_unchanged() -> None:
    world = _World()
    handler, (memory,) = world.bind(INCREMENT)
    world.arrive(increment(9))
    world.settle()
    before = bytes(memory)
    world.arrive(increment(0), HEAD)
    world.settle()
    assert bytes(memory) == before
    assert len(world.sent) == 1
    assert world.reader.take() == (increment(0), world.filter)
    assert world.reader.take() == (HEAD, world.filter)
    assert world.alice.net_handler_info(handler).aborted == {
        "require: word != 0": 1,
        "require: length >= 18": 1,
    }
    assert world.alice.net_filter_info(world.filter).counts["delivered"] == 2


def test_who_is_woken_can_wait_for_it() -> None:
    world = _World()
    handler, _ = world.bind(WAKER, pages=0)
    world.kernel.clock.schedule(world.kernel.clock.now + 5_000, lambda: world.card.receive(increment(1)))
    world.alice.sleep((((7, ">", 0),),))
    counts = world.alice.net_handler_info(handler).counts
    assert (counts["wakes"], counts["refused"], counts["delivered"]) == (1, 1, 1)


def test_memory_of_several_pages_is_one_to_the_handler() -> None:
    world = _World()
    _, memory = world.bind(FAR, pages=2)
    world.arrive(increment(1))
    assert (memory[1][PAGE - 1], memory[0][PAGE - 1]) == (77, 0)


def test_a_longer_message_than_the_handler_takes_is_delivered() -> None:
    world = _World()
    handler, (memory,) = world.bind(COUNTER)
    world.arrive(increment(1, 1600))
    assert world.alice.net_handler_info(handler).counts["skipped"] == 1
    assert bytes(memory[:8]) == bytes(8)


def test_its_owner_pays_although_another_one_runs() -> None:
    world = _World()
    world.bind(COUNTER)
    alice, bob = world.environment(world.alice), world.environment(world.bob)
    world.bob.null()
    world.kernel.scheduler._settle()
    before, bobs, now = alice.cycles, bob.cycles, world.kernel.clock.now
    world.kernel.clock.schedule(now + 1000, lambda: world.card.receive(increment(1)))
    world.bob.compute(3000)
    world.kernel.scheduler._settle()
    cycles = world.alice.net_filter_info(world.filter).counts["cycles"]
    assert alice.cycles - before >= cycles > 0
    assert bob.cycles - bobs == 3000
    assert world.kernel.clock.now >= now + 3000 + cycles


def test_a_slice_that_is_interrupted_ends_so_much_later() -> None:
    world = _World()
    world.bind(COUNTER)
    world.bob.null()
    scheduler = world.kernel.scheduler
    left = scheduler.interrupt_at - world.kernel.clock.now
    world.arrive(increment(1))
    assert scheduler.interrupt_at - world.kernel.clock.now == left


def test_what_cannot_be_proved_is_refused_with_its_reason() -> None:
    world = _World()
    with pytest.raises(Refusal, match="CHK001: store of 1 bytes at offset 4096 of region `memory`"):
        world.alice.net_handler_install(OUTSIDE, [world.spare])


def test_pages_that_do_not_fit_what_it_declares() -> None:
    world = _World()
    for pages in ([], [world.spare, world.page]):
        assert refused(partial(world.alice.net_handler_install, COUNTER, pages)) is Code.OUT_OF_RANGE
    assert refused(lambda: world.alice.net_handler_install(COUNTER, [world.page] * 2)) is Code.OUT_OF_RANGE
    assert refused(lambda: world.alice.net_handler_install(FAR, [world.spare] * 2)) is Code.BAD_ARGUMENT


def test_pages_of_a_handler_are_pinned_until_it_goes() -> None:
    world = _World()
    assert refused(lambda: world.alice.page_free(world.page)) is Code.PAGE_PINNED
    world.alice.net_filter_bind(world.filter, world.handler)
    world.alice.net_handler_remove(world.handler)
    world.alice.page_free(world.page)
    world.arrive(increment(1))
    assert world.reader.take() == (increment(1), world.filter)


def test_effects_beyond_what_the_link_takes_are_counted() -> None:
    world = _World()
    handler, _ = world.bind(INCREMENT)
    world.fill_link()
    world.arrive(increment(3))
    counts = world.alice.net_handler_info(handler).counts
    assert (counts["sent"], counts["refused"], counts["consumed"]) == (0, 1, 1)


def test_two_handlers_do_not_see_each_others_memory() -> None:
    world = _World()
    _, (mine,) = world.bind(COUNTER)
    theirs = bytes(world.kernel.memory.frame(world.network.handlers[world.bob_handler].pages[0]))
    world.arrive(increment(1))
    assert bytes(mine[:8]) == b"\1" + bytes(7)
    again = bytes(world.kernel.memory.frame(world.network.handlers[world.bob_handler].pages[0]))
    assert again == theirs == bytes(PAGE)


def test_a_handler_that_may_run_too_long_is_refused() -> None:
    world = _World()
    endless = make_handler(
        "endless",
        """
  %0 = length message
  for %1 < %0 max 1514 {
    for %2 < %0 max 1514 {
      next
    }
    next
  }
  %3 = const u32 0
  return %3
""",
        memory=0,
    )
    assert refused(lambda: world.alice.net_handler_install(endless)) is Code.HANDLER_REFUSED
