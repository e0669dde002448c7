"""An open hash against a dict, with readers that come and go: a state machine."""

from __future__ import annotations

import random

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from runtime.tables.epochs import Ticket
from runtime.tables.open_hash_table import OpenHashTable
from tests.tables.open_lookup import (
    KINDS,
    Key,
    interpret_lookup,
    list_keys,
    make_answers,
    make_columns,
    make_layout,
    make_table,
)

SEEDS = st.integers(0, 1 << 32)


class OpenTables(RuleBasedStateMachine):
    table: OpenHashTable
    pool: list[Key]
    rows: dict[Key, int]
    inside: list[Ticket]

    @initialize(kind=st.sampled_from(sorted(KINDS)), seed=SEEDS)
    def make(self, kind: str, seed: int) -> None:
        source = random.Random(seed)
        self.table = make_table(make_layout(kind, 128), seed)
        types = list_keys(self.table.layout)
        self.pool = sorted({tuple(source.randrange(type_.maximum) for type_ in types) for _ in range(100)})
        self.rows, self.inside, self.width = {}, [], len(types)
        self.look_up = interpret_lookup(self.table.layout, self.table.view)

    @rule(seed=SEEDS)
    def insert(self, seed: int) -> None:
        key = random.Random(seed).choice(self.pool)
        answer = 1 + seed % min(self.table.layout.highest, 1 << 20)
        assert self.table.insert(key, answer) == (key not in self.rows)
        self.rows.setdefault(key, answer)
        self.table.confirm_key(key, self.rows[key])

    @rule(seed=SEEDS)
    def delete(self, seed: int) -> None:
        key = random.Random(seed).choice(self.pool)
        assert self.table.delete(key) == (self.rows.pop(key, None) is not None)
        self.table.confirm_key(key, None)

    @rule(seed=SEEDS, count=st.integers(0, 60))
    def insert_many(self, seed: int, count: int) -> None:
        source = random.Random(seed)
        keys = [source.choice(self.pool) for _ in range(count)]
        answers = [1 + source.randrange(min(self.table.layout.highest, 1 << 20)) for _ in keys]
        wanted = [at for at, key in enumerate(keys) if key in self.rows or key in keys[:at]]
        repeated = self.table.insert_many(make_columns(keys, self.width), make_answers(answers))
        assert repeated.tolist() == wanted
        if not wanted:
            self.rows.update(zip(keys, answers))

    @rule(seed=SEEDS, count=st.integers(0, 60))
    def insert_all_new(self, seed: int, count: int) -> None:
        keys = random.Random(seed).sample(self.pool, count)
        new = [key for key in keys if key not in self.rows]
        columns = make_columns(new, self.width)
        assert not len(self.table.insert_many(columns, make_answers([7] * len(new))))
        self.rows.update(dict.fromkeys(new, 7))

    @rule(seed=SEEDS, count=st.integers(0, 60))
    def delete_many(self, seed: int, count: int) -> None:
        source = random.Random(seed)
        keys = source.sample(self.pool, 2) + source.sample(sorted(self.rows), min(count, len(self.rows)))
        wanted = [at for at, key in enumerate(keys) if key not in self.rows or key in keys[:at]]
        assert self.table.delete_many(make_columns(keys, self.width)).tolist() == wanted
        if not wanted:
            self.rows = {key: answer for key, answer in self.rows.items() if key not in keys}

    @rule(seed=SEEDS, count=st.integers(0, 60))
    def delete_those_there(self, seed: int, count: int) -> None:
        keys = random.Random(seed).sample(sorted(self.rows), min(count, len(self.rows)))
        assert not len(self.table.delete_many(make_columns(keys, self.width)))
        for key in keys:
            del self.rows[key]

    @rule()
    def enter(self) -> None:
        self.inside.append(self.table.epochs.enter())

    @rule()
    def leave(self) -> None:
        if self.inside:
            self.table.epochs.leave(self.inside.pop(0))

    @invariant()
    def answers_what_a_dict_would(self) -> None:
        if not hasattr(self, "rows"):
            return
        assert len(self.table) == len(self.rows)
        columns, answers = make_columns(list(self.rows), self.width), make_answers(list(self.rows.values()))
        self.table.confirm(columns, answers)
        for key in self.pool[:8]:
            assert self.table.find(key) == self.rows.get(key)
            assert self.look_up(key) == self.rows.get(key, self.table.layout.default)


TestOpenTables = OpenTables.TestCase
TestOpenTables.settings = settings(deadline=None, max_examples=60, stateful_step_count=25)
