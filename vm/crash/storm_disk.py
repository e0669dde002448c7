"""The disk of a storm: nodes that own data and nodes, and bytes that say how often they were changed.

In: system calls. Out: a root; bytes of pointers and stamps; and everything dirty written, in any order that
the kernel allows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from runtime.template.download.form import encode_templates
from udfc.program import compile_templates
from vm.crash.recording import Disagreement
from vm.machine.costs import CYCLES_PER_MILLISECOND, CYCLES_PER_SECOND
from vm.xok.syscalls import SystemCalls

ROOT_NAME = "storm"
SLOTS = 6
"""Of each sort that are used in a node; they lie in two sectors each."""

MOST_NODES = 24
DATA_AT, KID_AT = 512, 2048
DATA_PARTITIONS = 384
STRIDE = 50


@dataclass(slots=True)
class Node:
    """A node in core.

    Args:
        block: where it lies.
        serial: which node it is.
        owner: the node that owns it; None: the root, or unattached.
        stamp: how often it was changed.
        data, kids: blocks by slot.
    """

    block: int
    serial: int
    owner: Node | None
    stamp: int = 0
    data: dict[int, int] = field(default_factory=dict)
    kids: dict[int, Node] = field(default_factory=dict)


def make_storm_disk(calls: SystemCalls) -> None:
    """Install the types, and make a root that owns nothing yet."""
    form = encode_templates(compile_templates(str(Path(__file__).parent / "storm.udf")))
    types = calls.xn_install(ROOT_NAME, form)
    root = calls.xn_create_root(ROOT_NAME, None, types["storm_node"])
    calls.xn_attach(root, calls.page_allocate())
    calls.xn_write_bytes((root, ()), 0, pack_stamp(1, 1))
    write_all(calls)


def number_partition(at: int, slot: int) -> int:
    """Return the partition that is a slot of the data (`at` DATA_AT) or of the kids (KID_AT)."""
    return slot * STRIDE + (DATA_PARTITIONS if at == KID_AT else 0)


def pack_pointer(at: int, slot: int, block: int) -> tuple[int, bytes]:
    """Return the bytes of a slot that points to `block`, and where they are."""
    return at + 4 * slot * STRIDE, block.to_bytes(4, "little")


def pack_stamp(stamp: int, serial: int) -> bytes:
    """Return the first bytes of a node."""
    return stamp.to_bytes(4, "little") + serial.to_bytes(4, "little")


def write_dirty(calls: SystemCalls) -> None:
    """Begin to write every dirty block that may be."""
    for block in calls.xn_dirty():
        if calls.xn_may_write(block) is None:
            calls.xn_write([block])


def write_all(calls: SystemCalls) -> None:
    """Write what is dirty, in any order that the kernel allows, until nothing is.

    Raises:
        Disagreement: dirty blocks wait for each other.
    """
    rounds = 0
    while dirty := calls.xn_dirty():
        write_dirty(calls)
        calls.xn_flush()
        calls.compute(20 * len(dirty) * CYCLES_PER_MILLISECOND)
        rounds += 1
        if rounds > 4 * MOST_NODES:
            raise Disagreement(f"blocks {dirty} wait for each other")
    for _ in range(2):
        calls.compute(2 * CYCLES_PER_SECOND)
        calls.xn_flush()
