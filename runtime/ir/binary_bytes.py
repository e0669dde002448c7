"""Read numbers, names and lists of untrusted bytes.

In: bytes and a place in them. Out: what stands there, or a refusal that names the byte.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NoReturn, TypeVar

from runtime import limits
from runtime.diagnostic import Diagnostic, Refused

_Item = TypeVar("_Item")
_LAST_SHIFT = 63  # of the tenth byte of a 64-bit number


class ByteReader:
    """A place in some bytes; every method goes past what it returns."""

    def __init__(self, data: bytes, position: int) -> None:
        self._data = data
        self._position = position

    def byte(self) -> int:
        """Read one byte."""
        if self._position >= len(self._data):
            self.refuse("IR202", "the data ends too early", "get the whole file")
        self._position += 1
        return self._data[self._position - 1]

    def number(self) -> int:
        """Read an unsigned LEB128 number below 2**64, no longer than it need be."""
        number = shift = 0
        while True:
            byte = self.byte()
            number |= (byte & 0x7F) << shift
            if number >> 64 or shift > _LAST_SHIFT or (byte == 0 and shift > 0):
                message = "a number is longer than it need be, or than 64 bits"
                self.refuse("IR205", message, "write the shortest form")
            if byte < 0x80:
                return number
            shift += 7

    def count(self, limit: int, what: str) -> int:
        """Read how many items follow, each of at least one byte."""
        count = self.number()
        if count > limit:
            self.refuse("IR204", f"there are {count} {what}, the limit is {limit}", "split the program")
        if count > len(self._data) - self._position:
            self.refuse("IR202", f"the data ends before {count} {what}", "get the whole file")
        return count

    def listed(self, limit: int, what: str, item: Callable[[], _Item]) -> tuple[_Item, ...]:
        """Read a count and as many items."""
        return tuple([item() for _ in range(self.count(limit, what))])

    def name(self) -> str:
        """Read a name; whether it is an identifier is the verifier's business."""
        length = self.count(limits.MAX_NAME_LENGTH, "bytes in a name")
        text = self._data[self._position : self._position + length]
        if not text.isascii():
            self.refuse("IR207", "a name has bytes that are not ASCII", "use letters, digits and `_`")
        self._position += length
        return text.decode("ascii")

    def choice(self, choices: Sequence[_Item], what: str) -> _Item:
        """Read one byte, a position in `choices`."""
        return self.pick(self.byte(), choices, what)

    def pick(self, number: int, choices: Sequence[_Item], what: str) -> _Item:
        """Return the choice that `number`, already read, stands for."""
        if number >= len(choices):
            self.refuse("IR206", f"no {what} has the number {number}", "see runtime/ir/binary_layout.py")
        return choices[number]

    def expect_end(self) -> None:
        """Refuse bytes behind the function."""
        rest = len(self._data) - self._position
        if rest:
            self.refuse("IR203", f"{rest} bytes follow the end", "remove them")

    def refuse(self, code: str, message: str, note: str) -> NoReturn:
        """Refuse the data because of what ends at this place."""
        place = f"at byte {self._position} of {len(self._data)}"
        raise Refused(Diagnostic(code, f"{message}, {place}", notes=(note,)))
