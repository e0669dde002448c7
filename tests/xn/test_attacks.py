"""A hostile library file system: each attack is refused by name, and the victim has not noticed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.xn.attack_table import ATTACKS, Attack
from tests.xn.bench import Bench
from tests.xn.world import check_intact, make_world, use, write_all
from vm.xn.owned import DATA
from vm.xok.refusal import Refusal

MakeBench = Callable[..., Bench]


def test_there_are_enough() -> None:
    assert len(ATTACKS) >= 120
    assert len({each.name for each in ATTACKS}) == len(ATTACKS)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_is_refused_and_nobody_has_noticed(make_bench: MakeBench, attack: Attack) -> None:
    number = ATTACKS.index(attack)
    world = make_world(make_bench(ordered=number % 3 == 2, write_cache=False))
    before, calls = world.picture(), world.alice.calls
    used = list(world.alice.environment.account.used)
    with pytest.raises(Refusal) as caught:
        attack.run(world)
    refusal = caught.value
    assert refusal.code is attack.code, f"{refusal.code.name}: {refusal.message}"
    if world.alice.calls == calls:  # in some attacks she plays a part
        assert world.picture() == before
        assert world.alice.environment.account.used == used
    write_all(world.bench, world.bob)
    use(world)
    world.bench.destroy(world.bob)
    world.bench.idle()
    check_intact(world)
    assert not [block for block in world.bench.state.orphans if block in world.bench.state.registry.dirty]
    carol = world.bench.login()
    carol.create("carol", carol.xn_find_free(1200), DATA)
