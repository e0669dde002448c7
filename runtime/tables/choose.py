"""Choose how each table is represented: by what a lookup is estimated to cost.

In: a table, and which representations may be chosen. Out: the one with the smallest cost. Every file of a
representation says what a lookup adds to a loop over many keys, in nanoseconds, when the table is in the
first-level cache; bytes are charged for what they push out of the caches. The estimates rank, they do not
predict: they were fitted to measurements on one machine.

    one column, exact     chain (1-3 keys), dense (close together), hashed (a function without collisions,
                          or few), displaced (many), search
    one column, others    chain (1-3 intervals), dense, trie (many), search
    several columns       exact: chain, hashed, displaced, rows; others: chain, scan
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from runtime.diagnostic import Diagnostic, Refused
from runtime.ir.nodes import Table, Type
from runtime.tables.boxes import MAX_COLUMNS, Boxes
from runtime.tables.chain import plan_chain
from runtime.tables.dense import plan_dense
from runtime.tables.displaced import plan_displaced
from runtime.tables.flatten import Pairs, flatten_entries
from runtime.tables.hashed import Hashed, plan_hashed
from runtime.tables.open_dense import MAX_KEY_BITS, plan_open_dense
from runtime.tables.open_hash import plan_open_hash
from runtime.tables.representation import Closed, Open
from runtime.tables.rows import plan_rows
from runtime.tables.scan import plan_scan
from runtime.tables.search import plan_search
from runtime.tables.trie import plan_trie

_CACHES = ((32 << 10, 2.5), (1 << 20, 3.0), (16 << 20, 6.0))
"""The size of each cache in bytes, and what a lookup is charged, in nanoseconds, when a table fills it."""

_PLANS: dict[str, Callable[[Table, Pairs], Closed | None]] = {
    "chain": plan_chain,
    "dense": plan_dense,
    "trie": plan_trie,
    "perfect": lambda table, _: plan_hashed(table, (1,)),
    "hash": lambda table, _: plan_hashed(table, (2, 4)),
    "displaced": lambda table, _: plan_displaced(table),
}
"""What may be switched off, by name, and tried in this order. The searches that always do are not here."""

NAMES = frozenset(_PLANS)


@dataclass(frozen=True, slots=True)
class Choices:
    """What may be chosen; the searches that suit every table of their kind always may.

    Args:
        allow: some of `NAMES`.
    """

    allow: frozenset[str] = NAMES

    def without(self, name: str) -> Choices:
        """Return these without `name`, to measure what it buys."""
        return Choices(self.allow - {name})


ALL = Choices()


def choose_representation(table: Table, choices: Choices = ALL) -> Closed:
    """Return the representation of the closed `table` that costs least."""
    pairs = flatten_entries(table) if len(table.keys) == 1 else ()
    found: list[Closed] = []
    for name, make_plan in _PLANS.items():
        if found and isinstance(found[-1], Hashed):
            break  # nothing that comes later is faster than the first hash that was found
        plan = make_plan(table, pairs) if name in choices.allow else None
        if plan is not None:
            found.append(plan)
    if pairs:
        found.append(plan_search(table, pairs))
    elif table.kind == "exact" and table.entries:
        found.append(plan_rows(table))
    else:
        found.append(plan_scan(table))
    return min(found, key=estimate_cost)


def estimate_cost(representation: Closed) -> float:
    """Return about how many nanoseconds a lookup takes, with what its table's bytes cost everybody."""
    crowding = sum(charge * min(1.0, representation.bytes / size) for size, charge in _CACHES)
    return representation.nanoseconds + crowding


def choose_open(table: Table) -> Open:
    """Return the representation of the open `table`.

    Raises:
        Refused: TAB004 if there is none.
    """
    if table.kind == "exact":
        narrow = len(table.keys) == 1 and table.keys[0].bits <= MAX_KEY_BITS
        return plan_open_dense(table) if narrow else plan_open_hash(table)
    if table.kind == "first" and table.value is Type.U32 and len(table.keys) <= MAX_COLUMNS:
        return Boxes(table.keys, table.default)
    message = f"table `{table.name}` is open, and code cannot ask such a table of kind `{table.kind}`"
    notes = ("write the entries into the function, or run it with `--engine interpreter`",)
    raise Refused(Diagnostic("TAB004", message, table.span, notes))
