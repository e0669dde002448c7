"""An object for people: a hex dump with the names of the fields beside the bytes.

In: bytes, the template's fields, which bytes matter. Out: lines.

    000020  00 00 00 00 07 00 00 00 00 00 00 00 00 00 00 00  pointer[8], pointer[9]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from runtime.template.nodes import Field, Template

_ROW_BYTES = 16
_MAX_ROWS = 24  # a note should fit on a screen
_MAX_NAMES = 4


def dump_object(template: Template, content: bytes, places: Iterable[int] = ()) -> list[str]:
    """Return the rows of `content` that have one of `places`, or that are not zeros.

    Args:
        template: has the names.
        content: the object.
        places: the bytes that matter: their fields are named, in other rows those of bytes that are not 0.
    """
    wanted = {place for place in places if 0 <= place < len(content)}
    matter = {place // _ROW_BYTES for place in wanted}
    rows = [
        row
        for row in range(-(-len(content) // _ROW_BYTES))
        if row in matter or any(content[row * _ROW_BYTES : (row + 1) * _ROW_BYTES])
    ]
    shown = sorted(sorted(rows, key=lambda row: (row not in matter, row))[:_MAX_ROWS])
    lines: list[str] = []
    previous = -1
    for row in shown:
        if row > previous + 1:
            lines.append("  *")
        lines.append(_show_row(template, content, row, wanted))
        previous = row
    if len(shown) < len(rows):
        lines.append(f"  ... and {len(rows) - len(shown)} more rows that are not zeros")
    elif shown and previous + 1 < -(-len(content) // _ROW_BYTES):
        lines.append("  *")
    return lines


def _show_row(template: Template, content: bytes, row: int, wanted: set[int]) -> str:
    start = row * _ROW_BYTES
    data = content[start : start + _ROW_BYTES]
    here = [place for place in range(start, start + len(data)) if place in wanted]
    here = here or [start + number for number, byte in enumerate(data) if byte]
    names = list(dict.fromkeys(name for place in here for name in name_byte(template, place, len(content))))
    more = ", ..." if len(names) > _MAX_NAMES else ""
    line = f"  {start:06x}  {data.hex(' '):47}  {', '.join(names[:_MAX_NAMES])}{more}"
    return line.rstrip()


def name_byte(template: Template, place: int, length: int) -> Iterator[str]:
    """Yield the names of the fields that the byte at `place` belongs to."""
    for field in template.fields:
        number = _find_element(field, place, length)
        if number is not None:
            yield field.name if field.count == 1 else f"{field.name}[{number}]"


def _find_element(field: Field, place: int, length: int) -> int | None:
    """Return which element of `field` has the byte at `place`: the first, of packed ones."""
    if field.stride <= 0 or place < field.offset:
        return None
    low, high = 8 * (place - field.offset), 8 * (place - field.offset) + 8
    number = max(0, (low - field.bits) // field.stride + 1)
    start = number * field.stride
    if start >= high or start + field.bits <= low:
        return None
    if field.count is not None and number >= field.count:
        return None
    ends = field.offset + -(-(start + field.bits) // 8)
    return number if ends <= length else None
