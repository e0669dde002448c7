"""Verify a table: its entries fit its types and kind, and no key has two answers.

In: one `Table`. Out: nothing, or a refusal: IR105 (an entry or default does not fit), IR106 (two entries
meet), IR124 (an open table has entries).
"""

from __future__ import annotations

from operator import itemgetter

from runtime import limits
from runtime.diagnostic import Diagnostic, Refused
from runtime.ir.nodes import Entry, Table

_MAX_COMPARISONS = 1 << 20  # pairs of entries compared one by one, about a second
_SPLITS_PER_ENTRY = 32  # how often an entry may take part in a split, on average
_Interval = tuple[tuple[int, ...], tuple[int, ...]]


def verify_table(table: Table) -> None:
    """Refuse a malformed table.

    Raises:
        Refused: IR103, IR105, IR106, IR124.
    """
    if not 1 <= len(table.keys) <= limits.MAX_PARAMETERS:
        message = f"table `{table.name}` has {len(table.keys)} key columns, not 1 to {limits.MAX_PARAMETERS}"
        raise Refused(Diagnostic("IR103", message, table.span, ("give the table fewer columns",)))
    if not 0 <= table.default <= table.value.maximum:
        raise _unfit(table, f"the default {table.default} is not a u{table.value.bits}")
    if table.open and table.entries:
        message = f"table `{table.name}` is open, and has {len(table.entries)} entries"
        notes = ("the contents of an open table come with the call", "leave `open` or the entries out")
        raise Refused(Diagnostic("IR124", message, table.span, notes))
    for entry in table.entries:
        _verify_entry(table, entry)
    _verify_disjoint(table)


def _verify_entry(table: Table, entry: Entry) -> None:
    if not len(entry.low) == len(entry.high) == len(table.keys):
        raise _unfit(table, f"an entry has {len(entry.low)} columns, the table {len(table.keys)}")
    if not 0 <= entry.value <= table.value.maximum:
        raise _unfit(table, f"the value {entry.value} is not a u{table.value.bits}")
    for low, high, type_ in zip(entry.low, entry.high, table.keys):
        if not 0 <= low <= high <= type_.maximum:
            raise _unfit(table, f"{low}..{high} is not an interval of u{type_.bits} numbers")
        if table.kind == "exact" and low != high:
            raise _unfit(table, f"{low}..{high} is more than one key, in an exact table")
        if table.kind == "prefix" and not _is_block(low, high):
            raise _unfit(table, f"{low}..{high} is not an aligned power-of-two block")


def _is_block(low: int, high: int) -> bool:
    """Tell whether low..high holds all numbers with some leading bits: low ends in 0...0, high in 1...1."""
    free = low ^ high
    return free & (free + 1) == 0 and low & free == 0


def _unfit(table: Table, fact: str) -> Refused:
    keys = ", ".join(f"u{key.bits}" for key in table.keys)
    notes = (f"the table maps ({keys}) to u{table.value.bits}",)
    return Refused(Diagnostic("IR105", f"in table `{table.name}`, {fact}", table.span, notes))


def _verify_disjoint(table: Table) -> None:
    """Check that entries do not meet (exact, range), or meet only where one holds the other (prefix).

    Entries of a `first` table may meet as they like: their order decides.
    """
    if table.kind == "first":
        return
    intervals = [(entry.low, entry.high) for entry in table.entries]
    repeated = _find_repeated(intervals)
    if repeated is not None:
        raise _meeting(table, repeated, repeated)
    if table.kind == "exact" or (table.kind == "prefix" and len(table.keys) == 1):
        return  # aligned blocks of one column never cross
    clusters = _find_clusters(intervals, len(table.keys))
    if clusters is None or sum(len(each) * (len(each) - 1) // 2 for each in clusters) > _MAX_COMPARISONS:
        message = f"the entries of table `{table.name}` overlap too much in every column to be told apart"
        notes = (f"at most {_MAX_COMPARISONS} pairs of entries are compared", "split the table")
        raise Refused(Diagnostic("IR103", message, table.span, notes))
    for cluster in clusters:
        _verify_cluster(table, cluster)


def _find_repeated(intervals: list[_Interval]) -> _Interval | None:
    seen: set[_Interval] = set()
    for interval in intervals:
        if interval in seen:
            return interval
        seen.add(interval)
    return None


def _find_clusters(intervals: list[_Interval], columns: int) -> list[list[_Interval]] | None:
    """Split intervals into clusters such that two of different clusters are apart in some column.

    Splits by one column after the other, until no column splits a cluster any further. Entries made to be
    split off one by one would take quadratic time: None when the work is out of proportion.
    """
    work = _SPLITS_PER_ENTRY * max(len(intervals), 1 << 10)
    done: list[list[_Interval]] = []
    pending = [(intervals, 0, 0)]  # a cluster, the column to try, and how many columns have not split it
    while pending:
        cluster, column, failures = pending.pop()
        if len(cluster) < 2:
            continue
        if failures == columns:
            done.append(cluster)
            continue
        work -= len(cluster)
        if work < 0:
            return None
        parts = _split(cluster, column)
        failures = failures + 1 if len(parts) == 1 else 1
        pending += [(part, (column + 1) % columns, failures) for part in parts]
    return done


def _split(cluster: list[_Interval], column: int) -> list[list[_Interval]]:
    """Split a cluster where the intervals of `column` leave a gap or abut."""
    parts: list[list[_Interval]] = []
    reach = -1
    for interval in sorted(cluster, key=lambda each: each[0][column]):
        low, high = interval[0][column], interval[1][column]
        if low > reach:
            parts.append([])
        parts[-1].append(interval)
        reach = max(reach, high)
    return parts


def _verify_cluster(table: Table, cluster: list[_Interval]) -> None:
    """Compare each pair of entries that no column could tell apart as a group."""
    ordered = sorted(cluster, key=itemgetter(0))
    for number, first in enumerate(ordered):
        for second in ordered[number + 1 :]:
            if _meet(first, second) and not (table.kind == "prefix" and _nested(first, second)):
                raise _meeting(table, first, second)


def _meet(first: _Interval, second: _Interval) -> bool:
    return all(
        low <= other_high and other_low <= high
        for low, high, other_low, other_high in zip(*first, *second, strict=True)
    )


def _nested(first: _Interval, second: _Interval) -> bool:
    """Tell whether one entry holds the other."""
    columns = list(zip(*first, *second, strict=True))
    return all(
        low <= other_low and other_high <= high for low, high, other_low, other_high in columns
    ) or all(other_low <= low and high <= other_high for low, high, other_low, other_high in columns)


def _meeting(table: Table, first: _Interval, second: _Interval) -> Refused:
    key = ", ".join(str(max(low, other_low)) for low, other_low in zip(first[0], second[0]))
    message = f"two entries of table `{table.name}` answer the key ({key})"
    notes = (
        ("prefix entries may hold one another, but not be equal or cross",) if table.kind == "prefix" else ()
    )
    return Refused(Diagnostic("IR106", message, table.span, (*notes, "split or remove one of the entries")))
