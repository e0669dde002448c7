"""State atoms: fragments find the filter that accepted the first one, whatever order they come in."""

from __future__ import annotations

from functools import partial

from dpfc.formula import And, Field, Start, Test
from tests.net.compile import FRAGMENTS, raw, word
from tests.net.world import IPV4, World
from tests.xok.world import refused
from vm.net.download import Follow
from vm.net.limits import HELD, HELD_CYCLES, STATE_CYCLES, STATES
from vm.xok.capability import Capability
from vm.xok.refusal import Code
from vm.xok.syscalls import SystemCalls

WHOLE = Test(Field(Start(), 8 * 20 + 3, 13), ((0, 0),))  # or the first fragment: only these have ports


def fragment(identity: int, offset: int, more: bool, port: int = 53, source: int = 1) -> bytes:
    """A fragment of a UDP datagram; only the one at offset 0 has ports."""
    head = bytearray(bytes(12) + b"\x08\x00\x45" + bytes(19))
    head[18:20] = identity.to_bytes(2, "big")
    head[20:22] = (more << 13 | offset).to_bytes(2, "big")
    head[23] = 17
    head[26:30] = source.to_bytes(4, "big")
    payload = bytes(2) + port.to_bytes(2, "big") + bytes(20) if offset == 0 else b"\xff" * 24
    return bytes(head) + payload


class _World(World):
    def __init__(self) -> None:
        super().__init__()
        self.alice.net_filter_delete(self.filter)
        self.dns = self.insert(self.alice, 53)

    def insert(self, sys: SystemCalls, port: int) -> int:
        tests = (IPV4, word(23, 17, 8), word(36, port), word(14, 0x45, 8), WHOLE)
        ring = self.ring if sys is self.alice else self.bob_ring
        return sys.net_filter_insert(raw(*tests, follow=FRAGMENTS), ring)

    def counts(self, number: int) -> dict[str, int]:
        return dict(self.alice.net_filter_info(number).counts)

    @property
    def card_counts(self) -> dict[str, int]:
        return dict(self.alice.net_info()[0].counts)


def test_later_fragments_follow_the_first() -> None:
    world = _World()
    web = world.insert(world.bob, 80)
    frames = [fragment(1, 0, True), fragment(2, 0, True, 80), fragment(1, 3, True), fragment(2, 3, False)]
    world.arrive(*frames, fragment(1, 6, False))
    assert [world.counts(world.dns)["messages"], world.counts(web)["messages"]] == [3, 2]
    assert [world.counts(world.dns)["fragments"], world.counts(web)["fragments"]] == [2, 1]
    assert world.reader.take() == (frames[0], world.dns)
    assert world.reader.take() == (frames[2], world.dns)


def test_a_fragment_that_overtook_the_first_is_held_back_for_it() -> None:
    world = _World()
    world.arrive(fragment(9, 3, False), fragment(9, 6, True))
    assert world.card_counts["held"] == 2
    assert world.counts(world.dns)["messages"] == 0
    world.arrive(fragment(9, 0, True))
    assert world.card_counts["held"] == 0
    assert [world.reader.take() for _ in range(3)] == [
        (fragment(9, 0, True), world.dns),
        (fragment(9, 3, False), world.dns),
        (fragment(9, 6, True), world.dns),
    ]


def test_who_waits_too_long_is_counted_and_given_up() -> None:
    world = _World()
    world.arrive(fragment(9, 3, False))
    world.alice.compute(HELD_CYCLES + 1)
    world.arrive(fragment(9, 0, True))
    assert world.counts(world.dns)["messages"] == 1
    assert world.card_counts["expired"] == 1
    assert world.card_counts["held"] == 0


def test_no_more_are_held_back_than_there_is_room_for() -> None:
    world = _World()
    world.arrive(*(fragment(identity, 3, False) for identity in range(HELD + 5)))
    assert (world.card_counts["held"], world.card_counts["expired"]) == (HELD, 5)


def test_a_state_is_forgotten_in_time_and_when_there_are_too_many() -> None:
    world = _World()
    world.arrive(*(fragment(identity, 0, True) for identity in range(STATES + 2)))
    assert (world.counts(world.dns)["recorded"], world.counts(world.dns)["forgotten"]) == (STATES + 2, 2)
    world.arrive(fragment(0, 3, False), fragment(STATES, 3, False))
    assert world.counts(world.dns)["fragments"] == 1
    world.alice.compute(STATE_CYCLES)
    world.arrive(fragment(STATES, 6, False))
    assert world.counts(world.dns)["fragments"] == 1


def test_a_whole_datagram_leaves_no_state() -> None:
    world = _World()
    world.arrive(fragment(4, 0, False), fragment(4, 3, False))
    assert world.counts(world.dns)["recorded"] == 0
    assert world.card_counts["held"] == 1


def test_who_records_first_has_it() -> None:
    world = _World()
    web = world.insert(world.bob, 80)
    world.arrive(fragment(1, 0, True), fragment(1, 0, True, 80), fragment(1, 3, False))
    assert (world.counts(world.dns)["fragments"], world.counts(web)["fragments"]) == (1, 0)
    world.alice.net_filter_delete(world.dns)
    world.arrive(fragment(1, 3, False))
    assert world.card_counts["held"] == 1
    world.arrive(fragment(1, 0, True, 80))
    assert world.counts(web)["fragments"] == 1


def test_state_that_would_take_anothers_messages_is_refused() -> None:
    world = _World()
    greedy = Follow(FRAGMENTS.first, And((IPV4,)), FRAGMENTS.key)
    loose = Follow(FRAGMENTS.first, FRAGMENTS.later, (Field(Start(), 96, 16),))
    for follow in (greedy, loose):
        form = raw(IPV4, word(23, 17, 8), word(36, 7), word(14, 0x45, 8), follow=follow)
        assert refused(partial(world.bob.net_filter_insert, form)) is Code.FILTER_TAKES
        world.root.net_filter_delete(world.root.net_filter_insert(form))


def test_state_goes_with_its_filter() -> None:
    world = _World()
    world.arrive(fragment(1, 0, True), fragment(2, 3, False))
    world.alice.net_filter_delete(world.dns)
    port = world.network.ports[0]
    assert not port.fragments.families
    assert len(port.later) == 0
    world.arrive(fragment(1, 3, False))
    assert world.card_counts["unclaimed"] == 1
    world.alice.compute(HELD_CYCLES)
    world.arrive(fragment(1, 3, False))
    assert (world.card_counts["held"], world.card_counts["expired"]) == (0, 1)


def test_an_environment_that_ends_leaves_no_state() -> None:
    world = _World()
    world.arrive(fragment(1, 0, True))
    world.root.environment_free(world.environment(world.alice).id)
    assert not world.network.ports[0].fragments.families
    again = world.login(Capability(b"\xc0z"))
    again.net_filter_insert(raw(IPV4, word(36, 53)))
