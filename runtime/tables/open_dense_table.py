"""An open dense table that its owner changes while others read it; the same operations as `OpenHashTable`.

A change is one aligned store of an answer's width, so readers see it whole or not at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from runtime.tables.open_dense import OpenDense
from runtime.tables.words import stored_bytes

if TYPE_CHECKING:
    from runtime.tables.open_hash_columns import Numbers, Positions

_FORMATS: dict[int, Literal["B", "H", "I", "Q"]] = {1: "B", 2: "H", 4: "I", 8: "Q"}


class OpenDenseTable:
    """A map from narrow keys to answers, in memory that native code reads; as `OpenHashTable`.

    Args:
        layout: what the code was made for.
        view: writable, `layout.bytes` zero bytes.
    """

    def __init__(self, layout: OpenDense, view: memoryview) -> None:
        assert len(view) == layout.bytes, "the view is the table"
        self.layout = layout
        self.view = view
        self._numbers = view.cast(_FORMATS[stored_bytes(layout.value)])
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def insert(self, key: Sequence[int], answer: int) -> bool:
        """Add a row; False: the key is there already, and nothing has changed.

        Raises:
            ValueError: a number is outside what the table was declared for.
        """
        number = self._check(key)
        if not 0 <= answer <= self.layout.value.maximum or answer == self.layout.default:
            raise ValueError(f"{answer} is no u{self.layout.value.bits} other than the table's default")
        if self._numbers[number]:
            return False
        self._numbers[number] = answer ^ self.layout.default
        self._count += 1
        return True

    def delete(self, key: Sequence[int]) -> bool:
        """Remove the row with this key; False: there is none."""
        number = self._check(key)
        if not self._numbers[number]:
            return False
        self._numbers[number] = 0
        self._count -= 1
        return True

    def find(self, key: Sequence[int]) -> int | None:
        """Return the answer for this key; None: no row has it."""
        stored = int(self._numbers[self._check(key)])
        return stored ^ self.layout.default if stored else None

    def insert_many(self, columns: Sequence[Numbers], answers: Numbers) -> Positions:
        """Add rows, if no key is there already or comes twice; else nothing changes.

        Returns:
            The positions of the rows whose keys are there, or came before; none if the rows were added.

        Raises:
            ValueError: a number is outside what the table was declared for.
        """
        from runtime.tables import open_dense_bulk as bulk  # loads NumPy

        repeated = bulk.add_rows(self.layout, self.view, columns, answers)
        self._count += 0 if len(repeated) else len(answers)
        return repeated

    def delete_many(self, columns: Sequence[Numbers]) -> Positions:
        """Remove the rows with these keys, if each is there and comes once; else nothing changes.

        Returns:
            The positions of the keys that are not there, or came before; none if the rows were removed.
        """
        from runtime.tables import open_dense_bulk as bulk  # loads NumPy

        absent = bulk.remove_rows(self.layout, self.view, columns)
        self._count -= 0 if len(absent) else len(columns[0])
        return absent

    def confirm(self, columns: Sequence[Numbers], answers: Numbers) -> None:
        """Assert that native code finds exactly these rows; no key comes twice."""
        from runtime.tables.open_dense_bulk import confirm_open_dense  # loads NumPy

        confirm_open_dense(self.layout, self.view, columns, answers)

    def confirm_key(self, key: Sequence[int], answer: int | None) -> None:
        """Assert that native code finds `answer` for this key; None: no row."""
        found = self.find(key)
        assert found == answer, f"the key is answered {found}, not {answer}"

    def _check(self, key: Sequence[int]) -> int:
        if len(key) != 1 or not 0 <= key[0] <= self.layout.key.maximum:
            raise ValueError(f"{list(key)} is not one u{self.layout.key.bits}")
        return key[0]
