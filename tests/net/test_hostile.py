"""Hostile handlers in the running kernel: refused with the code that says why, or aborted without effect."""

from __future__ import annotations

import random

import pytest

from runtime.handler.nodes import CONSUMED, LAST, LENGTH_SHIFT, REGION_SHIFT, SEND, make_verdict
from tests.net.handlers import COUNTER, INCREMENT, make_handler
from tests.net.world import World
from tests.xok.world import refused
from vm.machine.memory import PAGE
from vm.xok.refusal import Code, Refusal

HEAD = bytes(12) + b"\x08\x00"

REFUSED = {
    "an offset out of the message, unchecked": (
        """
  %0 = const u64 0
  %1 = length message
  %2 = ult %0, %1
  if %2 {
    %3 = load u8 message[%0]
    %4 = convert u64 %3
    %5 = const u64 4095
    %6 = add %4, %5
    store u8 memory[%6] = %3
    yield
  }
  %7 = const u32 0
  return %7
""",
        "CHK001",
    ),
    "an offset that wraps into the memory": (
        """
  %0 = const u64 18446744073709551615
  %1 = length message
  %2 = wrapping add %0, %1
  %3 = const u8 1
  store u8 memory[%2] = %3
  %4 = const u32 0
  return %4
""",
        "CHK001",
    ),
    "a byte behind the message, which is somebody else's": (
        """
  %0 = length message
  %1 = load u8 message[%0]
  %2 = const u32 0
  return %2
""",
        "CHK001",
    ),
    "a division by what the message says": (
        """
  %0 = length message
  %1 = const u64 1
  %2 = const u64 60
  %3 = sub %0, %0
  %4 = udiv %1, %3
  %5 = const u32 0
  return %5
""",
        "CHK",
    ),
    "more effects than there may be": (
        """
  %0 = length message
  %1 = const u64 2
  for %2 < %0 max 1514 {
    emit %1, %2
    next
  }
  %3 = const u32 0
  return %3
""",
        "",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_proved_is_refused_and_nothing_has_changed(name: str) -> None:
    body, code = REFUSED[name]
    world = World()
    form = make_handler("hostile", body, emits=1 if "emit" in body else 0)
    used = list(world.environment(world.alice).account.used)
    with pytest.raises(Refusal) as caught:
        world.alice.net_handler_install(form, [world.spare])
    assert caught.value.code is Code.HANDLER_REFUSED
    assert caught.value.message.startswith(code)
    assert world.environment(world.alice).account.used == used
    assert world.kernel.pages.record(world.spare).pins == 0


@pytest.mark.parametrize(
    "place",
    [61 << LENGTH_SHIFT, 1 << LENGTH_SHIFT | 60, (PAGE + 1) << LENGTH_SHIFT, (1 << 64) - 1],
    ids=lambda place: f"{place:#x}",
)
@pytest.mark.parametrize("region", [0, 1, 2, 40_000])
def test_pieces_outside_are_not_sent_and_counted(place: int, region: int) -> None:
    if region == 1 and place >> LENGTH_SHIFT <= PAGE:
        return  # that is inside the memory
    world = World()
    sends = make_handler(
        "sends",
        f"""
  %0 = const u64 {SEND | LAST | region << REGION_SHIFT}
  %1 = const u64 {place}
  emit %0, %1
  %2 = const u32 {make_verdict(CONSUMED)}
  return %2
""",
        emits=1,
    )
    handler = world.alice.net_handler_install(sends, [world.spare])
    world.alice.net_filter_bind(world.filter, handler)
    world.arrive(HEAD.ljust(60, b"\1"))
    world.settle()
    counts = world.alice.net_handler_info(handler).counts
    assert (world.sent, counts["sent"], counts["refused"]) == ([], 0, 1)


def test_bytes_that_are_no_handler() -> None:
    draw = random.Random(11)
    world = World()
    granted = 0
    for _ in range(300):
        form = bytearray(draw.choice((COUNTER, INCREMENT)))
        for _ in range(draw.randrange(1, 4)):
            form[draw.randrange(len(form))] = draw.randrange(256)
        code = refused(lambda form=bytes(form): world.alice.net_handler_install(form, [world.spare]))  # type: ignore[misc]
        assert code in {None, Code.BAD_HANDLER, Code.HANDLER_REFUSED, Code.OUT_OF_RANGE, Code.QUOTA}
        granted += code is None
        if code is None:
            newest = max(world.network.handlers)
            world.alice.net_filter_bind(world.filter, newest)
            world.arrive(HEAD.ljust(60, b"\1"), HEAD, HEAD + bytes(1600))
            world.settle()
            world.alice.net_handler_remove(newest)
    assert granted < 300
    world.arrive(HEAD.ljust(60, b"\2"))


def test_a_filter_cannot_read_more_than_the_message() -> None:
    world = World()
    for length in range(70):
        world.arrive(bytes(length))
    assert world.alice.net_info()[0].counts["unclaimed"] == 70
