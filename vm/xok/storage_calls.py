"""The system calls of XN, the storage layer. Each: guard, then new state.

In: what a library passes: anything. Out: what `vm.xn` answers, or `Refusal`, and then nothing has changed.
`cap` is a slot of the environment's capability list; `counter` a word of its u-area that goes down by one for
each block that was transferred. Nothing here waits for a file system's blocks; creating and deleting roots,
installing types and shutting down wait for the few sectors that the kernel writes for itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from vm.machine import costs
from vm.xn import arguments as make
from vm.xn import bind, boot, catalogue, modify, raw, swap, transfer, unattached
from vm.xn.limits import MAX_FORM_BYTES
from vm.xn.method import call_method
from vm.xn.owned import Owned, Place, Type
from vm.xn.registry import EntryInfo, describe_entry
from vm.xn.state import State
from vm.xok import storage_table as calls
from vm.xok.entry import Entry
from vm.xok.environment import Environment
from vm.xok.refusal import Code, Refusal

Writes: TypeAlias = Sequence[tuple[int, bytes]]


@dataclass(frozen=True, slots=True)
class RootInfo:
    """What everybody may know of a root."""

    name: str
    block: int
    type: Type
    arguments: tuple[int, ...]
    guard: bytes
    temporary: bool
    on_disk: bool


@dataclass(frozen=True, slots=True)
class StorageInfo:
    """What everybody may know of the disk.

    Args:
        blocks: of 4,096 bytes, the kernel's own included.
        first_block: the first that is not the kernel's own.
        free: blocks that may be allocated.
        will_free: blocks that wait for a write.
        write_cache: a finished write is stable only after `xn_flush`.
        ordered_free_map: the free map on the disk never calls free what something points to.
        quarantined: blocks that recovery could not trust.
        closed: nothing can be allocated, since a damaged tree may own any block.
    """

    blocks: int
    first_block: int
    free: int
    will_free: int
    write_cache: bool
    ordered_free_map: bool
    quarantined: tuple[int, ...]
    closed: bool


class StorageCalls(Entry):
    """The calls of XN."""

    __slots__ = ()

    @property
    def _storage(self) -> State:
        state = self._kernel.storage
        assert isinstance(state, State), "vm.boot has started it"
        return state

    # ---- types and roots

    def xn_install(self, name: str, form: bytes, cap: int = 0) -> dict[str, Type]:
        """Prove a set of templates in their download form, and keep it under `name` for good."""
        environment = self._enter(calls.XN_INSTALL.cycles)
        environment.capability(cap)
        data = make.make_bytes(form, MAX_FORM_BYTES)
        return catalogue.install_types(self._storage, environment, catalogue.check_name(name), data)

    def xn_types(self) -> dict[str, dict[str, Type]]:
        """Return the types of the catalogue: set, template, number."""
        self._enter(calls.XN_TYPES.cycles)
        return {
            name: {each: loaded[each].type for each in sorted(loaded)}
            for name, (_, _, loaded) in sorted(self._storage.sets.items())
        }

    def xn_create_root(
        self,
        name: str,
        block: int | None,
        type: Type,  # noqa: A002  (the papers' word)
        arguments: Sequence[int] = (),
        cap: int = 0,
        temporary: bool = False,
    ) -> int:
        """Allocate a root, and return its block; write it, and the catalogue on the disk has it."""
        environment = self._enter(calls.XN_CREATE_ROOT.cycles)
        return catalogue.create_root(
            self._storage,
            environment,
            catalogue.check_name(name),
            None if block is None else make.make_block(block),
            make.make_type(type),
            make.make_numbers(arguments, "arguments"),
            environment.capability(cap),
            make.make_flag(temporary, "temporary"),
        )

    def xn_open_root(self, name: str) -> Owned:
        """Put a root into the registry; read it then."""
        environment = self._enter(calls.XN_OPEN_ROOT.cycles)
        return catalogue.open_root(self._storage, environment, catalogue.check_name(name))

    def xn_delete_root(self, name: str, cap: int = 0) -> None:
        """Delete a root that owns nothing."""
        environment = self._enter(calls.XN_DELETE_ROOT.cycles)
        name = catalogue.check_name(name)
        catalogue.delete_root(self._storage, environment, name, environment.capability(cap))

    def xn_roots(self) -> tuple[RootInfo, ...]:
        """Return the root catalogue."""
        self._enter(calls.XN_ROOTS.cycles)
        return tuple(
            RootInfo(
                root.name,
                root.block,
                root.type,
                root.arguments,
                root.guard,
                root.temporary,
                root.on_disk,
            )
            for _, root in sorted(self._storage.roots.items())
        )

    # ---- the registry

    def xn_bind(self, block: int, parent: Place, partition: int, cap: int = 0) -> None:
        """Bind a block to the object whose partition owns it, and hold it."""
        environment = self._enter(calls.XN_BIND.cycles)
        bind.bind_block(
            self._storage,
            environment,
            make.make_block(block),
            make.make_place(parent),
            make.make_number(partition, "a partition"),
            environment.capability(cap),
        )

    def xn_raw_insert(self, block: int) -> None:
        """Make room for a block whose owner is not known yet, to read it early."""
        environment = self._enter(calls.XN_RAW_INSERT.cycles)
        bind.insert_raw(self._storage, environment, make.make_block(block))

    def xn_attach(self, block: int, page: int, contents: bool = False, cap: int = 0) -> None:
        """Give a page of this environment to a block: zeros for a new one, or the contents of data."""
        environment = self._enter(calls.XN_ATTACH.cycles)
        bind.attach_page(
            self._storage,
            environment,
            make.make_block(block),
            make.make_number(page, "a page"),
            make.make_flag(contents, "contents"),
            environment.capability(cap),
        )

    def xn_read(self, blocks: Sequence[int], pages: Sequence[int], counter: int | None = None) -> None:
        """Start reading blocks into pages of this environment; anybody may."""
        environment = self._enter(calls.XN_READ.cycles)
        numbers = make.make_blocks(blocks)
        notify = self._make_notify(environment, counter)
        transfer.start_reads(self._storage, environment, numbers, make.make_pages(pages), notify)
        self._clock.advance(costs.REGISTRY_LOOKUP * len(numbers))

    def xn_write(self, blocks: Sequence[int], counter: int | None = None) -> None:
        """Start writing blocks, all or none; anybody may. Clean ones are done at once."""
        environment = self._enter(calls.XN_WRITE.cycles)
        numbers = make.make_blocks(blocks)
        notify = self._make_notify(environment, counter)
        transfer.start_writes(self._storage, environment.id, numbers, notify)
        self._clock.advance(costs.REGISTRY_LOOKUP * len(numbers))

    def xn_may_write(self, block: int) -> Code | None:
        """Return why a block could not be written now; None: it could."""
        environment = self._enter(calls.XN_MAY_WRITE.cycles)
        entry = self._storage.find_entry(make.make_block(block))
        refusal = transfer.find_refusal(entry, environment.id)
        return None if refusal is None else refusal.code

    def xn_flush(self, counter: int | None = None) -> None:
        """Make stable what has arrived in the drive's cache; the counter goes down once."""
        environment = self._enter(calls.XN_FLUSH.cycles)
        transfer.start_flush(self._storage, self._make_notify(environment, counter))

    def xn_release(self, block: int, keep: bool = True) -> None:
        """Hold a block no longer; without `keep`, one that nobody else holds leaves the core at once."""
        environment = self._enter(calls.XN_RELEASE.cycles)
        number, kept = make.make_block(block), make.make_flag(keep, "keep")
        bind.release_block(self._storage, environment, number, kept)

    def xn_view(self, block: int, write: bool = False, cap: int = 0) -> memoryview:
        """Map the page of a block: metadata for reading only."""
        environment = self._enter(calls.XN_VIEW.cycles)
        return bind.view_page(
            self._storage,
            environment,
            make.make_block(block),
            make.make_flag(write, "write"),
            environment.capability(cap),
        )

    def xn_set_dirty(self, blocks: Sequence[int], cap: int = 0) -> None:
        """Say that pages of data were changed through a view."""
        environment = self._enter(calls.XN_SET_DIRTY.cycles)
        numbers = make.make_blocks(blocks)
        bind.set_dirty(self._storage, environment, numbers, environment.capability(cap))

    def xn_entry(self, block: int) -> EntryInfo | None:
        """Return what the registry knows of a block; None: nothing."""
        self._enter(calls.XN_ENTRY.cycles)
        entry = self._storage.registry.get(make.make_block(block))
        return None if entry is None else describe_entry(entry)

    def xn_dirty(self) -> list[int]:
        """Return all dirty blocks of the registry, ascending."""
        self._enter(calls.XN_DIRTY.cycles)
        return sorted(self._storage.registry.dirty)

    def xn_children(self, block: int) -> list[int]:
        """Return the blocks that are bound below a block, ascending."""
        self._enter(calls.XN_CHILDREN.cycles)
        entry = self._storage.registry.get(make.make_block(block))
        return [] if entry is None else sorted(entry.kids)

    def xn_lock(self, block: int, cap: int = 0) -> None:
        """Keep others from changing and writing a block."""
        environment = self._enter(calls.XN_LOCK.cycles)
        bind.lock_block(self._storage, environment, make.make_block(block), environment.capability(cap))

    def xn_unlock(self, block: int) -> None:
        """Let others change a block again."""
        environment = self._enter(calls.XN_UNLOCK.cycles)
        bind.unlock_block(self._storage, environment, make.make_block(block))

    def xn_depend(self, before: int, after: int, cap: int = 0) -> None:
        """Let `after` not be written before `before` is stable, as it is now."""
        environment = self._enter(calls.XN_DEPEND.cycles)
        bind.depend(
            self._storage,
            environment,
            make.make_block(before),
            make.make_block(after),
            environment.capability(cap),
        )

    # ---- changes

    def xn_call(self, place: Place, method: str, arguments: Sequence[int] = (), cap: int = 0) -> None:
        """Run a method of an object: what it gives is allocated, what it takes is freed."""
        environment = self._enter(calls.XN_CALL.cycles)
        if type(method) is not str:
            raise Refusal(Code.BAD_ARGUMENT, "a method is named by text")
        call_method(
            self._storage,
            environment,
            make.make_place(place),
            method,
            make.make_numbers(arguments, "arguments"),
            environment.capability(cap),
        )

    def xn_allocate(self, place: Place, partition: int, writes: Writes, owned: Owned, cap: int = 0) -> None:
        """Store bytes after which the partition owns `owned`, too."""
        environment = self._enter(calls.XN_ALLOCATE.cycles)
        modify.change_bytes(
            self._storage,
            environment,
            make.make_place(place),
            make.make_writes(writes),
            environment.capability(cap),
            [make.make_number(partition, "a partition")],
            gives=[make.make_owned(owned)],
        )

    def xn_free(self, place: Place, partition: int, writes: Writes, owned: Owned, cap: int = 0) -> None:
        """Store bytes after which the partition does not own `owned` any more."""
        environment = self._enter(calls.XN_FREE.cycles)
        modify.change_bytes(
            self._storage,
            environment,
            make.make_place(place),
            make.make_writes(writes),
            environment.capability(cap),
            [make.make_number(partition, "a partition")],
            takes=[make.make_owned(owned)],
        )

    def xn_modify(self, place: Place, partitions: Sequence[int] | None, writes: Writes, cap: int = 0) -> None:
        """Store bytes that change nothing that is owned; None: compare all partitions."""
        environment = self._enter(calls.XN_MODIFY.cycles)
        modify.change_bytes(
            self._storage,
            environment,
            make.make_place(place),
            make.make_writes(writes),
            environment.capability(cap),
            make.make_partitions(partitions),
        )

    def xn_set_type(self, place: Place, writes: Writes, type: Type, cap: int = 0) -> None:  # noqa: A002
        """Make a union without a member one of `type`; the member owns nothing."""
        environment = self._enter(calls.XN_SET_TYPE.cycles)
        modify.set_type(
            self._storage,
            environment,
            make.make_place(place),
            make.make_writes(writes),
            make.make_type(type),
            environment.capability(cap),
        )

    def xn_clear_type(self, place: Place, writes: Writes, cap: int = 0) -> None:
        """Make a union whose member owns nothing one without a member."""
        environment = self._enter(calls.XN_CLEAR_TYPE.cycles)
        modify.set_type(
            self._storage,
            environment,
            make.make_place(place),
            make.make_writes(writes),
            None,
            environment.capability(cap),
        )

    def xn_swap(
        self,
        place_a: Place,
        partition_a: int,
        writes_a: Writes,
        place_b: Place,
        partition_b: int,
        writes_b: Writes,
        cap: int = 0,
    ) -> None:
        """Exchange what two partitions own."""
        environment = self._enter(calls.XN_SWAP.cycles)
        sides = (
            (
                make.make_place(place_a),
                make.make_number(partition_a, "a partition"),
                make.make_writes(writes_a),
            ),
            (
                make.make_place(place_b),
                make.make_number(partition_b, "a partition"),
                make.make_writes(writes_b),
            ),
        )
        swap.swap(self._storage, environment, sides, environment.capability(cap))

    def xn_write_bytes(self, place: Place, offset: int, data: bytes, cap: int = 0) -> None:
        """Store raw bytes of an object."""
        environment = self._enter(calls.XN_WRITE_BYTES.cycles)
        raw.write_raw(
            self._storage,
            environment,
            make.make_place(place),
            make.make_number(offset, "an offset"),
            make.make_bytes(data),
            environment.capability(cap),
        )

    def xn_read_bytes(self, place: Place, offset: int, length: int, cap: int = 0) -> bytes:
        """Return bytes of an object."""
        environment = self._enter(calls.XN_READ_BYTES.cycles)
        return raw.read_raw(
            self._storage,
            environment,
            make.make_place(place),
            make.make_number(offset, "an offset"),
            make.make_number(length, "a length"),
            environment.capability(cap),
        )

    # ---- unattached trees

    def xn_allocate_unattached(self, block: int, type: Type, arguments: Sequence[int] = ()) -> None:  # noqa: A002
        """Allocate a block that hangs from nothing yet."""
        environment = self._enter(calls.XN_ALLOCATE_UNATTACHED.cycles)
        number, kind = make.make_block(block), make.make_type(type)
        owned = Owned(number, 1, kind, make.make_numbers(arguments, "arguments"))
        unattached.allocate_unattached(self._storage, environment, owned)

    def xn_free_unattached(self, block: int) -> None:
        """Free a block that hangs from nothing."""
        environment = self._enter(calls.XN_FREE_UNATTACHED.cycles)
        unattached.free_unattached(self._storage, environment, make.make_block(block))

    # ---- the disk

    def xn_free_map(self) -> memoryview:
        """Map the free map: a byte for each block, 1 = may be allocated."""
        self._enter(calls.XN_FREE_MAP.cycles)
        return self._storage.free_map.view

    def xn_find_free(self, hint: int, count: int = 1) -> int:
        """Return the first of `count` free blocks side by side, behind `hint` if there are."""
        self._enter(calls.XN_FIND_FREE.cycles)
        start, wanted = make.make_block(hint), make.make_number(count, "a count", 1 << 16)
        found = self._storage.free_map.find(start, wanted) if wanted else None
        if found is None:
            raise Refusal(Code.NONE_FREE, f"there are no {wanted} free blocks side by side")
        return found

    def xn_info(self) -> StorageInfo:
        """Return what is known of the disk."""
        self._enter(calls.XN_INFO.cycles)
        state = self._storage
        return StorageInfo(
            state.super.blocks,
            state.super.first_block,
            state.free_map.free,
            state.will_free,
            state.disk.write_cache,
            state.super.ordered,
            tuple(sorted(state.quarantined)),
            state.closed,
        )

    def xn_shutdown(self, cap: int = 0) -> None:
        """Write the free map and say that the disk is clean; everything else has been written."""
        environment = self._enter(calls.XN_SHUTDOWN.cycles)
        environment.capability(cap)
        boot.shut_down(self._storage)

    def _make_notify(self, environment: Environment, counter: int | None) -> Callable[[], None]:
        word = make.make_counter(counter)
        if word is None:
            return _do_nothing
        return lambda: environment.count_down(word)


def _do_nothing() -> None:
    return
