"""Many rows of an open hash at once, with NumPy; imported only when needed.

What readers may see is as in `runtime.tables.open_hash_store`, for all rows together: words, then tags, then
the displacements of the buckets whose rows moved. Nothing is written before every row has its place.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from runtime.tables.open_hash_arrangement import try_displacement
from runtime.tables.open_hash_columns import Numbers64, Positions, Words
from runtime.tables.open_hash_store import FREE, LIVE, Store

_PATIENCE = 64  # rounds until it is worth asking whether two rows have one hash
_ROUNDS = 4096  # tries for a bucket: at half load, one of eight rows needs 256
_TOGETHER = 48  # rounds of all buckets; those that are left are so few that a round is mostly overhead
_AT_ONCE = 256  # displacements tried at once for one bucket


def join_rows(store: Store, words: Words, answers: Numbers64) -> tuple[Words, Numbers64]:
    """Return the rows of `store` and those given."""
    numbers = _view_slots(store)[np.frombuffer(store.state, np.uint8) == LIVE]
    joined = [np.concatenate((column, more)) for column, more in zip(_read_words(store, numbers), words)]
    return joined, np.concatenate((_read_answers(store, numbers), answers))


def find_repeated(store: Store, words: Words) -> Positions:
    """Return the positions of keys that `store` has, or that came before."""
    hashes = _hash(store, words)
    present = _compare(store, words, _find_homes(store, hashes))
    return np.flatnonzero(present | _mark_repeated(hashes, words))


def find_absent(store: Store, words: Words) -> tuple[Positions, Positions]:
    """Return the positions of keys that `store` does not have, or that came before; and all keys' slots."""
    hashes = _hash(store, words)
    slots = _find_homes(store, hashes)
    absent = ~_compare(store, words, slots)
    return np.flatnonzero(absent | _mark_repeated(hashes, words)), slots


def add_rows(store: Store, words: Words, answers: Numbers64) -> bool:
    """Add rows whose keys are not there; say whether that was possible."""
    hashes = _hash(store, words)
    buckets = _name_buckets(store, hashes)
    free = np.frombuffer(store.state, np.uint8) == FREE
    slots = _find_homes(store, hashes)
    moving = np.zeros(store.arrangement.buckets, bool)
    moving[buckets[~_claim(free, slots)]] = True
    displaced = moving[buckets]
    free[slots[~displaced]] = False
    members = _list_members(store, np.flatnonzero(moving))
    old_hashes = np.frombuffer(store.hashes, np.uint64)[members]
    moved_hashes = np.concatenate((old_hashes, hashes[displaced]))
    choice = _displace(store, moved_hashes, moving, free)
    if choice is None:
        return False
    displacements, homes = choice
    slots[displaced] = homes[len(members) :]
    _write_rows(store, slots, words, answers)
    _copy_rows(store, members, homes[: len(members)])
    np.frombuffer(store.displacements, np.uint16)[moving] = displacements
    np.frombuffer(store.heads, np.int32)[moving] = -1
    _note_rows(store, np.concatenate((slots, homes[: len(members)])), np.concatenate((hashes, old_hashes)))
    store.count += len(answers)
    if len(members):
        store.retire(members.tolist())
    return True


def remove_rows(store: Store, slots: Positions) -> None:
    """Remove the rows in `slots`."""
    if not len(slots):
        return
    hashes = np.frombuffer(store.hashes, np.uint64)
    affected = np.zeros(store.arrangement.buckets, bool)
    affected[_name_buckets(store, hashes[slots])] = True
    members = _list_members(store, np.flatnonzero(affected))
    _view_slots(store)[slots, 0] = 0
    store.retire(slots.tolist())
    store.count -= len(slots)
    staying = members[np.frombuffer(store.state, np.uint8)[members] == LIVE]
    np.frombuffer(store.heads, np.int32)[affected] = -1
    _note_rows(store, staying, hashes[staying])


def reclaim_all(store: Store) -> None:
    """Free all slots that have waited long enough."""
    while store.reclaim():
        pass


