"""Numbers as text: what the languages of the project have in common.

In: the characters of one number. Out: an int, or `Refused`.
"""

from __future__ import annotations

import re

from runtime.diagnostic import Diagnostic, Refused
from runtime.source import Span

_LONGEST = 200  # characters; 2**128 in binary with underscores fits
_SPELLING = re.compile(r"0x_?[0-9a-f]+(_[0-9a-f]+)*|0b_?[01]+(_[01]+)*|[0-9]+(_[0-9]+)*")


def read_digits(text: str, span: Span, code: str, bits: int, reason: str) -> int:
    """Return the number that `text` (decimal, 0x or 0b, with underscores) stands for.

    Args:
        text: not longer than the source that it is from.
        span: where it is.
        code: of the diagnostic.
        bits: how many a number may have.
        reason: why not more, for the diagnostic's note.

    Raises:
        Refused: `code` for malformed digits or a number of more than `bits` bits.
    """
    if len(text) <= _LONGEST:
        number = _convert(text.lower())
        if number is None:
            note = "write for instance 80, 0x1f, 0b1010, 65_536"
            raise Refused(Diagnostic(code, f"`{text}` is not a number", span, (note,)))
        if not number >> bits:
            return number
    raise Refused(Diagnostic(code, f"this number has more than {bits} bits", span, (reason,)))


def _convert(digits: str) -> int | None:
    if digits.isdecimal():  # nearly all of them, in a large CSV file
        return int(digits)
    if not _SPELLING.fullmatch(digits):
        return None
    return int(digits.replace("_", ""), {"0x": 16, "0b": 2}.get(digits[:2], 10))
