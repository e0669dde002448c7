"""Every table is charged to an owner, its limit is a refusal, and giving back makes room again."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.xok.world import World, refused
from vm.xok.account import DEFAULT_LIMITS, Account, Resource
from vm.xok.capability import Capability
from vm.xok.refusal import Code

# Takes one (the second argument: the how-manieth), and gives one back. What XN and the network charge is
# tested in tests/xn and tests/net.
Take = Callable[[World, int], object]
TABLE: dict[Resource, tuple[Take, Callable[[World], object]]] = {
    Resource.PAGES: (lambda w, n: w.alice.page_allocate(), lambda w: w.alice.page_free(w.page)),
    Resource.BINDINGS: (
        lambda w, n: w.alice.page_bind(w.alice.page_allocate()),
        lambda w: w.alice.page_unbind(w.page),
    ),
    Resource.REGIONS: (
        lambda w, n: w.alice.region_create(w.page, n, 1),
        lambda w: w.alice.region_free(w.region),
    ),
    Resource.CHILDREN: (
        lambda w, n: w.alice.environment_create(Capability(b"a")),
        lambda w: w.alice.environment_free(w.child),
    ),
    Resource.QUANTA: (
        lambda w, n: w.alice.quantum_allocate(20 + n),
        lambda w: w.alice.quantum_free(20),
    ),
    Resource.BACKINGS: (
        lambda w, n: w.alice.repossession_set(w.alice.page_allocate(), 1),
        lambda w: w.alice.repossession_set(next(iter(w.environment(w.alice).backings)), None),
    ),
}
STORAGE = {
    Resource.REGISTRY_ENTRIES,
    Resource.LOCKS,
    Resource.DEPENDENCIES,
    Resource.TYPES,
    Resource.ROOTS,
    Resource.UNATTACHED,
}
NETWORK = {Resource.FILTERS, Resource.RINGS, Resource.HANDLERS, Resource.PINS}


def test_every_resource_has_a_default_and_a_test() -> None:
    assert set(DEFAULT_LIMITS) == set(Resource)
    assert set(TABLE) | STORAGE | NETWORK == set(Resource)


@pytest.mark.parametrize("resource", TABLE, ids=lambda resource: resource.name)
def test_the_limit_is_a_refusal_and_giving_back_makes_room(resource: Resource) -> None:
    world = World(1024)
    take, give = TABLE[resource]
    account = world.environment(world.alice).account
    limit = account.limits[resource] = account.used[resource] + 3
    account.limits[Resource.PAGES] = max(account.limits[Resource.PAGES], limit)
    numbers = count()
    codes = [refused(lambda: take(world, next(numbers))) for _ in range(5)]
    assert codes == [None, None, None, Code.QUOTA, Code.QUOTA]
    assert account.used[resource] == limit
    give(world)
    assert account.used[resource] == limit - 1
    assert refused(lambda: take(world, next(numbers))) is None
    assert refused(lambda: take(world, next(numbers))) is Code.QUOTA


@pytest.mark.parametrize("resource", TABLE, ids=lambda resource: resource.name)
def test_ones_exhaustion_is_not_anothers(resource: Resource) -> None:
    world = World(1024)
    take, _ = TABLE[resource]
    numbers = count()
    while refused(lambda: take(world, next(numbers))) is None:
        pass
    assert refused(world.bob.page_allocate) is None
    assert refused(lambda: world.bob.page_bind(world.bob_page)) is None
    assert refused(lambda: world.bob.region_create(world.bob_page, 0, 8)) is None
    assert refused(lambda: world.bob.environment_create(Capability(b"b"))) is None
    assert refused(lambda: world.bob.quantum_allocate(126)) is None
    assert refused(lambda: world.bob.repossession_set(world.bob.page_allocate(), 1)) is None


Step = tuple[int, int, int]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(-3, 4)), max_size=60))
def test_the_books_of_a_family_balance(steps: list[Step]) -> None:
    """Whatever is taken and given back: a parent's account is its own use and that of all below it."""
    limits = [5] * len(Resource)
    top = Account([9] * len(Resource))
    middle = Account(limits, top)
    accounts = [top, middle, Account(limits, middle), Account(limits, top)]
    own = [[0] * len(Resource) for _ in accounts]
    for who, resource, amount in steps:
        account = accounts[who]
        before = [list(each.used) for each in accounts]
        if amount < 0:
            give = min(-amount, own[who][resource])
            account.give(Resource(resource), give)
            own[who][resource] -= give
        elif refused(partial(account.take, Resource(resource), amount)) is None:
            own[who][resource] += amount
        else:
            assert before == [list(each.used) for each in accounts]
        below = [[1, 2, 3], [2], [], []]
        for number, each in enumerate(accounts):
            inside = sum(own[child][resource] for child in below[number])
            assert each.used[resource] == own[number][resource] + inside
            assert each.below[resource] == inside
            assert each.used[resource] <= each.limits[resource]


def test_what_is_forced_on_an_account_may_exceed_its_limit_and_is_charged_above_too() -> None:
    top = Account([1] * len(Resource))
    low = Account([1] * len(Resource), top)
    low.force(Resource.PAGES, 5)
    assert (top.used[0], top.below[0], low.used[0]) == (5, 5, 5)
    assert refused(lambda: top.take(Resource.PAGES)) is Code.QUOTA
    low.give(Resource.PAGES, 5)
    assert (top.used[0], top.below[0], low.used[0]) == (0, 0, 0)


def test_closing_an_account_leaves_what_its_children_use() -> None:
    top = Account([9] * len(Resource))
    middle = Account([9] * len(Resource), top)
    low = Account([9] * len(Resource), middle)
    middle.take(Resource.PAGES, 3)
    low.take(Resource.PAGES, 2)
    middle.close()
    assert (top.used[0], middle.used[0], low.used[0]) == (2, 2, 2)
    low.close()
    assert (top.used[0], middle.used[0], low.used[0]) == (0, 0, 0)
