"""An open hash that its owner changes while others read it: insert, delete, find, one or many.

In: a layout and memory. One thread changes the table at a time (its owner has a lock); readers say to
`ReaderEpochs` when they enter and leave, and need nothing else. Every change is seen whole or not at all, key
by key.

When half of the slots are rows, or a row finds no place (that takes keys prepared for multipliers that nobody
knows), the table moves to the next size, which has a place of its own; a reader that began before goes on in
the old place. The work is bounded: the sizes are, and so is what is tried at each.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TYPE_CHECKING

from runtime.diagnostic import Diagnostic, Refused
from runtime.tables.epochs import ReaderEpochs, Stamp
from runtime.tables.memory import TableMemory
from runtime.tables.open_hash import LEAST_SLOTS, OpenHash
from runtime.tables.open_hash_arrangement import confirm_key, make_arrangement
from runtime.tables.open_hash_store import Store
from runtime.tables.words import round_up

if TYPE_CHECKING:
    from runtime.tables.open_hash_columns import Numbers, Numbers64, Positions, Words


class OpenHashTable:
    """A map from keys to answers, both numbers, in memory that native code reads.

    Args:
        layout: what the code was made for.
        memory: at least `base` + `layout.bytes` bytes, zero from `base` on.
        base: where the table begins, a multiple of 64.
        epochs: the readers of this memory.
        random: where multipliers come from; what nobody can foresee, unless in a test.

    Attributes:
        view: the table's bytes.
    """

    def __init__(
        self, layout: OpenHash, memory: TableMemory, base: int, epochs: ReaderEpochs, random: Random
    ) -> None:
        self.layout = layout
        self.epochs = epochs
        self._memory, self._base, self._random = memory, base, random
        self.view = memory.view[base : base + layout.bytes]
        self._words = [[(column.bits, column.maximum) for column in word] for word in layout.words]
        self._columns, self._highest = sum(map(len, layout.words)), layout.highest
        self._left: list[tuple[Stamp, tuple[int, int]]] = []
        self._store = self._make_store(LEAST_SLOTS)
        self._store.publish()

    def __len__(self) -> int:
        return self._store.count

    def insert(self, key: Sequence[int], answer: int) -> bool:
        """Add a row; False: the key is there already, and nothing has changed.

        Raises:
            Refused: TAB011 if the table is full; nothing has changed.
            ValueError: a number is outside what the table was declared for.
        """
        words, store = self._pack(key), self._store
        if not 1 <= answer <= self._highest:
            raise ValueError(f"{answer} is outside 1..{self._highest}, the answers of this table")
        if store.find_slot(words) is not None:
            return False
        store.reclaim()
        if self._left:
            self._discard_left()
        if store.has_room(1) and store.add_row(words, answer):
            return True
        if store.has_room(1) and store.wait_for_slots() and store.add_row(words, answer):
            return True
        from runtime.tables.open_hash_columns import make_row  # loads NumPy

        self._grow(*make_row(words, answer))
        return True

    def delete(self, key: Sequence[int]) -> bool:
        """Remove the row with this key; False: there is none."""
        slot = self._store.find_slot(self._pack(key))
        if slot is None:
            return False
        self._store.reclaim()
        self._store.remove_row(slot)
        return True

    def find(self, key: Sequence[int]) -> int | None:
        """Return the answer for this key; None: no row has it."""
        slot = self._store.find_slot(self._pack(key))
        return None if slot is None else self._store.read_answer(slot)

    def insert_many(self, columns: Sequence[Numbers], answers: Numbers) -> Positions:
        """Add rows, if no key is there already or comes twice; else nothing changes.

        Args:
            columns: one array of unsigned numbers for each key column.
            answers: one for each row.

        Returns:
            The positions of the rows whose keys are there, or came before; none if the rows were added.

        Raises:
            Refused: TAB011 if the table is full; nothing has changed.
            ValueError: a number is outside what the table was declared for.
        """
        from runtime.tables import open_hash_bulk as bulk  # loads NumPy
        from runtime.tables.open_hash_columns import check_answers, pack_columns

        words = pack_columns(self.layout, columns)
        numbers = check_answers(self.layout, answers, len(words[0]))
        store = self._store
        repeated = bulk.find_repeated(store, words)
        if len(repeated):
            return repeated
        bulk.reclaim_all(store)
        if store.has_room(len(numbers)):
            if bulk.add_rows(store, words, numbers):
                return repeated
            if store.wait_for_slots() and bulk.add_rows(store, words, numbers):
                return repeated
        self._grow(words, numbers)
        return repeated

    def delete_many(self, columns: Sequence[Numbers]) -> Positions:
        """Remove the rows with these keys, if each is there and comes once; else nothing changes.

        Returns:
            The positions of the keys that are not there, or came before; none if the rows were removed.
        """
        from runtime.tables import open_hash_bulk as bulk  # loads NumPy
        from runtime.tables.open_hash_columns import pack_columns

        words = pack_columns(self.layout, columns)
        absent, slots = bulk.find_absent(self._store, words)
        if not len(absent):
            bulk.reclaim_all(self._store)
            bulk.remove_rows(self._store, slots)
        return absent

    def confirm(self, columns: Sequence[Numbers], answers: Numbers) -> None:
        """Assert that native code finds exactly these rows; no key comes twice."""
        from runtime.tables.open_hash_confirm import confirm_open_hash  # loads NumPy

        confirm_open_hash(self.layout, self.view, columns, answers)

    def confirm_key(self, key: Sequence[int], answer: int | None) -> None:
        """Assert that native code finds `answer` for this key; None: no row."""
        confirm_key(self.layout, self.view, self._pack(key), answer)

    def _pack(self, key: Sequence[int]) -> list[int]:
        """Return the words of `key`."""
        if len(key) != self._columns:
            raise ValueError(f"a key of {len(key)} numbers, the table has {self._columns} columns")
        numbers = iter(key)
        words: list[int] = []
        for columns in self._words:
            word = 0
            for (bits, maximum), number in zip(columns, numbers):
                if not 0 <= number <= maximum:
                    raise ValueError(f"{number} is outside 0..{maximum}, the numbers of its column")
                word = word << bits | number
            words.append(word)
        return words

    def _grow(self, more: Words, answers: Numbers64) -> None:
        """Move to a larger size together with new rows; readers find them all at once.

        Raises:
            Refused: TAB011 if none has room; nothing has changed.
        """
        from runtime.tables import open_hash_bulk as bulk  # loads NumPy

        old = self._store
        words, numbers = bulk.join_rows(old, more, answers)
        size = max(2 * old.arrangement.size, round_up(2 * len(numbers)))
        while size <= self.layout.slots:
            store = self._make_store(size)
            if bulk.add_rows(store, words, numbers):
                store.publish()
                self._store = store
                self._leave(old)
                return
            size *= 2
        message = f"the table has room for {self.layout.slots // 2} rows, and {len(numbers)} were wanted"
        if 2 * len(numbers) <= self.layout.slots:
            message = f"rows among {len(numbers)} have no place in the table, at no size up to the largest"
        notes = ("delete rows first, or declare the table for more",)
        raise Refused(Diagnostic("TAB011", message, notes=notes))

    def _make_store(self, size: int) -> Store:
        arrangement = make_arrangement(self.layout, size, self._random)
        return Store(self.layout, arrangement, self.view, self.epochs)

    def _leave(self, old: Store) -> None:
        """Leave the slots of an earlier size to the readers that still look at them."""
        start, stop = old.bounds
        self._left.append((self.epochs.retire(), (self._base + start, self._base + stop)))
        self._discard_left()

    def _discard_left(self) -> None:
        """Give back what was left and is out of every reader's sight."""
        horizon = self.epochs.horizon()
        for stamp, bounds in self._left:
            if stamp < horizon:
                self._memory.discard(*bounds)
        self._left = [each for each in self._left if each[0] >= horizon]