def _hash(store: Store, words: Words) -> Numbers64:
    total = np.zeros(len(words[0]), np.uint64)
    for part, multiplier in zip(store.layout.parts, store.arrangement.multipliers, strict=True):
        number = words[part.word] >> np.uint64(part.shift) & np.uint64(part.mask)
        total += number * np.uint64(multiplier)
    return total


def _name_buckets(store: Store, hashes: Numbers64) -> Positions:
    return (hashes >> np.uint64(store.arrangement.shift)).astype(np.int64)


def _find_homes(store: Store, hashes: Numbers64) -> Positions:
    """Return the slots to which `hashes` lead now."""
    displacements = np.frombuffer(store.displacements, np.uint16)[_name_buckets(store, hashes)]
    return _lead(store, hashes, displacements.astype(np.uint64))


def _lead(store: Store, hashes: Numbers64, displacements: Numbers64) -> Positions:
    """Return the slots to which `hashes` lead with these displacements."""
    moved = hashes >> (displacements & np.uint64(63)) ^ displacements
    slots = moved >> np.uint64(store.arrangement.slot_shift) & np.uint64(store.arrangement.size - 1)
    return slots.astype(np.int64)


def _view_slots(store: Store) -> Numbers64:
    """Return the slots, one row each."""
    return np.frombuffer(store.numbers, np.uint64).reshape(-1, store.stride)


def _read_words(store: Store, slots: Numbers64) -> Words:
    words = [slots[:, 1 + index] for index in range(store.layout.further)]
    return [*words, slots[:, 0] & np.uint64(0xFFFFFFFF)] if store.layout.shared else words


def _read_answers(store: Store, slots: Numbers64) -> Numbers64:
    return slots[:, 0] >> np.uint64(32) if store.layout.shared else slots[:, 0]


def _compare(store: Store, words: Words, slots: Positions) -> NDArray[np.bool_]:
    """Say of each key whether the row in its slot has it."""
    rows = _view_slots(store)[slots]
    same: NDArray[np.bool_] = rows[:, 0] != 0
    for word, stored in zip(words, _read_words(store, rows), strict=True):
        same &= word == stored
    return same


def _mark_repeated(hashes: Numbers64, words: Words) -> NDArray[np.bool_]:
    """Say of each key whether it came before.

    Equal keys are neighbours when sorted by hash, unless other keys have the same hash: but such keys find
    no places, ever.
    """
    order = np.argsort(hashes, kind="stable")
    equal = np.ones(max(0, len(order) - 1), bool)
    for word in words:
        ordered = word[order]
        equal &= ordered[1:] == ordered[:-1]
    repeated = np.zeros(len(order), bool)
    repeated[order[1:][equal]] = True
    return repeated


def _claim(free: NDArray[np.bool_], slots: Positions) -> NDArray[np.bool_]:
    """Say of each row whether it may have its slot: that is free, and no later row wants it."""
    wanted = np.empty(len(free), np.int64)
    rows = np.arange(len(slots))
    wanted[slots] = rows
    claimed: NDArray[np.bool_] = free[slots] & (wanted[slots] == rows)
    return claimed


def _list_members(store: Store, buckets: Positions) -> Positions:
    """Return the slots of all rows of `buckets`."""
    heads, nexts = np.frombuffer(store.heads, np.int32), np.frombuffer(store.nexts, np.int32)
    found = [np.empty(0, np.int64)]
    slots = heads[buckets].astype(np.int64)
    while len(slots := slots[slots >= 0]):
        found.append(slots)
        slots = nexts[slots].astype(np.int64)
    return np.concatenate(found)


