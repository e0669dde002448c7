"""Random calls, legal and not, against a naive model; crashes, deaths, short memory in between.

After each call all invariants are checked (by `User`), after some a boot of the disk as it is; the free map
is compared with the model's whenever nothing is under way.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from tests.xn.bench import Bench, User, evict, words
from tests.xn.invariants import check_disk, walk_disk, walk_owned
from tests.xn.model import Model
from vm.machine.store import OverlayStore
from vm.xn.owned import DATA, Owned, Type
from vm.xok.refusal import Code, Refusal

MakeBench = Callable[..., Bench]
DATA_AT, KID_AT, DATA_SLOTS, KID_SLOTS = 64, 512, 112, 128
SEEDS = 24
MOVES = 110


class Player:
    """Plays with one disk.

    Args:
        bench: freshly formatted.
        seed: of all that happens.
    """

    def __init__(self, bench: Bench, seed: int) -> None:
        self.chance = random.Random(seed)
        self.bench = bench
        self.refused = 0
        self.users = [bench.login(), bench.login()]
        self.node = Type(self.user.install("zoo")["zoo_node"])
        self.model = self.make_model()
        for name, block, temporary in (("p", 20, False), ("q", 21, False), ("t", 22, True)):
            self.user.xn_create_root(name, block, self.node, temporary=temporary)
            self.user.attach(block)
            self.model.give(None, block, "temporary" if temporary else "persistent")
            self.user.write(block)
        self.compare()

    def make_model(self) -> Model:
        """Return a model of a disk of which nothing is known but what is free."""
        state, disk = self.bench.state, self.bench.machine.disk
        free = {block for block in range(state.super.blocks) if state.free_map.is_free(block)}
        disk.observer = model = Model(free, disk.write_cache)
        return model

    @property
    def user(self) -> User:
        """One of the users."""
        return self.chance.choice(self.users)

    def play(self, moves: int) -> None:
        """Do so many things."""
        actions: list[tuple[int, Callable[[], None]]] = [
            (12, self.give_data),
            (10, self.give_kid),
            (6, self.give_ad_hoc),
            (3, self.give_loose),
            (4, self.attach_loose),
            (2, self.drop_loose),
            (9, self.take),
            (4, self.take_ad_hoc),
            (12, self.write_some),
            (4, self.idle),
            (3, self.flush),
            (3, self.bind),
            (4, self.release),
            (2, self.run_short),
            (5, self.depend),
            (3, self.lock),
            (3, self.swap),
            (6, self.misuse),
            (1, self.die),
            (1, self.crash),
        ]
        weights = [weight for weight, _ in actions]
        for number, (_, action) in enumerate(self.chance.choices(actions, weights, k=moves)):
            try:
                action()
            except Refusal:
                self.refused += 1
            if number % 4 == 0:
                self.bench.check_disk()
            if self.bench.machine.disk.busy and not self.bench.machine.disk.write_cache:
                self.check_torn()
        self.idle()

    def check_torn(self) -> None:
        """A crash now leaves some sectors of what is under way, and nobody is hurt."""
        for share in (0.5, 0.1, 0.9):
            changed: dict[int, bytes] = {}
            for sector, data in self.model.pending.values():
                for at in range(0, len(data), 512):
                    if self.chance.random() < share:
                        changed[sector + at // 512] = data[at : at + 512]
            check_disk(self.bench.state, OverlayStore(self.bench.store, changed), self.bench.library)

    # ---- choosing

    def metadata(self) -> int:
        return self.chance.choice(sorted(self.model.tree))

    def any_block(self) -> int:
        return self.chance.choice(
            [self.chance.randrange(self.bench.state.super.blocks), *sorted(self.model.owner)[:40]]
        )

    def free(self) -> int:
        return self.user.xn_find_free(self.chance.randrange(12, 120))

    def find_slot(self, owner: int, block: int) -> tuple[str, int]:
        """Return where an owner points to a block."""
        entry = self.bench.state.registry.entries[owner]
        assert entry.frame is not None
        data = bytes(entry.frame)
        for at in range(DATA_AT, KID_AT + 4 * KID_SLOTS, 4):
            if data[at : at + 4] == words(block):
                return ("data", (at - DATA_AT) // 4) if at < KID_AT else ("kid", (at - KID_AT) // 4)
        raise AssertionError(f"block {owner} does not point to {block}")

    def in_core(self, block: int) -> bool:
        entry = self.bench.state.registry.get(block)
        return entry is not None and entry.frame is not None

    # ---- allocating

    def give_data(self) -> None:
        owner, block, slot = self.metadata(), self.free(), self.chance.randrange(DATA_SLOTS)
        user = self.user
        user.xn_call((owner, ()), "set_data", (slot, block))
        self.model.give(owner, block, None)
        if self.chance.random() < 0.8:
            user.fill(block, bytes([block % 256]))

    def give_kid(self) -> None:
        owner, block, slot = self.metadata(), self.free(), self.chance.randrange(KID_SLOTS)
        user = self.user
        user.xn_call((owner, ()), "set_kid", (slot, block))
        self.model.give(owner, block, self.model.tree[owner])
        if self.chance.random() < 0.8:
            user.attach(block)

    def give_ad_hoc(self) -> None:
        owner, block, slot = self.metadata(), self.free(), self.chance.randrange(DATA_SLOTS)
        writes = [(DATA_AT + 4 * slot, words(block))]
        self.user.xn_allocate((owner, ()), slot, writes, Owned(block, 1, DATA))
        self.model.give(owner, block, None)

    def give_loose(self) -> None:
        block, user = self.free(), self.user
        user.xn_allocate_unattached(block, self.node)
        self.model.give(None, block, "unattached")
        user.attach(block)

    def loose(self) -> int:
        loose = [block for block, tree in sorted(self.model.tree.items()) if tree == "unattached"]
        return self.chance.choice([each for each in loose if self.model.owner[each] is None] or [0])

    def attach_loose(self) -> None:
        owner, block, slot = self.metadata(), self.loose(), self.chance.randrange(KID_SLOTS)
        self.user.xn_call((owner, ()), "set_kid", (slot, block))
        self.model.attach(owner, block)

    def drop_loose(self) -> None:
        block = self.loose()
        self.user.xn_free_unattached(block)
        self.model.drop(block)

    # ---- freeing

    def victim(self) -> tuple[int, int]:
        owned = [(kid, owner) for kid, owner in sorted(self.model.owner.items()) if owner is not None]
        kid, owner = self.chance.choice(owned or [(0, 20)])
        return kid, owner or 20

    def take(self) -> None:
        kid, owner = self.victim()
        if kid and self.in_core(owner):
            what, slot = self.find_slot(owner, kid)
            self.user.xn_call((owner, ()), f"clear_{what}", (slot,))
            self.model.take(kid)

    def take_ad_hoc(self) -> None:
        kid, owner = self.victim()
        if kid and self.in_core(owner):
            what, slot = self.find_slot(owner, kid)
            at, partition = (
                (DATA_AT + 4 * slot, slot) if what == "data" else (KID_AT + 4 * slot, DATA_SLOTS + slot)
            )
            kind = DATA if what == "data" else self.node
            self.user.xn_free((owner, ()), partition, [(at, words(0))], Owned(kid, 1, kind))
            self.model.take(kid)

    # ---- writing

    def is_going(self, block: int) -> bool:
        entry = self.bench.state.registry.get(block)
        return entry is not None and (entry.dirty or not (entry.initialised or entry.stable < entry.version))

    def write_some(self) -> None:
        dirty = [block for block in sorted(self.bench.state.registry.entries) if self.is_going(block)]
        for block in self.chance.sample(dirty, self.chance.randint(0, len(dirty))):
            try:
                self.user.xn_write([block])
            except Refusal as refusal:
                self.refused += 1
                if refusal.code not in (Code.TAINTED, Code.DEPENDENCY, Code.TRANSFERRING, Code.LOCKED):
                    raise

    def idle(self) -> None:
        self.compare()

    def flush(self) -> None:
        self.bench.idle()
        self.user.xn_flush()
        self.compare()

    def compare(self) -> None:
        """The model and the kernel agree."""
        self.bench.idle()
        state = self.bench.state
        free = {block for block, byte in enumerate(bytes(state.free_map.view)) if byte}
        assert free == self.model.free, f"free: {sorted(free ^ self.model.free)}"
        model = self.model
        waiting = {block for blocks in (*model.deferred.values(), *model.flying.values()) for block in blocks}
        assert state.will_free == len(waiting)

    # ---- the registry

    def bind(self) -> None:
        kid, owner = self.victim()
        user = self.user
        if kid and self.in_core(owner):
            what, slot = self.find_slot(owner, kid)
            user.xn_bind(kid, (owner, ()), slot if what == "data" else DATA_SLOTS + slot)
            if not self.in_core(kid):
                user.xn_read([kid], [user.page()])
                self.bench.idle()

    def release(self) -> None:
        self.user.xn_release(self.any_block(), self.chance.random() < 0.7)

    def run_short(self) -> None:
        evict(self.bench)

    def depend(self) -> None:
        self.user.xn_depend(self.metadata(), self.metadata())

    def lock(self) -> None:
        user, block = self.user, self.metadata()
        user.xn_lock(block)
        user.xn_write_bytes((block, ()), 16, b"locked")
        if self.chance.random() < 0.8:
            user.xn_unlock(block)

    def swap(self) -> None:
        left, right = self.metadata(), self.metadata()
        kids = [kid for kid in self.model.kids(left) if kid in self.model.tree]
        if not (kids and self.in_core(left) and self.in_core(right)) or left == right:
            return
        kid, there = self.chance.choice(kids), self.chance.randrange(KID_SLOTS)
        _, here = self.find_slot(left, kid)
        sides = (
            ((left, ()), DATA_SLOTS + here, [(KID_AT + 4 * here, words(0))]),
            ((right, ()), DATA_SLOTS + there, [(KID_AT + 4 * there, words(kid))]),
        )
        self.user.xn_swap(*sides[0], *sides[1])
        self.model.owner[kid] = right

    # ---- what must not work

    def misuse(self) -> None:
        user, owner, block = self.user, self.metadata(), self.any_block()
        slot = self.chance.randrange(DATA_SLOTS)
        place = (owner, ())
        at = DATA_AT + 4 * slot
        attacks: list[Callable[[], object]] = [
            lambda: user.xn_modify(place, None, [(at, words(block))]),
            lambda: user.xn_modify(place, [slot], [(at, words(block))]),
            lambda: user.xn_write_bytes(place, at, words(block)),
            lambda: user.xn_free(place, slot, [(at, words(0))], Owned(block, 1, DATA)),
            lambda: user.xn_allocate(place, slot, [(at, words(block))], Owned(block, 1, self.node)),
            lambda: user.xn_allocate(place, slot, [(at, words(block + 1))], Owned(block, 1, DATA)),
            lambda: user.xn_bind(block, place, slot),
            lambda: user.xn_raw_insert(block),
            lambda: user.xn_attach(block, user.page()),
            lambda: user.xn_view(block, write=True),
            lambda: user.xn_unlock(block),
            lambda: user.xn_delete_root("p"),
            lambda: user.xn_free_unattached(block),
            lambda: user.xn_write([block, block + 1]),
            user.xn_shutdown,
        ]
        number = self.chance.randrange(len(attacks))
        attacks[number]()
        if number == 11:
            self.model.drop(20)

    # ---- ends

    def die(self) -> None:
        """An environment ends; the kernel writes what it left, and frees what hung from nothing."""
        user = self.users.pop(self.chance.randrange(len(self.users)))
        for block, entry in sorted(self.bench.state.registry.entries.items()):
            tree = entry.tree.find()
            if tree.standing == "unattached" and tree.environment == user.id and entry.owner is None:
                self.model.drop(block)
        self.bench.destroy(user)
        self.users.append(self.bench.login())
        self.compare()

    def crash(self) -> None:
        """The machine loses all but the disk."""
        before = self.model
        self.bench.check_disk()
        self.bench = self.bench.crash(self.chance.choice(["auto", "always"]))
        assert not self.bench.session.recovery.findings
        state, _ = walk_disk(self.bench.store, self.bench.library)
        owned = walk_owned(state)
        assert not before.free & set(owned), "the disk leads to what was free"
        self.users = [self.bench.login(), self.bench.login()]
        self.reopen(set(owned))

    def reopen(self, reached: set[int]) -> None:
        """Read all metadata again, and make the model from them."""
        state = self.bench.state
        self.model = self.make_model()
        assert not self.model.free & reached
        root = self.users[0]
        for info in root.xn_roots():
            root.open(info.name)
            self.model.owner[info.block], self.model.tree[info.block] = None, "persistent"
        stack = sorted(self.model.tree)
        while stack:
            owner = stack.pop()
            entry = state.registry.entries[owner]
            assert entry.frame is not None
            for partition in range(DATA_SLOTS + KID_SLOTS):
                at = DATA_AT + 4 * partition
                block = int.from_bytes(entry.frame[at : at + 4], "little")
                if not block:
                    continue
                self.model.owner[block] = owner
                if partition >= DATA_SLOTS:
                    root.xn_bind(block, (owner, ()), partition)
                    root.read(block)
                    self.model.tree[block] = "persistent"
                    stack.append(block)
        if not any(info.temporary for info in root.xn_roots()):
            block = root.xn_find_free(12)
            root.create("t", block, self.node, temporary=True, write=False)
            self.model.give(None, block, "temporary")
        self.compare()


@pytest.mark.parametrize("seed", range(SEEDS))
def test_random_calls(make_bench: MakeBench, seed: int) -> None:
    bench = make_bench(blocks=160, ordered=seed % 3 == 2, write_cache=seed % 2 == 1, pages=256)
    player = Player(bench, seed)
    player.play(MOVES)
    assert player.refused
