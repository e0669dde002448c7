"""Numbers and blocks out of a parsed parameter file, each checked where it is taken.

In: a block of `vm.machine.parameter_text` and names. Out: values in their range, or a refusal that points
at what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from vm.machine.costs import CYCLES_PER_MILLISECOND
from vm.machine.limits import MAX_MILLISECONDS, MAX_NUMBER_CHARACTERS
from vm.machine.parameter_text import Block, Items, Value, Words, refuse

_NUMBER = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d{1,3})?")


class Fields:
    """The values of a block.

    Args:
        block: where they are.
    """

    def __init__(self, block: Block) -> None:
        self.block = block
        self._values = dict(block.fields)

    def value(self, name: str) -> Value:
        """Return a value of any kind.

        Raises:
            Refused: DSK004 it is missing.
        """
        if name not in self._values:
            refuse("DSK004", f"`{self.block.head}` has no parameter `{name}`", self.block.span)
        return self._values[name]

    def number(self, name: str, low: float, high: float) -> float:
        """Return a number from `low` to `high`."""
        return read_number(self.value(name), f"`{name}`", low, high)

    def integer(self, name: str, low: int, high: int) -> int:
        """Return a whole number from `low` to `high`."""
        return _read_integer(self.value(name), f"`{name}`", low, high)

    def flag(self, name: str) -> bool:
        """Return 0 or 1 as a truth value."""
        return self.integer(name, 0, 1) == 1

    def cycles(self, name: str) -> int:
        """Return a time that is given in milliseconds."""
        return to_cycles(self.number(name, 0, MAX_MILLISECONDS))

    def words(self, name: str) -> Words:
        """Return words."""
        value = self.value(name)
        if not isinstance(value, Words):
            refuse("DSK005", f"`{name}` takes words", value.span)
        return value

    def fields(self, name: str) -> Fields:
        """Return a block's values."""
        return take_block(self.value(name), f"`{name}`")

    def items(self, name: str, most: int) -> Sequence[Value]:
        """Return the values of a list with at most so many."""
        value = self.value(name)
        if not isinstance(value, Items):
            refuse("DSK005", f"`{name}` takes a list in brackets", value.span)
        if len(value.values) > most:
            refuse("DSK005", f"`{name}` has {len(value.values)} values, at most {most} fit", value.span)
        return value.values

    def integers(self, name: str, most: int, low: int, high: int) -> tuple[int, ...]:
        """Return a list of whole numbers."""
        values = self.items(name, most)
        return tuple(_read_integer(value, f"a value of `{name}`", low, high) for value in values)

    def numbers(self, name: str, count: int, low: float, high: float) -> tuple[float, ...]:
        """Return a list of exactly `count` numbers."""
        values = self.items(name, count)
        if len(values) != count:
            refuse("DSK005", f"`{name}` has {len(values)} values instead of {count}", self.value(name).span)
        return tuple(read_number(value, f"a value of `{name}`", low, high) for value in values)


def take_block(value: Value, name: str) -> Fields:
    """Return the values of a block.

    Raises:
        Refused: DSK005 it is none.
    """
    if not isinstance(value, Block):
        refuse("DSK005", f"{name} takes a block in braces", value.span)
    return Fields(value)


def read_number(value: Value, name: str, low: float, high: float) -> float:
    """Return a number from `low` to `high`.

    Raises:
        Refused: DSK005 it is none, or outside.
    """
    number = parse_number(value.text) if isinstance(value, Words) else None
    if number is None:
        refuse("DSK005", f"{name} takes a number", value.span)
    if not low <= number <= high:
        refuse("DSK005", f"{name} is {number:g}, and must be {low:g} to {high:g}", value.span)
    return number


def parse_number(text: str) -> float | None:
    """Return a decimal number; None: it is none, or absurdly long. Never infinite."""
    if len(text) > MAX_NUMBER_CHARACTERS or not _NUMBER.fullmatch(text):
        return None
    number = float(text)
    return number if abs(number) < 1e300 else None


def to_cycles(milliseconds: float) -> int:
    """Return a time in the machine's cycles."""
    return round(milliseconds * CYCLES_PER_MILLISECOND)


def _read_integer(value: Value, name: str, low: int, high: int) -> int:
    number = read_number(value, name, low, high)
    if number != int(number):
        refuse("DSK005", f"{name} is {number:g}, and must be a whole number", value.span)
    return int(number)
