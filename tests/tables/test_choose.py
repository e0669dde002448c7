"""What is chosen for which keys, that the choice is shown, and that fresh processes load no NumPy for it."""

from __future__ import annotations

import random
import subprocess
import sys
from dataclasses import replace

import pytest

from runtime.ir.nodes import Entry, Table, Type
from runtime.tables.chain import Chain
from runtime.tables.choose import NAMES, Choices, choose_representation, estimate_cost
from runtime.tables.dense import Dense
from runtime.tables.displaced import Displaced
from runtime.tables.hashed import Hashed
from runtime.tables.representation import Closed
from runtime.tables.rows import Rows
from runtime.tables.scan import Scan
from runtime.tables.search import Search
from runtime.tables.trie import Trie
from tests.tables.lookups import make_boxes, make_exact, make_prefixes, make_ranges

_CHANCE = random.Random(2)
_CONNECTION = (Type.U32, Type.U32, Type.U16, Type.U16)
_CLOSE = tuple(Entry((port,), (port,), port % 7 + 1) for port in range(8000, 8090))


@pytest.mark.parametrize(
    ("table", "wanted"),
    [
        (make_exact(_CHANCE, (Type.U32,), 0), Chain),
        (make_exact(_CHANCE, (Type.U32,), 1), Chain),
        (make_exact(_CHANCE, _CONNECTION, 1), Chain),
        (make_ranges(_CHANCE, Type.U16, 2), Chain),
        (Table("t", "exact", (Type.U16,), Type.U32, 0, _CLOSE), Dense),
        (make_exact(_CHANCE, (Type.U8,), 100), Dense),
        (make_exact(_CHANCE, (Type.U32,), 16), Hashed),
        (make_exact(_CHANCE, _CONNECTION, 40), Hashed),
        (make_exact(_CHANCE, (Type.U32,), 3000), Displaced),
        (make_exact(_CHANCE, _CONNECTION, 3000), Displaced),
        (make_ranges(_CHANCE, Type.U32, 12), Search),
        (make_prefixes(_CHANCE, Type.U64, 12), Search),
        (make_ranges(_CHANCE, Type.U16, 20), Trie),
        (make_boxes(_CHANCE, _CONNECTION, 12), Scan),
    ],
)
def test_choice(table: Table, wanted: type[Closed]) -> None:
    chosen = choose_representation(table)
    assert isinstance(chosen, wanted), chosen.describe()
    others = [choose_representation(table, Choices().without(name)) for name in NAMES]
    assert all(estimate_cost(chosen) <= estimate_cost(other) for other in others)
    assert chosen == choose_representation(replace(table, name="other")), "the same for equal tables"


@pytest.mark.parametrize(
    ("table", "wanted"),
    [
        (make_exact(_CHANCE, (Type.U32,), 1), Search),
        (make_exact(_CHANCE, _CONNECTION, 1), Rows),
        (make_exact(_CHANCE, _CONNECTION, 0), Scan),
        (make_boxes(_CHANCE, _CONNECTION, 1), Scan),
    ],
)
def test_nothing_but_searches(table: Table, wanted: type[Closed]) -> None:
    assert isinstance(choose_representation(table, Choices(frozenset())), wanted)


def test_a_perfect_hash_reads_one_slot() -> None:
    """Ports as they occur: some bits tell them apart, and no multiplication is needed."""
    entries = tuple(Entry((port,), (port,), 1) for port in (22, 25, 53, 80, 110, 143, 443, 993, 995, 8080))
    chosen = choose_representation(Table("t", "exact", (Type.U16,), Type.U32, 0, entries))
    assert isinstance(chosen, Hashed)
    assert (chosen.probes, chosen.hash.multipliers) == (1, ())
    assert chosen.describe() == "perfect hash by bits from 1 on, 64 slots of 8 bytes"


def test_small_tables_do_not_load_numpy() -> None:
    script = (
        "import sys, random\n"
        "from runtime.ir.nodes import Type\n"
        "from runtime.tables.choose import choose_representation\n"
        "from tests.tables.lookups import make_exact, make_ranges\n"
        "chance = random.Random(1)\n"
        "choose_representation(make_exact(chance, (Type.U32,), 2000))\n"
        "choose_representation(make_ranges(chance, Type.U32, 10))\n"
        "assert 'numpy' not in sys.modules\n"
    )
    environment = {"PYTHONPATH": ":".join(filter(None, sys.path))}
    subprocess.run([sys.executable, "-c", script], env=environment, check=True)
