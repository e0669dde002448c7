"""A storm: an environment that does anything to XN, at random. The kernel keeps its promises in any weather.

In: system calls, a seed. Out: calls, most of them accepted; and a `Ledger` of what the disk may then show. A
storm has no file system, so it reaches what well-behaved libraries never do: it writes while it changes,
waits for nothing, attaches and swaps trees, and adds dependencies without a reason.

Nodes (`storm.udf`) own data and nodes. Bytes of data say for which node they were written, and a node's stamp
says which node it is, and how often it was changed.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress

from vm.crash.ledger import Ledger, Obligation
from vm.crash.marks import fill_bytes
from vm.crash.storm_disk import (
    DATA_AT,
    KID_AT,
    MOST_NODES,
    ROOT_NAME,
    SLOTS,
    STRIDE,
    Node,
    number_partition,
    pack_pointer,
    pack_stamp,
    write_all,
    write_dirty,
)
from vm.machine.costs import CYCLES_PER_MILLISECOND
from vm.xn.limits import BLOCK
from vm.xn.owned import DATA, Owned, Type
from vm.xok.refusal import Refusal
from vm.xok.syscalls import SystemCalls


class Storm:
    """One storm.

    Args:
        calls: of the environment.
        seed: of everything that it does.

    Attributes:
        ledger: what the disk may show.
        refusals: calls that the kernel has refused.
    """

    def __init__(self, calls: SystemCalls, seed: int) -> None:
        self.ledger = Ledger()
        self.refusals = 0
        self._calls = calls
        self._chance = random.Random(seed)
        self._serial = 1
        self._type = Type(calls.xn_types()[ROOT_NAME]["storm_node"])
        root = calls.xn_open_root(ROOT_NAME).start
        calls.xn_read([root], [calls.page_allocate()])
        calls.compute(100 * CYCLES_PER_MILLISECOND)
        self._root = Node(root, 1, None, stamp=1)
        self._nodes = [self._root]
        self._loose: list[Node] = []
        self._free = calls.xn_free_map()
        self._moves: list[tuple[int, Callable[[], None]]] = [
            (14, self._add_data),
            (8, self._rewrite_data),
            (8, self._add_kid),
            (4, self._add_loose),
            (4, self._attach_loose),
            (8, self._drop_data),
            (5, self._drop_kid),
            (4, self._swap),
            (4, self._touch),
            (6, self._depend),
            (20, self._write_some),
            (4, self._flush),
            (4, self._write_deep),
            (8, self._pause),
        ]

    def blow(self, moves: int) -> None:
        """Do so many things."""
        weights = [weight for weight, _ in self._moves]
        for _, move in self._chance.choices(self._moves, weights, k=moves):
            try:
                move()
            except Refusal:
                self.refusals += 1

    def settle(self) -> None:
        """Write everything, also what never got a page, and shut down."""
        for node in self._nodes:
            for block in node.data.values():
                with suppress(Refusal):
                    self._calls.xn_write([block])
        write_all(self._calls)
        self._calls.xn_shutdown()

    # ---- data

    def _add_data(self) -> None:
        node, slot = self._pick_slot(DATA_AT)
        block = self._pick_free()
        self._change(node, "set_data", slot, block, DATA_AT, Owned(block, 1, DATA))
        node.data[slot] = block
        self.ledger.allow(block, node.serial, 0)
        self._calls.xn_attach(block, self._calls.page_allocate())
        if self._chance.random() < 0.9:
            self._fill(node, block)

    def _rewrite_data(self) -> None:
        node = self._chance.choice(self._nodes)
        self._fill(node, self._chance.choice([*node.data.values()] or [self._root.block]))

    def _fill(self, node: Node, block: int) -> None:
        self._serial += 1
        view = self._calls.xn_view(block, write=True)
        view[:] = fill_bytes(node.serial, self._serial, 0, BLOCK)
        self._calls.xn_set_dirty([block])
        self.ledger.allow(block, node.serial, self._serial)

    def _drop_data(self) -> None:
        node = self._chance.choice(self._nodes)
        if node.data:
            slot = self._chance.choice(list(node.data))
            block = node.data[slot]
            self._change(node, "clear_data", slot, 0, DATA_AT, Owned(block, 1, DATA))
            del node.data[slot]

    # ---- nodes

    def _add_kid(self) -> None:
        node, slot = self._pick_slot(KID_AT)
        block = self._pick_free()
        self._change(node, "set_kid", slot, block, KID_AT, Owned(block, 1, self._type))
        kid = node.kids[slot] = self._make_node(block, node)
        self._calls.xn_attach(block, self._calls.page_allocate())
        self._stamp(kid)

    def _add_loose(self) -> None:
        if len(self._nodes) >= MOST_NODES:
            return
        block = self._pick_free()
        self._calls.xn_allocate_unattached(block, self._type)
        node = self._make_node(block, None)
        self._loose.append(node)
        self._calls.xn_attach(block, self._calls.page_allocate())
        self._stamp(node)

    def _attach_loose(self) -> None:
        if self._loose:
            kid = self._chance.choice(self._loose)
            node, slot = self._pick_slot(KID_AT)
            self._change(node, "set_kid", slot, kid.block, KID_AT, Owned(kid.block, 1, self._type))
            self._loose.remove(kid)
            kid.owner = node
            node.kids[slot] = kid

    def _drop_kid(self) -> None:
        node = self._chance.choice(self._nodes)
        if node.kids:
            slot = self._chance.choice(list(node.kids))
            kid = node.kids[slot]
            self._change(node, "clear_kid", slot, 0, KID_AT, Owned(kid.block, 1, self._type))
            del node.kids[slot]
            self._forget(kid)

    def _swap(self) -> None:
        """Exchange two pointers of a node: in one sector, or the kernel refuses."""
        node = self._chance.choice(self._nodes)
        here, there = (self._chance.randrange(SLOTS) for _ in range(2))
        if here == there or not (here in node.data or there in node.data):
            return
        first, second = node.data.get(here, 0), node.data.get(there, 0)
        place = (node.block, ())
        self._calls.xn_swap(
            place,
            number_partition(DATA_AT, here),
            [pack_pointer(DATA_AT, here, second)],
            place,
            number_partition(DATA_AT, there),
            [pack_pointer(DATA_AT, there, first)],
        )
        for slot, block in ((here, second), (there, first)):
            node.data.pop(slot, None)
            if block:
                node.data[slot] = block
        self._stamp(node)

    def _touch(self) -> None:
        self._stamp(self._chance.choice(self._nodes))

    # ---- order and time

    def _depend(self) -> None:
        before, after = (self._chance.choice(self._nodes) for _ in range(2))
        self._calls.xn_depend(before.block, after.block)
        stamp = before.stamp
        self._stamp(after)
        self.ledger.obligations.append(
            Obligation(before.block, before.serial, stamp, after.block, after.serial, after.stamp)
        )

    def _write_some(self) -> None:
        dirty = self._calls.xn_dirty()
        for block in self._chance.sample(dirty, self._chance.randint(0, len(dirty))):
            try:
                self._calls.xn_write([block])
            except Refusal:
                self.refusals += 1

    def _write_deep(self) -> None:
        """Write what may be written again and again, so that not only leaves reach the disk."""
        for _ in range(self._chance.randint(2, 8)):
            write_dirty(self._calls)
            self._calls.compute(60 * CYCLES_PER_MILLISECOND)
            if self._chance.random() < 0.8:
                self._calls.xn_flush()
                self._calls.compute(20 * CYCLES_PER_MILLISECOND)

    def _flush(self) -> None:
        self._calls.xn_flush()

    def _pause(self) -> None:
        self._calls.compute(self._chance.choice((1, 10, 25, 100)) * CYCLES_PER_MILLISECOND)

    # ---- what moves share

    def _change(self, node: Node, method: str, slot: int, block: int, at: int, owned: Owned) -> None:
        """Set a pointer (or clear it, if `block` is 0): by the proved method, or byte by byte."""
        place, index = (node.block, ()), slot * STRIDE
        if self._chance.random() < 0.5:
            self._calls.xn_call(place, method, (index, block) if block else (index,))
        else:
            change = self._calls.xn_allocate if block else self._calls.xn_free
            change(place, number_partition(at, slot), [pack_pointer(at, slot, block)], owned)
        self._stamp(node)

    def _stamp(self, node: Node) -> None:
        node.stamp += 1
        self._calls.xn_write_bytes((node.block, ()), 0, pack_stamp(node.stamp, node.serial))

    def _make_node(self, block: int, owner: Node | None) -> Node:
        self._serial += 1
        node = Node(block, self._serial, owner)
        self._nodes.append(node)
        return node

    def _forget(self, node: Node) -> None:
        self._nodes.remove(node)
        self.ledger.forget(node.serial)

    def _pick_slot(self, at: int) -> tuple[Node, int]:
        """Return a node and a slot of it, free if there is one."""
        node = self._chance.choice(self._nodes)
        used = node.data if at == DATA_AT else node.kids
        free = [slot for slot in range(SLOTS) if slot not in used]
        return node, self._chance.choice(free or [0])

    def _pick_free(self) -> int:
        """Return a free block, rather one that was used before."""
        hint = self._chance.choice((0, 0, 0, len(self._free) // 2))
        return self._calls.xn_find_free(hint)
