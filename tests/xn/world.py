"""Two users and a disk: Alice's file system is the victim, Bob attacks it.

    alice      110 node (hers) -> 111 node -> data 210, 211;  110 -> data 200 ... 203, run 204 + 4
    public     100 node (anybody's) -> data 220 (anybody may read it)
    bob        120 node (his) -> 121 node -> data 231; 120 -> data 230
    shelf      140 (Bob's): boxes with an owner of their own; box 1 is Alice's, with data 240

All of it is on the disk, and in core.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from tests.xn.bench import ALICE, ALICE_ID, BOB, BOB_ID, Bench, User, claim, words
from vm.xn.owned import DATA, Owned, Type
from vm.xn.place import find_spot
from vm.xok.refusal import Refusal

ALICES = (110, 111, 200, 201, 202, 203, 204, 205, 206, 207, 210, 211, 240)
PUBLIC = (100, 220)


@dataclass
class World:
    """Both users, root, and the types."""

    bench: Bench
    root: User
    alice: User
    bob: User
    node: Type
    shelf: dict[str, Type]
    wide: dict[str, Type]
    odd: dict[str, Type]

    def page(self, data: bytes = b"") -> int:
        """Return a page of Bob's."""
        return self.bob.page(data)

    def picture(self) -> list[bytes]:
        """Return the victim's bytes, in core and on the disk."""
        found = []
        for block in (*ALICES, *PUBLIC):
            entry = self.bench.state.registry.get(block)
            found.append(b"" if entry is None or entry.frame is None else bytes(entry.frame))
            found.append(self.bench.store.read(8 * block, 8))
        shelf = self.bench.state.registry.get(140)
        assert shelf is not None
        assert shelf.frame is not None
        found.append(bytes(shelf.frame[1024:1536]))
        return found


def make_world(bench: Bench) -> World:
    """Return the world above."""
    root, alice, bob = bench.login(), bench.login(ALICE), bench.login(BOB)
    bench.checks = False
    node = root.install("zoo")["zoo_node"]
    world = World(
        bench, root, alice, bob, node, root.install("union"), root.install("wide"), root.install("odd")
    )
    root.create("public", 100, node, write=False)
    claim(root, 100, 0, 3)
    for user, name, block, owner in ((alice, "alice", 110, ALICE_ID), (bob, "bob", 120, BOB_ID)):
        user.create(name, block, node, write=False)
        claim(user, block, owner)
        user.xn_call((block, ()), "set_kid", (0, block + 1))
        user.attach(block + 1)
        claim(user, block + 1, owner)
    for user, owner, slot, block in (
        *((alice, 110, slot, 200 + slot) for slot in range(4)),
        *((alice, 111, slot, 210 + slot) for slot in range(2)),
        (alice, 100, 0, 220),
        (bob, 120, 0, 230),
        (bob, 121, 0, 231),
    ):
        user.xn_call((owner, ()), "set_data", (slot, block))
        user.fill(block, f"{owner} has block {block}".encode())
    alice.xn_allocate((110, ()), 240, [(1024, words(204, 4))], Owned(204, 4, DATA))
    for block in range(204, 208):
        alice.fill(block, f"run {block}".encode())
    bob.create("shelf", 140, world.shelf["shelf"], write=False)
    bob.xn_modify((140, ()), None, [(0, words(BOB_ID))])
    bob.xn_set_type((140, (1,)), [(0, words(1, ALICE_ID))], world.shelf["shelf_pointers"])
    alice.xn_call((140, (1, 0)), "set", (0, 240))
    alice.fill(240, b"alice's in bob's shelf")
    write_all(bench, root)
    bench.checks = True
    bench.check()
    return world


def write_all(bench: Bench, user: User) -> None:
    """Write everything, kids first."""
    while True:
        dirty = [block for block in user.sys.xn_dirty() if user.sys.xn_may_write(block) is None]
        if not dirty:
            return
        user.sys.xn_write(dirty)
        bench.idle()


def check_intact(world: World) -> None:
    """Assert that the victim's file system is what it was, now and after a crash."""
    bench = world.bench
    bench.check()
    bench.check_disk()
    for recover in ("auto", "always"):
        after = bench.crash(recover)
        assert not after.session.recovery.findings
        alice = after.login(ALICE)
        alice.open("alice")
        for owner, partition, block in (
            (110, 112, 111),
            *((110, slot, 200 + slot) for slot in range(4)),
            *((110, 240, 204 + more) for more in range(4)),
            *((111, slot, 210 + slot) for slot in range(2)),
        ):
            alice.xn_bind(block, (owner, ()), partition)
            alice.read(block)
            text = f"run {block}" if 204 <= block < 208 else f"{owner} has block {block}"
            if block != 111:
                assert bytes(alice.xn_view(block)).rstrip(b"\0") == text.encode()


def use(world: World) -> None:
    """Assert that the kernel still serves everybody."""
    for user, owner in ((world.alice, 110), (world.root, 100)):
        block = user.xn_find_free(1000)
        frame = find_spot(world.bench.state.registry, (owner, ())).read()
        slot = next(slot for slot in range(20, 112) if not any(frame[64 + 4 * slot : 68 + 4 * slot]))
        user.xn_call((owner, ()), "set_data", (slot, block))
        user.fill(block, b"alive")
        user.write(block)
        user.xn_call((owner, ()), "clear_data", (slot,))
        with suppress(Refusal):
            user.write(owner)
