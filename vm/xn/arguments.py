"""What a library hands to the storage calls is anything: it becomes what the kernel works with, or a refusal.

In: any Python object. Out: numbers, tuples and bytes of the kernel's own, which nobody can change any more.
"""

from __future__ import annotations

from collections.abc import Sequence

from vm.xn.limits import BLOCK, MAX_BLOCKS, MAX_BLOCKS_IN_CALL, MAX_PATH, MAX_WRITES
from vm.xn.owned import Owned, Place, Type
from vm.xok.limits import AREA_WORDS
from vm.xok.refusal import Code, Refusal

_WORD = 1 << 64
_MOST_ARGUMENTS = 16
_SEQUENCES = (tuple, list, range)
_BYTES = (bytes, bytearray, memoryview)


def make_number(value: object, what: str, below: int = _WORD) -> int:
    """Return a number from 0 to `below` - 1."""
    if type(value) is not int or not 0 <= value < below:
        raise Refusal(Code.BAD_ARGUMENT, f"{what} is a number from 0 to {below - 1}")
    return value


def make_block(value: object) -> int:
    """Return the number of a block, which may lie outside the disk."""
    return make_number(value, "a block", MAX_BLOCKS)


def make_type(value: object) -> Type:
    """Return the number of a type, which may not exist."""
    return Type(make_number(value, "a type", 1 << 32))


def make_flag(value: object, what: str) -> bool:
    """Return a truth value."""
    if type(value) is not bool:
        raise Refusal(Code.BAD_ARGUMENT, f"{what} is True or False")
    return value


def make_list(value: object, what: str, most: int) -> Sequence[object]:
    """Return a sequence of at most `most` objects."""
    try:
        if type(value) in _SEQUENCES and isinstance(value, _SEQUENCES) and len(value) <= most:
            return value
    except OverflowError:  # a range longer than any memory
        pass
    raise Refusal(Code.BAD_ARGUMENT, f"{what} is a sequence of at most {most}")


def _make_each(value: object, what: str, most: int, each_is: str, below: int = _WORD) -> list[int]:
    """Return a list of at most `most` numbers from 0 to `below` - 1."""
    numbers = []
    for number in make_list(value, what, most):
        if type(number) is not int or not 0 <= number < below:
            raise Refusal(Code.BAD_ARGUMENT, f"{each_is} is a number from 0 to {below - 1}")
        numbers.append(number)
    return numbers


def make_blocks(value: object) -> list[int]:
    """Return numbers of blocks."""
    return _make_each(value, "blocks", MAX_BLOCKS_IN_CALL, "a block", MAX_BLOCKS)


def make_pages(value: object) -> list[int]:
    """Return numbers of pages."""
    return _make_each(value, "pages", MAX_BLOCKS_IN_CALL, "a page")


def make_numbers(value: object, what: str) -> tuple[int, ...]:
    """Return arguments of a type or of a method."""
    return tuple(_make_each(value, what, _MOST_ARGUMENTS, what))


def make_place(value: object) -> Place:
    """Return a place: a block, and the partitions that lead to the object."""
    if type(value) is not tuple or len(value) != 2:
        raise Refusal(Code.BAD_ARGUMENT, "a place is (block, path)")
    block, path = value
    return make_block(block), tuple(_make_each(path, "a path", MAX_PATH, "a partition"))


def make_partitions(value: object) -> tuple[int, ...] | None:
    """Return the partitions that a modification names, None for all."""
    if value is None:
        return None
    found = tuple(_make_each(value, "partitions", MAX_WRITES, "a partition"))
    if len(set(found)) < len(found):
        raise Refusal(Code.BAD_ARGUMENT, "a partition is named twice")
    return found


def make_bytes(value: object, most: int = BLOCK) -> bytes:
    """Return bytes."""
    if type(value) not in _BYTES or not isinstance(value, _BYTES):
        raise Refusal(Code.BAD_ARGUMENT, "bytes are bytes, a bytearray or a memoryview")
    try:
        if isinstance(value, memoryview) and value.nbytes > most:
            raise Refusal(Code.BAD_ARGUMENT, f"at most {most} bytes, not {value.nbytes}")
        if len(value) > most:
            raise Refusal(Code.BAD_ARGUMENT, f"at most {most} bytes, not {len(value)}")
        return bytes(value)
    except ValueError:  # a view whose memory is gone
        raise Refusal(Code.BAD_ARGUMENT, "the view was released") from None


def make_writes(value: object) -> list[tuple[int, bytes]]:
    """Return what a modification stores, and where."""
    found = []
    for each in make_list(value, "writes", MAX_WRITES):
        if type(each) is not tuple or len(each) != 2:
            raise Refusal(Code.BAD_ARGUMENT, "a write is (offset, bytes)")
        found.append((make_number(each[0], "an offset", BLOCK + 1), make_bytes(each[1])))
    return found


def make_owned(value: object) -> Owned:
    """Return an object that is to be allocated or freed."""
    if type(value) is not Owned:
        raise Refusal(Code.BAD_ARGUMENT, "what is owned is an `Owned`")
    if not make_number(value.count, "a count", MAX_BLOCKS):
        raise Refusal(Code.BAD_ARGUMENT, "no blocks are no object")
    return Owned(
        make_block(value.start),
        value.count,
        make_type(value.type),
        make_numbers(value.arguments, "arguments"),
    )


def make_counter(value: object) -> int | None:
    """Return the word of the u-area that counts transfers down; None: nobody asks."""
    return None if value is None else make_number(value, "a word of the u-area", AREA_WORDS)
