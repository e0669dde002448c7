"""Laws of dominance and access lists, and how capabilities travel."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.xok.world import ALICE, BOB, World, refused
from vm.xok.capability import (
    ALL,
    MODIFY,
    READ,
    ROOT,
    WRITE,
    Capability,
    allows,
    credential_of,
    dominates,
)
from vm.xok.limits import CAPABILITIES
from vm.xok.refusal import Code

names = st.text("ab", max_size=7).map(str.encode)
capabilities = st.builds(Capability, names, st.integers(0, ALL))
acls = st.lists(capabilities, max_size=8).map(tuple)
permissions = st.sampled_from([READ, WRITE, MODIFY, ALL])


@given(capabilities, capabilities, capabilities)
def test_dominance_is_an_order_with_a_top(a: Capability, b: Capability, c: Capability) -> None:
    assert dominates(a, a)
    assert dominates(ROOT, a)
    assert not (dominates(a, b) and dominates(b, a)) or a == b
    assert not (dominates(a, b) and dominates(b, c)) or dominates(a, c)


@given(capabilities, capabilities)
def test_dominance_is_prefix_and_subset(a: Capability, b: Capability) -> None:
    subset = all(a.permissions & bit for bit in (1, 2, 4) if b.permissions & bit)
    assert dominates(a, b) == (b.name[: len(a.name)] == a.name and subset)


@given(acls, capabilities, capabilities, permissions)
def test_what_dominates_may_do_no_less(
    acl: tuple[Capability, ...], a: Capability, b: Capability, permission: int
) -> None:
    if dominates(a, b) and allows(acl, b, permission):
        assert allows(acl, a, permission)


@given(acls, capabilities, permissions)
def test_access_is_dominance_of_an_entry(acl: tuple[Capability, ...], a: Capability, permission: int) -> None:
    entries = [entry for entry in acl if entry.permissions & permission == permission]
    assert allows(acl, a, permission) == any(dominates(a, Capability(e.name, permission)) for e in entries)


@given(names)
def test_the_padded_name_is_dominated(name: bytes) -> None:
    credential = credential_of(Capability(name))
    padded = credential.to_bytes(8, "little")[:7]
    assert dominates(Capability(name), Capability(padded))
    assert credential < 1 << 56


def test_forging_for_oneself_and_for_a_child() -> None:
    world = World()
    world.alice.forge(0, 3, Capability(b"axy", 1))
    assert world.alice.capabilities()[3] == Capability(b"axy", 1)
    assert refused(lambda: world.alice.forge(3, 4, Capability(b"axyz", 1))) is Code.NOT_DOMINATED
    world.alice.forge(0, 1, Capability(b"az"), world.child)
    child = world.kernel.environments.find(world.child)
    assert child.capabilities[1] == Capability(b"az")
    world.root.forge(0, 2, Capability(b"b", 0), world.child)
    assert child.capabilities[2] == Capability(b"b", 0)


def test_every_slot_holds_one_and_slot_0_all_permissions() -> None:
    world = World()
    for slot in range(CAPABILITIES):
        world.alice.forge(0, slot, ALICE)
    assert world.alice.capabilities() == (ALICE,) * CAPABILITIES
    assert refused(lambda: world.alice.forge(0, CAPABILITIES, ALICE)) is Code.NO_SUCH_CAPABILITY
    assert refused(lambda: world.alice.capability_drop(0)) is Code.LAST_ENTRY
    world.alice.capability_drop(18)
    assert world.alice.capabilities()[18] is None


def test_the_kernel_keeps_its_own_copy() -> None:
    world = World()
    mine = Capability(b"ax")
    world.alice.forge(0, 1, mine)
    object.__setattr__(mine, "name", b"")
    assert world.alice.capabilities()[1] == Capability(b"ax")


def test_an_offer_is_taken_once_by_whom_it_is_for() -> None:
    world = World()
    world.bob.area.offer = (0, world.alice_id)
    assert refused(lambda: world.root.acquire(world.bob_id, 1)) is Code.NOTHING_OFFERED
    world.alice.acquire(world.bob_id, 1)
    assert world.alice.capabilities()[1] == BOB
    assert refused(lambda: world.alice.acquire(world.bob_id, 2)) is Code.NOTHING_OFFERED


def test_a_read_only_capability_does_not_write() -> None:
    """In the release it did: the permissions of what was presented did not count."""
    world = World()
    world.alice.forge(0, 1, Capability(b"a", 0))
    view = world.alice.page_bind(world.page, False, 1)
    assert view.readonly
    assert refused(lambda: world.alice.page_bind(world.page, True, 1)) is Code.ACCESS_DENIED


@pytest.mark.parametrize("count", range(1, 9))
def test_an_access_list_of_any_length(count: int) -> None:
    world = World()
    page = world.alice.page_allocate(tuple(Capability(b"a" + bytes([i])) for i in range(count)))
    assert len(world.alice.page_acl(page)) == count
    if count < 8:
        world.alice.page_acl_set(page, count, Capability(b"b", 0))
        assert world.bob.page_bind(page).readonly
        world.alice.page_acl_set(page, count, None)
    else:
        assert refused(lambda: world.alice.page_acl_set(page, 8, BOB)) is Code.OUT_OF_RANGE
    assert refused(lambda: world.bob.page_bind(page)) is Code.ACCESS_DENIED
