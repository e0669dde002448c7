"""Filters in the kernel: who wins, who may insert, and that nobody takes another's messages."""

from __future__ import annotations

import pytest

from tests.net.compile import form_of, raw, word
from tests.net.world import ARP, IPV4, Machine, World
from tests.xok.world import refused
from vm.xok.capability import ROOT, Capability
from vm.xok.refusal import Code, Refusal

UDP = word(23, 17, 8)
ARP_REQUEST = (ARP, word(20, 1))


def frame(kind: int, protocol: int = 0, port: int = 0) -> bytes:
    head = bytes(12) + kind.to_bytes(2, "big") + b"\x45" + bytes(8) + bytes([protocol]) + bytes(12)
    return head + port.to_bytes(2, "big") + bytes(24)


def test_a_message_goes_to_the_most_specific_filter() -> None:
    world = World()
    udp = world.alice.net_filter_insert(raw(IPV4, UDP), world.ring)
    world.arrive(frame(0x0800, 17), frame(0x0800, 6), frame(0x0806), frame(0x1234))
    counts = [world.alice.net_filter_info(each).counts for each in (udp, world.filter, world.bob_filter)]
    assert [each["delivered"] for each in counts] == [1, 1, 1]
    assert world.alice.net_info()[0].counts["unclaimed"] == 1
    assert [world.reader.take(), world.reader.take()] == [
        (frame(0x0800, 17), udp),
        (frame(0x0800, 6), world.filter),
    ]


def test_a_deleted_filter_gets_nothing_and_its_messages_go_to_the_next() -> None:
    world = World()
    udp = world.alice.net_filter_insert(raw(IPV4, UDP))
    world.arrive(frame(0x0800, 17))
    world.alice.net_filter_delete(udp)
    world.arrive(frame(0x0800, 17))
    assert refused(lambda: world.alice.net_filter_info(udp)) is Code.NO_SUCH_FILTER
    assert world.alice.net_filter_info(world.filter).counts["messages"] == 1


def test_to_take_anothers_messages_one_must_dominate() -> None:
    world = World()
    with pytest.raises(Refusal, match="FILTER_TAKES: it would take messages from filter 2 of environment"):
        world.alice.net_filter_insert(raw(*ARP_REQUEST), world.ring)
    taken = world.root.net_filter_insert(raw(*ARP_REQUEST))  # the empty name dominates all
    assert world.alice.net_filter_info(taken).guard == Capability(b"\xc0", 1)
    world.arrive(frame(0x0806))
    assert world.alice.net_filter_info(world.bob_filter).counts["messages"] == 1


def test_a_larger_priority_takes_messages_too() -> None:
    world = World()
    overlapping = word(14, 0x4500)
    assert refused(lambda: world.bob.net_filter_insert(raw(overlapping))) is Code.FILTER_CONFLICT
    assert refused(lambda: world.bob.net_filter_insert(raw(overlapping, priority=3))) is Code.FILTER_TAKES
    world.bob.net_filter_insert(raw(overlapping, word(12, 0x86DD), priority=3))


def test_who_is_less_specific_takes_nothing() -> None:
    world = World()
    everything = world.bob.net_filter_insert(raw(), world.bob_ring)
    world.arrive(frame(0x0800), frame(0x86DD))
    assert world.bob.net_filter_info(everything).counts["delivered"] == 1
    assert world.bob.net_filter_info(world.filter).counts["delivered"] == 1


def test_who_shares_a_guard_is_no_other() -> None:
    world = World()
    partner = world.login(Capability(b"\xc0b"))
    partner.net_filter_insert(raw(*ARP_REQUEST))
    below = world.login(Capability(b"\xc0bx"))
    assert refused(lambda: below.net_filter_insert(raw(ARP, word(20, 2)))) is Code.FILTER_TAKES