def _displace(
    store: Store, hashes: Numbers64, moving: NDArray[np.bool_], free: NDArray[np.bool_]
) -> tuple[NDArray[np.uint16], Positions] | None:
    """Choose displacements for the buckets `moving`, all of whose rows have `hashes`.

    In each round, all buckets that have no displacement yet try one more, and keep it if all their rows get
    slots. The few that are left, the fullest ones, then try many at once, one bucket after the other.

    Returns:
        The displacements in the order of buckets, and each row's slot, now taken in `free`; None: none were
        found.
    """
    named = np.flatnonzero(moving)
    owners = np.searchsorted(named, _name_buckets(store, hashes))
    chosen, homes = np.zeros(len(named), np.uint16), np.zeros(len(hashes), np.int64)
    rows = np.arange(len(hashes))
    for attempt in range(_TOGETHER):
        if not len(rows):
            return chosen, homes
        if attempt == _PATIENCE and len(np.unique(hashes[rows])) < len(rows):
            return None
        tried = _try_all(named, attempt)
        slots = _lead(store, hashes[rows], tried[owners[rows]].astype(np.uint64))
        failed = np.zeros(len(named), bool)
        failed[owners[rows][~_claim(free, slots)]] = True
        placed = ~failed[owners[rows]]
        homes[rows[placed]] = slots[placed]
        chosen[owners[rows[placed]]] = tried[owners[rows[placed]]]
        free[slots[placed]] = False
        rows = rows[~placed]
    for owner in np.unique(owners[rows]):
        own = rows[owners[rows] == owner]
        found = _displace_one(store, int(named[owner]), hashes[own], free)
        if found is None:
            return None
        chosen[owner], homes[own] = found
        free[homes[own]] = False
    return chosen, homes


def _displace_one(
    store: Store, bucket: int, hashes: Numbers64, free: NDArray[np.bool_]
) -> tuple[np.uint16, Positions] | None:
    """Return a displacement for one bucket and the free slots to which it leads; None: none was found."""
    for start in range(_TOGETHER, _ROUNDS, _AT_ONCE):
        tried = np.array([try_displacement(bucket, start + number) for number in range(_AT_ONCE)], np.uint16)
        slots = _lead(store, hashes[None, :], tried.astype(np.uint64)[:, None])
        ordered = np.sort(slots, axis=1)
        good = free[slots].all(axis=1) & (ordered[:, 1:] != ordered[:, :-1]).all(axis=1)
        if good.any():
            place = int(good.argmax())
            return tried[place], slots[place]
    return None


def _try_all(buckets: Positions, attempt: int) -> NDArray[np.uint16]:
    """Return what `try_displacement` says for each of `buckets`."""
    start = np.uint64(try_displacement(0, attempt))
    step = np.uint64(try_displacement(1, 0))
    tried: NDArray[np.uint16] = (buckets.astype(np.uint64) * step + start).astype(np.uint16)
    return tried


def _write_rows(store: Store, slots: Positions, words: Words, answers: Numbers64) -> None:
    """Write words, then tags, into free slots."""
    numbers = _view_slots(store)
    for index in range(store.layout.further):
        numbers[slots, 1 + index] = words[index]
    numbers[slots, 0] = answers << np.uint64(32) | words[-1] if store.layout.shared else answers


def _copy_rows(store: Store, sources: Positions, targets: Positions) -> None:
    """Write the rows of `sources` into free slots too."""
    numbers = _view_slots(store)
    numbers[targets, 1:] = numbers[sources, 1:]
    numbers[targets, 0] = numbers[sources, 0]


def _note_rows(store: Store, slots: Positions, hashes: Numbers64) -> None:
    """Note which bucket the rows in `slots` belong to."""
    np.frombuffer(store.state, np.uint8)[slots] = LIVE
    np.frombuffer(store.hashes, np.uint64)[slots] = hashes
    if not len(slots):
        return
    heads, nexts = np.frombuffer(store.heads, np.int32), np.frombuffer(store.nexts, np.int32)
    buckets = _name_buckets(store, hashes)
    order = np.argsort(buckets, kind="stable")
    buckets, slots = buckets[order], slots[order]
    last = np.append(buckets[1:] != buckets[:-1], True)
    nexts[slots] = np.where(last, heads[buckets], np.append(slots[1:], 0))
    first = np.insert(last[:-1], 0, True)
    heads[buckets[first]] = slots[first]
