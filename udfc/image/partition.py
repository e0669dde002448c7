"""Which of an object's partitions owns something: found by halving, since there may be many thousands.

In: a walk, an object, and a place in the image. Out: the number of a partition, and names for what it reads.
"""

from __future__ import annotations

from collections.abc import Callable

from runtime.template.engines.calls import InterpretedCaller, Tuples
from runtime.template.nodes import ARGUMENTS, Template
from runtime.template.policies import WORD, arguments_bytes, find_policy
from udfc.image.table import PART
from udfc.image.walk import Object, Walk


def find_partition(walk: Walk, number: int, place: int) -> int | None:
    """Return the first partition of an object that leads to the byte `place` of the image."""
    item = walk.object(number)
    loaded = walk.readers[int(walk.objects.template[number])].loaded
    meta = walk.read(number)
    leads = _make_test(walk, number, place)
    low, high = 0, loaded.partitions(len(meta), item.arguments)
    if not leads(loaded.owns(meta, item.arguments)):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        if leads(loaded.owns(meta, item.arguments, low, middle - low)):
            high = middle
        else:
            low = middle
    return low


def _make_test(walk: Walk, number: int, place: int) -> Callable[[Tuples], bool]:
    """Return what says whether one of some tuples of an object covers `place`."""
    item = walk.object(number)
    reader = walk.readers[int(walk.objects.template[number])]
    unit = reader.loaded.unit(walk.read(number), item.arguments)
    parts = {index for index, mode in enumerate(reader.modes.tolist()) if mode == PART}

    def leads(rows: Tuples) -> bool:
        for start, count, kind in rows[:, :3].tolist():
            scale, base = (1, item.place) if kind in parts else (unit, 0)
            if base + start * scale <= place < base + (start + count) * scale:
                return True
        return False

    return leads


def name_partition(template: Template, item: Object, partition: int) -> str:
    """Return the name of the field that alone tells this partition from others, for instance `block[3]`."""
    packed = b"".join(number.to_bytes(WORD, "little") for number in item.arguments)
    caller = InterpretedCaller(template.reads, find_policy(template, "reads"))
    memories = {ARGUMENTS: packed or bytes(arguments_bytes(0))}
    reads = caller.collect(memories, (partition, item.length)).tolist()
    return _name_bytes(template, *reads[0]) if len(reads) == 1 else ""


def _name_bytes(template: Template, offset: int, length: int) -> str:
    """Return the smallest field that has these bytes, and which of its elements."""
    best, name = 1 << 64, ""
    for field in template.fields:
        index, rest = divmod(8 * (offset - field.offset), field.stride) if field.stride else (0, 0)
        inside = 0 <= index < (field.count if field.count is not None else 1 << 32)
        if inside and rest + 8 * length <= max(field.bits, field.stride) and field.stride < best:
            best, name = field.stride, field.name
            if field.count != 1:
                name += f"[{index}]"
    return name