def test_a_child_with_a_forged_capability_guards_with_it() -> None:
    world = World()
    number = world.alice.net_filter_insert(raw(IPV4, UDP), None, 0, 6)
    assert world.alice.net_filter_info(number).guard == Capability(b"\xc0ax", 1)
    assert refused(lambda: world.bob.net_filter_delete(number)) is Code.ACCESS_DENIED
    world.alice.net_filter_delete(number, 6)


def test_without_a_capability_for_the_network_nobody_inserts_or_sends() -> None:
    machine = Machine()
    for capability in (Capability(b"\xc0", 7), ROOT):
        machine.login(capability).net_send(b"frame")
    stranger = machine.login(Capability(b"a"))
    assert refused(lambda: stranger.net_filter_insert(raw(IPV4))) is Code.ACCESS_DENIED
    assert refused(lambda: stranger.net_send(b"frame")) is Code.ACCESS_DENIED


def test_a_filter_is_routed_to_another_ring() -> None:
    world = World()
    other, reader = world.make_ring(world.alice)
    world.arrive(frame(0x0800, 1))
    world.alice.net_filter_route(world.filter, other)
    world.arrive(frame(0x0800, 2))
    world.alice.net_filter_route(world.filter, None)
    world.arrive(frame(0x0800, 3))
    assert world.reader.take() == (frame(0x0800, 1), world.filter)
    assert reader.take() == (frame(0x0800, 2), world.filter)
    assert world.alice.net_filter_info(world.filter).counts["dropped"] == 1


def test_the_filters_of_who_ends_end_too() -> None:
    world = World()
    world.root.environment_free(world.environment(world.bob).id)
    assert refused(lambda: world.alice.net_filter_info(world.bob_filter)) is Code.NO_SUCH_FILTER
    assert refused(lambda: world.alice.net_ring_info(world.bob_ring)) is Code.NO_SUCH_RING
    assert refused(lambda: world.alice.net_handler_info(world.bob_handler)) is Code.NO_SUCH_HANDLER
    world.arrive(frame(0x0806))
    assert world.alice.net_info()[0].counts["unclaimed"] == 1
    world.alice.net_filter_insert(raw(*ARP_REQUEST))


def test_filters_that_come_as_text_elsewhere_are_formulas_here() -> None:
    machine = Machine()
    user = machine.login(ROOT)
    web = user.net_filter_insert(form_of("tcp.dport in {80, 443}"))
    dns = user.net_filter_insert(form_of("udp.dport == 53"))
    machine.arrive(frame(0x0800, 6, 0), frame(0x0800, 17, 0))
    tcp = bytearray(frame(0x0800, 6))
    tcp[36:38] = (443).to_bytes(2, "big")
    machine.arrive(bytes(tcp))
    assert [user.net_filter_info(each).counts["messages"] for each in (web, dns)] == [1, 0]


@pytest.mark.parametrize("engine", ["native", "interpreter"])
def test_many_filters_of_one_shape(engine: str) -> None:
    machine = Machine(engine="native" if engine == "native" else "interpreter")
    users = [machine.login(Capability(b"\xc0" + bytes([number]))) for number in range(4)]
    numbers = [
        users[port % 4].net_filter_insert(raw(IPV4, UDP, word(36, port)), None, 0, 0) for port in range(1, 61)
    ]
    for port in range(1, 61):
        message = bytearray(frame(0x0800, 17))
        message[36:38] = port.to_bytes(2, "big")
        machine.arrive(bytes(message))
    counts = [users[0].net_filter_info(number).counts["messages"] for number in numbers]
    assert counts == [1] * 60
    assert refused(lambda: users[0].net_filter_insert(raw(IPV4, UDP, word(36, 5)))) is Code.FILTER_CONFLICT
    thief = raw(IPV4, UDP, word(36, 6), word(34, 1))
    assert refused(lambda: users[0].net_filter_insert(thief)) is Code.FILTER_TAKES
    users[2].net_filter_insert(thief)
