"""Every representation answers its map: bytes confirmed, the interpreter, native code; damage is caught."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.ir.nodes import Table, Type
from runtime.ir.table_map import prepare_table
from runtime.ir.verify_table import verify_table
from runtime.tables.chain import plan_chain
from runtime.tables.dense import plan_dense
from runtime.tables.displaced import plan_displaced
from runtime.tables.flatten import Pairs, flatten_entries
from runtime.tables.hashed import plan_hashed
from runtime.tables.representation import Closed, build_bytes, confirm_bytes
from runtime.tables.rows import plan_rows
from runtime.tables.scan import plan_scan
from runtime.tables.search import plan_search
from runtime.tables.trie import plan_trie
from tests.tables.lookups import (
    interpret_question,
    load_question,
    make_boxes,
    make_exact,
    make_prefixes,
    make_ranges,
    pick_keys,
    represent,
)

_FIVE_TUPLE = (Type.U32, Type.U32, Type.U16, Type.U16, Type.U8)
_ONE = ((Type.U8,), (Type.U16,), (Type.U32,), (Type.U64,))
_SEVERAL = ((Type.U8, Type.U1), (Type.U32, Type.U32, Type.U16), _FIVE_TUPLE, (Type.U64, Type.U64))
_VALUES = (Type.U1, Type.U8, Type.U32, Type.U64)


@dataclass(frozen=True)
class Case:
    """A representation, and tables that it suits."""

    planner: Callable[[Table, Pairs], Closed | None]
    make: Callable[[random.Random], Table]

    def plan(self, table: Table) -> Closed | None:
        return self.planner(table, flatten_entries(table) if len(table.keys) == 1 else ())


def _draw_exact(least: int, most: int, *keys: tuple[Type, ...]) -> Callable[[random.Random], Table]:
    return lambda chance: make_exact(
        chance, chance.choice(keys), chance.randint(least, most), chance.choice(_VALUES)
    )


def _draw_intervals(least: int, most: int, *keys: Type) -> Callable[[random.Random], Table]:
    def make(chance: random.Random) -> Table:
        maker = chance.choice((make_ranges, make_prefixes))
        return maker(chance, chance.choice(keys), chance.randint(least, most), chance.choice(_VALUES))

    return make


def _draw_boxes(least: int, most: int, *keys: tuple[Type, ...]) -> Callable[[random.Random], Table]:
    return lambda chance: make_boxes(
        chance, chance.choice(keys), chance.randint(least, most), chance.choice(_VALUES)
    )


_NUMBERS = (Type.U8, Type.U16, Type.U32, Type.U64)
CASES = {
    "chain of keys": Case(plan_chain, _draw_exact(0, 3, *_ONE, *_SEVERAL)),
    "chain of intervals": Case(plan_chain, _draw_intervals(0, 2, *_NUMBERS)),
    "chain of boxes": Case(plan_chain, _draw_boxes(0, 3, (Type.U8,), *_SEVERAL)),
    "dense": Case(plan_dense, _draw_exact(1, 200, (Type.U8,), (Type.U16,))),
    "dense intervals": Case(plan_dense, _draw_intervals(1, 30, Type.U8, Type.U16)),
    "perfect": Case(lambda table, _: plan_hashed(table, (1,)), _draw_exact(1, 40, *_ONE, *_SEVERAL)),
    "probes": Case(lambda table, _: plan_hashed(table, (2, 4)), _draw_exact(40, 300, *_ONE, *_SEVERAL)),
    "displaced": Case(lambda table, _: plan_displaced(table), _draw_exact(1, 600, *_ONE, *_SEVERAL)),
    "trie of 16 bits": Case(plan_trie, _draw_intervals(30, 120, Type.U16)),
    "trie of 32 bits": Case(plan_trie, _draw_intervals(30, 120, Type.U32)),
    "search of keys": Case(plan_search, _draw_exact(0, 40, *_ONE)),
    "search of intervals": Case(plan_search, _draw_intervals(0, 60, *_NUMBERS)),
    "search of boxes": Case(plan_search, _draw_boxes(0, 60, *_ONE)),
    "rows": Case(lambda table, _: plan_rows(table), _draw_exact(1, 40, *_SEVERAL)),
    "scan": Case(lambda table, _: plan_scan(table), _draw_boxes(1, 20, *_SEVERAL)),
    "scan of keys": Case(lambda table, _: plan_scan(table), _draw_exact(1, 20, *_SEVERAL)),
}
"""Every representation of closed tables; some plans may find that a random table does not suit them."""


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
@given(seed=st.integers(0, 1 << 32))
@settings(deadline=None, max_examples=25)
def test_specialized_lookup_is_the_map(case: Case, seed: int) -> None:
    chance = random.Random(seed)
    table = case.make(chance)
    verify_table(table)
    representation = case.plan(table)
    if representation is None:
        return
    answer, specialized = prepare_table(table), interpret_question(*represent(table, representation))
    for key in pick_keys(table, chance, 60):
        assert specialized(key) == answer(key), key


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_native_lookup_is_the_map(case: Case) -> None:
    done = 0
    for seed in range(12):
        chance = random.Random(seed)
        table = case.make(chance)
        representation = case.plan(table)
        if representation is None:
            continue
        done += 1
        answer, native = prepare_table(table), load_question(*represent(table, representation))
        for key in pick_keys(table, chance, 200):
            assert native.call({}, key).results[0] == answer(key), key
        if done == 4:
            return
    pytest.fail("no table suited the representation")


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_damage_is_caught(case: Case) -> None:
    """No changed byte of a table changes an answer without being noticed."""
    chance = random.Random(7)
    table = case.make(chance)
    representation = case.plan(table)
    while representation is None:
        table = case.make(chance)
        representation = case.plan(table)
    data = build_bytes(table, representation)
    with pytest.raises(AssertionError):
        confirm_bytes(table, representation, data + b"\0")
    function, _ = represent(table, representation)
    answer = prepare_table(table)
    keys = pick_keys(table, chance, 60)
    for place in chance.sample(range(len(data)), min(len(data), 60)):
        damaged = bytearray(data)
        damaged[place] ^= 1 << chance.randrange(8)
        try:
            confirm_bytes(table, representation, bytes(damaged))
        except AssertionError:
            continue
        specialized = interpret_question(function, bytes(damaged))
        assert all(specialized(key) == answer(key) for key in keys), f"byte {place}"


def test_another_map_is_caught() -> None:
    """Bytes that are right for one map are refused for another that differs in one answer or one key."""
    for seed, (name, case) in enumerate(CASES.items()):
        chance = random.Random(seed)
        tables = [case.make(chance) for _ in range(40)]
        suited = [(table, case.plan(table)) for table in tables if table.entries]
        table, representation = next((table, plan) for table, plan in suited if plan is not None)
        data = build_bytes(table, representation)
        assert table.entries, name
        answer = prepare_table(table)
        other = _change_answer(table)
        if all(prepare_table(other)(key) == answer(key) for key in pick_keys(table, chance, 300)):
            continue  # the entry was hidden behind others
        with pytest.raises(AssertionError):
            confirm_bytes(other, representation, data)


def _change_answer(table: Table) -> Table:
    entry = table.entries[0]
    changed = replace(entry, value=entry.value ^ 1)
    return replace(table, entries=(changed, *table.entries[1:]))
