"""Of each call, arguments that are granted, and for each refusal what to change about them.

In: a `World` (`tests.xn.world`); Bob calls. Out: `GOOD` and `PROVOCATIONS`: functions that prepare the world,
and return the arguments, or those that differ. What only a damaged or hostile disk shows is written into the
kernel's own memory, as if it had come from there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from tests.xn.bench import ALICE_ID, BOB_ID, words
from tests.xn.world import World
from vm.xn.limits import MAX_TYPE_SETS
from vm.xn.owned import DATA, Owned
from vm.xok.account import Resource
from vm.xok.capability import Capability
from vm.xok.refusal import Code

Arguments: TypeAlias = dict[str, Any]
Make: TypeAlias = Callable[[World], Arguments]

MINE, HERS, PUBLIC = (120, ()), (110, ()), (100, ())
NEW = 300


def _data(slot: int, block: int) -> list[tuple[int, bytes]]:
    return [(64 + 4 * slot, words(block))]


def _kid(slot: int, block: int) -> list[tuple[int, bytes]]:
    return [(512 + 4 * slot, words(block))]


def _one(block: int) -> Owned:
    return Owned(block, 1, DATA)


# ---- states of the world


def _limit(w: World, resource: Resource) -> Arguments:
    account = w.bob.environment.account
    account.limits[resource] = account.used[resource]
    return {}


def _raw(w: World) -> int:
    """Return a block that Bob has read raw."""
    block: int = w.bench.state.type_runs[0][0]
    w.bob.xn_raw_insert(block)
    w.bob.read(block)
    return block


def _unread(w: World) -> int:
    """Return a node of Bob's that is bound, and not in core."""
    w.bob.xn_release(231, keep=False)
    w.bob.xn_release(121, keep=False)
    w.bob.xn_bind(121, MINE, 112)
    return 121


def _reading(w: World) -> int:
    block = _unread(w)
    w.bob.xn_read([block], [w.page()])
    return block


def _writing(w: World, block: int = 230) -> int:
    w.bob.xn_view(block, write=True)[:1] = b"x"
    w.bob.xn_set_dirty([block])
    w.bob.xn_write([block])
    return block


def _locked(w: World) -> int:
    """Return a node that anybody may change, locked by Alice."""
    w.alice.xn_open_root("public")
    w.alice.xn_lock(100)
    return 100


def _shelf_of_parts(w: World) -> tuple[int, tuple[int, ...]]:
    """Return the place of a part whose arguments are not allowed."""
    w.bob.create("odd", 310, w.odd["odd_shelf"], write=False)
    return (310, (0,))


def _read_only(w: World) -> int:
    w.bob.forge(0, 1, Capability(b"B", 0))
    return 1


def _poke(w: World, block: int, at: int, data: bytes) -> None:
    """A hostile disk had these bytes in a block."""
    frame = w.bench.state.registry.entries[block].frame
    assert frame is not None
    frame[at : at + len(data)] = data


def _other_unit(w: World) -> int:
    """Return an object that counts in blocks of 512 bytes."""
    w.bob.create("unit", 320, w.odd["odd_unit"], write=False)
    w.bob.xn_modify((320, ()), None, [(0, words(512))])
    return 320


def _hostile_unit(w: World) -> int:
    """Return one that owns something all the same."""
    block = _other_unit(w)
    _poke(w, block, 4, words(230))
    return block


def _fill(w: World) -> None:
    """Nothing is free."""
    w.bench.state.free_map.fill(bytes(w.bench.state.super.blocks))


def _close(w: World) -> Arguments:
    w.bench.state.closed = True
    return {}


def _deferred(w: World) -> int:
    """Return a block that is freed on paper."""
    w.bob.xn_call(MINE, "clear_data", (0,))
    return 230


def _written_wide(w: World) -> int:
    w.bob.create("wide", 330, w.wide["wide_kind"], write=False)
    w.bob.xn_call((330, ()), "be", (1,))
    w.bob.write(330)
    return 330


def _loose(w: World, block: int = NEW) -> int:
    w.bob.xn_allocate_unattached(block, w.node)
    w.bob.attach(block)
    return block


# ---- what several calls share


def _slot() -> dict[Code, Make]:
    return {
        Code.BAD_ARGUMENT: lambda w: {"cap": "0"},
        Code.NO_SUCH_CAPABILITY: lambda w: {"cap": 9},
    }


def _place(name: str) -> dict[Code, Make]:
    return {
        Code.NOT_BOUND: lambda w: {name: (999, ())},
        Code.UNKNOWN_TYPE: lambda w: {name: (_raw(w), ())},
        Code.NOT_IN_CORE: lambda w: {name: (_unread(w), ())},
        Code.NO_SUCH_PLACE: lambda w: {name: (120, (0,))},
        Code.BAD_ARGUMENTS: lambda w: {name: _shelf_of_parts(w)},
        Code.ACCESS_DENIED: lambda w: {name: HERS},
    }


def _change(name: str = "place") -> dict[Code, Make]:
    return {**_slot(), **_place(name), Code.LOCKED: lambda w: {name: (_locked(w), ())}}


def _pages(key: str = "page") -> dict[Code, Make]:
    def wrap(page: int) -> Any:
        return page if key == "page" else [page]

    def bound(w: World) -> Arguments:
        page = w.page()
        w.bob.xn_call(MINE, "set_data", (90, 390))
        w.bob.xn_attach(390, page)
        return {key: wrap(page)}

    def pinned(w: World) -> Arguments:
        page = w.page()
        w.bob.region_create(page, 0, 16)
        return {key: wrap(page)}

    return {
        Code.NO_SUCH_PAGE: lambda w: {key: wrap(1 << 40)},
        Code.PAGE_BOUND: bound,
        Code.PAGE_PINNED: pinned,
    }


# ---- granted


def _attach(w: World) -> Arguments:
    w.bob.xn_call(MINE, "set_data", (1, NEW))
    return {"block": NEW, "page": w.page()}


def _read(w: World) -> Arguments:
    w.bob.xn_release(230, keep=False)
    w.bob.xn_bind(230, MINE, 0)
    return {"blocks": [230], "pages": [w.page()], "counter": 3}


def _write(w: World) -> Arguments:
    w.bob.xn_write_bytes(MINE, 16, b"dirty")
    return {"blocks": [120], "counter": 3}


def _hold(block: int) -> Make:
    def make(w: World) -> Arguments:
        w.bob.xn_open_root("bob")
        return {"block": block}

    return make


def _unlock(w: World) -> Arguments:
    w.bob.xn_lock(120)
    return {"block": 120}


def _depend(w: World) -> Arguments:
    w.bob.xn_write_bytes(MINE, 16, b"dirty")
    return {"before": 120, "after": 121}


def _delete(w: World) -> Arguments:
    w.bob.create("doomed", NEW, w.node)
    return {"name": "doomed"}


def _free_loose(w: World) -> Arguments:
    return {"block": _loose(w)}


def _swap(w: World) -> Arguments:
    """Two parts in one block, that was never written."""
    w.bob.create("s", NEW, w.shelf["xor_block"], write=False)
    w.bob.xn_allocate((NEW, (0,)), 0, [(4, words(301))], _one(301))
    return {
        "place_a": (NEW, (0,)),
        "partition_a": 0,
        "writes_a": [(4, words(0))],
        "place_b": (NEW, (1,)),
        "partition_b": 0,
        "writes_b": [(4, words(301))],
    }


def _set_type(w: World) -> Arguments:
    return {"place": (140, (0,)), "writes": [(0, words(1))], "type": w.shelf["shelf_pointers"]}


def _clear_type(w: World) -> Arguments:
    w.bob.xn_set_type(**_set_type(w))
    return {"place": (140, (0,)), "writes": [(0, words(0))]}


GOOD: dict[str, Make] = {
    "xn_install": lambda w: {"name": "list", "form": w.bench.forms.load("list")},
    "xn_types": lambda w: {},
    "xn_create_root": lambda w: {"name": "new", "block": NEW, "type": w.node},
    "xn_open_root": lambda w: {"name": "alice"},
    "xn_delete_root": _delete,
    "xn_roots": lambda w: {},
    "xn_bind": lambda w: {"block": 230, "parent": MINE, "partition": 0},
    "xn_raw_insert": lambda w: {"block": w.bench.state.type_runs[0][0]},
    "xn_attach": _attach,
    "xn_read": _read,
    "xn_write": _write,
    "xn_may_write": lambda w: {"block": 120},
    "xn_flush": lambda w: {"counter": 3},
    "xn_release": lambda w: {"block": 230},
    "xn_view": lambda w: {"block": 230, "write": True},
    "xn_set_dirty": lambda w: {"blocks": [230]},
    "xn_entry": lambda w: {"block": 230},
    "xn_dirty": lambda w: {},
    "xn_children": lambda w: {"block": 120},
    "xn_lock": _hold(120),
    "xn_unlock": _unlock,
    "xn_depend": _depend,
    "xn_call": lambda w: {"place": MINE, "method": "set_data", "arguments": (1, NEW)},
    "xn_allocate": lambda w: {"place": MINE, "partition": 1, "writes": _data(1, NEW), "owned": _one(NEW)},
    "xn_free": lambda w: {"place": MINE, "partition": 0, "writes": _data(0, 0), "owned": _one(230)},
    "xn_modify": lambda w: {"place": MINE, "partitions": None, "writes": [(16, b"x")]},
    "xn_set_type": _set_type,
    "xn_clear_type": _clear_type,
    "xn_swap": _swap,
    "xn_write_bytes": lambda w: {"place": MINE, "offset": 16, "data": b"x"},
    "xn_read_bytes": lambda w: {"place": MINE, "offset": 0, "length": 64},
    "xn_allocate_unattached": lambda w: {"block": NEW, "type": w.node},
    "xn_free_unattached": _free_loose,
    "xn_free_map": lambda w: {},
    "xn_find_free": lambda w: {"hint": 0, "count": 2},
    "xn_info": lambda w: {},
    "xn_shutdown": lambda w: {},
}


# ---- refused: types and roots


def _many_sets(w: World) -> Arguments:
    w.bench.state.damaged_types.update(range(1, MAX_TYPE_SETS))
    return {}


def _many_roots(w: World) -> Arguments:
    w.bench.state.damaged_roots.update({slot: bytes(256) for slot in range(64)})
    return {}


def _full(w: World) -> Arguments:
    _fill(w)
    return {}


def _full_root(w: World) -> Arguments:
    _fill(w)
    return {"block": None}


def _bad_root(w: World) -> Arguments:
    return {"type": w.odd["odd_told"], "arguments": (9,)}


_ROOT: dict[Code, Make] = {
    Code.BAD_BLOCK: lambda w: {"block": 1},
    Code.NOT_FREE: lambda w: {"block": 200},
    Code.WILL_FREE: lambda w: {"block": _deferred(w)},
    Code.QUOTA: lambda w: _limit(w, Resource.REGISTRY_ENTRIES),
    Code.CLOSED_SUBTREE: _close,
    Code.BAD_ARGUMENTS: _bad_root,
    Code.NO_SUCH_TYPE: lambda w: {"type": 99999},
}


def _delete_unread(w: World) -> Arguments:
    w.bob.xn_release(NEW, keep=False)
    w.bob.xn_open_root("doomed")
    return {}


def _delete_unbound(w: World) -> Arguments:
    w.bob.xn_release(NEW, keep=False)
    return {}


def _delete_moving(w: World) -> Arguments:
    w.bob.xn_write_bytes((NEW, ()), 16, b"x")
    w.bob.xn_write([NEW])
    return {}


def _delete_locked(w: World) -> Arguments:
    w.root.xn_open_root("doomed")
    w.root.xn_lock(NEW)
    return {}


def _delete_pointing(w: World, bound: bool) -> Arguments:
    w.bob.xn_call((NEW, ()), "set_data", (0, 301))
    w.bob.write(301)
    w.bob.write(NEW)
    if not bound:
        w.bob.xn_release(301, keep=False)
    return {}


def _delete_waiting(w: World) -> Arguments:
    _delete_pointing(w, bound=True)
    w.bob.xn_call((NEW, ()), "clear_data", (0,))
    return {}


def _delete_unit(w: World) -> Arguments:
    _hostile_unit(w)
    return {"name": "unit"}


# ---- refused: the registry


def _quarantine(w: World) -> Arguments:
    w.bob.xn_release(230, keep=False)
    w.bench.state.quarantined.add(230)
    return {}


def _bind_lost(w: World) -> Arguments:
    w.bob.xn_release(230, keep=False)
    return _limit(w, Resource.REGISTRY_ENTRIES)


def _raw_bound(w: World) -> Arguments:
    return {"block": 230}


def _raw_closed(w: World) -> Arguments:
    w.bench.state.quarantined.add(w.bench.state.type_runs[0][0])
    return {}


def _attach_node(w: World) -> Arguments:
    w.bob.xn_call(MINE, "set_kid", (1, 301))
    return {"block": 301, "contents": True}


def _attach_hers(w: World) -> Arguments:
    w.alice.xn_call(HERS, "set_data", (5, 301))
    return {"block": 301}


def _attach_moving(w: World) -> Arguments:
    w.bob.xn_write([NEW])
    return {}


def _attach_locked(w: World) -> Arguments:
    w.root.xn_bind(NEW, MINE, 1)
    w.root.xn_lock(NEW)
    return {}


def _read_new(w: World) -> Arguments:
    w.bob.xn_call(MINE, "set_data", (1, NEW))
    return {"blocks": [NEW]}


def _read_moving(w: World) -> Arguments:
    w.bob.xn_read([230], [w.page()])
    return {}


def _tainted(w: World) -> Arguments:
    w.bob.xn_call(MINE, "set_data", (1, NEW))
    return {}


def _waiting(w: World) -> Arguments:
    w.bob.xn_open_root("bob")
    w.bob.xn_write_bytes((121, ()), 16, b"dirty")
    w.bob.xn_depend(121, 120)
    return {}


def _write_moving(w: World) -> Arguments:
    w.bob.xn_write([120])
    w.bob.xn_write_bytes(MINE, 16, b"again")
    return {}


def _write_locked(w: World) -> Arguments:
    w.bob.xn_write_bytes(PUBLIC, 16, b"dirty")
    return {"blocks": [_locked(w)]}


def _dirty_data(w: World) -> Arguments:
    w.bob.xn_set_dirty([230])
    return {}


def _view_locked(w: World) -> Arguments:
    w.root.xn_bind(230, MINE, 0)
    w.root.xn_lock(230)
    return {}


def _unread_data(w: World) -> int:
    w.bob.xn_release(230, keep=False)
    w.bob.xn_bind(230, MINE, 0)
    return 230


def _lock_hers(w: World) -> Arguments:
    w.bob.xn_open_root("alice")
    return {"block": 110}


def _lock_locked(w: World) -> Arguments:
    w.root.xn_open_root("bob")
    w.root.xn_lock(120)
    return {}


def _depend_hers(w: World) -> Arguments:
    w.bob.xn_open_root("alice")
    w.bob.xn_open_root("bob")
    return {"after": 110}


def _depend_circle(w: World) -> Arguments:
    w.bob.xn_open_root("bob")
    w.bob.xn_write_bytes((121, ()), 16, b"dirty")
    w.bob.xn_depend(121, 120)
    return {}


def _depend_held(more: Make) -> Make:
    def make(w: World) -> Arguments:
        w.bob.xn_open_root("bob")
        return more(w)

    return make


def _depend_loose(w: World) -> Arguments:
    return {"after": _loose(w)}


# ---- refused: changes


def _given(code: Code, method: bool) -> Make:
    """Provoke a refusal of what is given, by a method or byte by byte."""

    def data(block: int) -> Arguments:
        if method:
            return {"arguments": (1, block)}
        return {"writes": _data(1, block), "owned": _one(block)}

    def kid(w: World, block: int) -> Arguments:
        if method:
            return {"method": "set_kid", "arguments": (1, block)}
        return {"partition": 113, "writes": _kid(1, block), "owned": Owned(block, 1, w.node)}

    def circle(w: World) -> Arguments:
        block = _loose(w)
        return {**kid(w, block), "place": (block, ())}

    makers: dict[Code, Make] = {
        Code.BAD_BLOCK: lambda w: data(1),
        Code.NOT_FREE: lambda w: data(200),
        Code.WILL_FREE: lambda w: data(_deferred(w)),
        Code.QUOTA: lambda w: _limit(w, Resource.REGISTRY_ENTRIES),
        Code.CLOSED_SUBTREE: _close,
        Code.WRONG_TYPE: lambda w: data(_loose(w)),
        Code.CYCLE: circle,
    }
    return makers[code]


_GIVEN = (
    Code.BAD_BLOCK,
    Code.NOT_FREE,
    Code.WILL_FREE,
    Code.QUOTA,
    Code.CLOSED_SUBTREE,
    Code.WRONG_TYPE,
    Code.CYCLE,
)


def _taken(method: bool) -> dict[Code, Make]:
    """Provoke refusals of what is taken."""
    clear: Arguments = {"method": "clear_data", "arguments": (0,)} if method else {}

    def node(w: World) -> Arguments:
        if method:
            return {"method": "clear_kid", "arguments": (0,)}
        return {"partition": 112, "writes": _kid(0, 0), "owned": Owned(121, 1, w.node)}

    def moving(w: World) -> Arguments:
        _writing(w)
        return clear

    def pointing(w: World) -> Arguments:
        w.bob.xn_call((121, ()), "set_kid", (0, 302))
        w.bob.write(302)
        w.bob.write(121)
        for block in (302, 231):
            w.bob.xn_release(block, keep=False)
        return node(w)

    def elsewhere(w: World) -> Arguments:
        _poke(w, 120, 64, words(231))
        return {**clear, **({} if method else {"owned": _one(231)})}

    return {
        Code.TRANSFERRING: moving,
        Code.HAS_KIDS: node,
        Code.HAS_POINTERS: pointing,
        Code.NOT_OWNED: elsewhere,
    }


def _turn(w: World) -> Arguments:
    """A tested method would change what is owned."""
    w.bob.xn_set_type(**_set_type(w))
    w.bob.xn_call((140, (0, 0)), "set", (0, NEW))
    return {"place": (140, (0, 0)), "method": "turn", "arguments": (2,)}


def _taken_from_below(w: World) -> Arguments:
    _poke(w, 120, 64, words(1))
    return {"owned": _one(1)}


def _taken_free(w: World) -> Arguments:
    _poke(w, 120, 64, words(900))
    return {"owned": _one(900)}


def _two_sectors(w: World) -> list[tuple[int, bytes]]:
    return [(16, b"x"), (2048, b"x")]


def _unit_member(w: World) -> Arguments:
    w.bob.create("case", NEW, w.odd["odd_case"], write=False)
    writes = [(0, words(1)), (256, words(512, 400))]
    return {"place": (NEW, ()), "writes": writes, "type": w.odd["odd_small"]}


def _unit_cleared(w: World) -> Arguments:
    w.bob.create("case", NEW, w.odd["odd_case"], write=False)
    w.bob.xn_set_type((NEW, ()), [(0, words(1)), (256, words(512))], w.odd["odd_small"])
    _poke(w, NEW, 260, words(230))
    return {"place": (NEW, ()), "writes": [(0, words(0))]}


def _cross_union(w: World, cleared: bool) -> Arguments:
    """A union of more than one sector is fixed once it has been written."""
    w.bob.create("hall", 350, w.odd["odd_hall"], write=False)
    kind = [(0, words(1))]
    if not cleared:
        w.bob.write(350)
        return {"place": (350, ()), "writes": kind, "type": w.odd["odd_small"]}
    w.bob.write(350)
    w.bob.xn_release(350, keep=False)
    w.bob.xn_open_root("hall")
    w.bob.read(350)
    _poke(w, 350, 0, words(1))
    return {"place": (350, ()), "writes": [(0, words(0))]}


def _swap_circle(w: World) -> Arguments:
    for slot, block in ((1, 311), (2, 312)):
        w.bob.xn_call(MINE, "set_kid", (slot, block))
        w.bob.attach(block)
    w.bob.xn_call((311, ()), "set_kid", (0, 313))
    w.bob.xn_depend(312, 313)
    return {
        "place_a": (311, ()),
        "partition_a": 112,
        "writes_a": _kid(0, 0),
        "place_b": (312, ()),
        "partition_b": 112,
        "writes_b": _kid(0, 313),
    }


def _swap_unit(w: World) -> Arguments:
    w.bob.create("pair", 350, w.odd["odd_pair"], write=False)
    w.bob.xn_modify((350, ()), None, [(1024, words(4096)), (2048, words(512))])
    w.bob.xn_allocate((350, (0,)), 0, [(4, words(351))], _one(351))
    return {
        "place_a": (350, (0,)),
        "partition_a": 0,
        "writes_a": [(4, words(0))],
        "place_b": (350, (1,)),
        "partition_b": 0,
        "writes_b": [(4, words(351))],
    }


def _swap_hers(w: World) -> Arguments:
    w.bob.create("s2", 360, w.shelf["shelf"], write=False)
    for box, owner in ((0, BOB_ID), (1, ALICE_ID)):
        w.bob.xn_set_type((360, (box,)), [(0, words(1, owner))], w.shelf["shelf_pointers"])
    return {"place_a": (360, (1, 0)), "writes_a": [], "place_b": (360, (0, 0)), "writes_b": []}


PROVOCATIONS: dict[str, dict[Code, Make]] = {
    "xn_info": {},
    "xn_install": {
        **_slot(),
        Code.TYPE_EXISTS: lambda w: {"name": "zoo"},
        Code.TYPE_REFUSED: lambda w: {"form": b"nothing"},
        Code.CATALOGUE_FULL: _many_sets,
        Code.NONE_FREE: _full,
        Code.QUOTA: lambda w: _limit(w, Resource.TYPES),
        Code.CLOSED_SUBTREE: _close,
    },
    "xn_types": {},
    "xn_create_root": {
        **_slot(),
        **_ROOT,
        Code.ROOT_EXISTS: lambda w: {"name": "alice"},
        Code.CATALOGUE_FULL: _many_roots,
        Code.NONE_FREE: _full_root,
        Code.ACCESS_DENIED: lambda w: {"cap": _read_only(w)},
    },
    "xn_open_root": {
        Code.BAD_ARGUMENT: lambda w: {"name": ""},
        Code.NO_SUCH_ROOT: lambda w: {"name": "carol"},
        Code.CLOSED_SUBTREE: lambda w: w.bench.state.quarantined.add(110) or {},
        Code.QUOTA: lambda w: _limit(w, Resource.REGISTRY_ENTRIES),
    },
    "xn_delete_root": {
        **_slot(),
        Code.NO_SUCH_ROOT: lambda w: {"name": "carol"},
        Code.ACCESS_DENIED: lambda w: {"name": "alice"},
        Code.NOT_BOUND: _delete_unbound,
        Code.LOCKED: _delete_locked,
        Code.DIRTY: _delete_waiting,
        Code.NOT_IN_CORE: _delete_unread,
        Code.UNIT: _delete_unit,
        Code.TRANSFERRING: _delete_moving,
        Code.HAS_KIDS: lambda w: _delete_pointing(w, bound=True),
        Code.HAS_POINTERS: lambda w: _delete_pointing(w, bound=False),
    },
    "xn_roots": {},
    "xn_bind": {
        **_slot(),
        **_place("parent"),
        Code.ACCESS_DENIED: lambda w: {"parent": HERS, "block": 200},
        Code.BAD_BLOCK: lambda w: {"block": 1},
        Code.NOT_OWNED: lambda w: {"block": 231},
        Code.UNIT: lambda w: w.bob.xn_release(230, keep=False) or {"parent": (_hostile_unit(w), ())},
        Code.CLOSED_SUBTREE: _quarantine,
        Code.QUOTA: _bind_lost,
    },
    "xn_raw_insert": {
        Code.BAD_ARGUMENT: lambda w: {"block": -1},
        Code.BAD_BLOCK: lambda w: {"block": 1},
        Code.NOT_OWNED: lambda w: {"block": 900},
        Code.ALREADY_BOUND: _raw_bound,
        Code.CLOSED_SUBTREE: _raw_closed,
        Code.QUOTA: lambda w: _limit(w, Resource.REGISTRY_ENTRIES),
    },
    "xn_attach": {
        **_slot(),
        **_pages(),
        Code.NOT_BOUND: lambda w: {"block": 999},
        Code.UNKNOWN_TYPE: lambda w: {"block": _raw(w)},
        Code.IN_CORE: lambda w: {"block": 230},
        Code.TRANSFERRING: _attach_moving,
        Code.METADATA: _attach_node,
        Code.ACCESS_DENIED: _attach_hers,
        Code.LOCKED: _attach_locked,
    },
    "xn_read": {
        **_pages("pages"),
        Code.BAD_ARGUMENT: lambda w: {"pages": []},
        Code.NOT_BOUND: lambda w: {"blocks": [999]},
        Code.IN_CORE: lambda w: {"blocks": [200]},
        Code.TRANSFERRING: _read_moving,
        Code.UNINITIALISED: _read_new,
    },
    "xn_write": {
        Code.BAD_ARGUMENT: lambda w: {"blocks": [120, 120]},
        Code.NOT_BOUND: lambda w: {"blocks": [120, 999]},
        Code.TRANSFERRING: _write_moving,
        Code.LOCKED: _write_locked,
        Code.TAINTED: _tainted,
        Code.DEPENDENCY: _waiting,
    },
    "xn_may_write": {
        Code.BAD_ARGUMENT: lambda w: {"block": "120"},
        Code.NOT_BOUND: lambda w: {"block": 999},
    },
    "xn_flush": {Code.BAD_ARGUMENT: lambda w: {"counter": 64}},
    "xn_release": {
        Code.BAD_ARGUMENT: lambda w: {"keep": 1},
        Code.NOT_BOUND: lambda w: {"block": 999},
        Code.NOT_HELD: lambda w: {"block": 200},
        Code.HAS_KIDS: lambda w: {"block": 121},
        Code.DIRTY: _dirty_data,
    },
    "xn_view": {
        **_slot(),
        Code.NOT_BOUND: lambda w: {"block": 999},
        Code.UNKNOWN_TYPE: lambda w: {"block": _raw(w)},
        Code.NOT_IN_CORE: lambda w: {"block": _unread_data(w)},
        Code.METADATA: lambda w: {"block": 121},
        Code.ACCESS_DENIED: lambda w: {"block": 200},
        Code.LOCKED: _view_locked,
    },
    "xn_set_dirty": {
        **_slot(),
        Code.NOT_BOUND: lambda w: {"blocks": [230, 999]},
        Code.NOT_IN_CORE: lambda w: {"blocks": [_unread_data(w)]},
        Code.METADATA: lambda w: {"blocks": [230, 121]},
        Code.ACCESS_DENIED: lambda w: {"blocks": [230, 200]},
        Code.LOCKED: _view_locked,
    },
    "xn_entry": {Code.BAD_ARGUMENT: lambda w: {"block": None}},
    "xn_dirty": {},
    "xn_children": {Code.BAD_ARGUMENT: lambda w: {"block": 1 << 40}},
    "xn_lock": {
        **_slot(),
        Code.NOT_BOUND: lambda w: {"block": 999},
        Code.NOT_HELD: lambda w: {"block": 111},
        Code.UNKNOWN_TYPE: lambda w: {"block": _raw(w)},
        Code.NOT_IN_CORE: lambda w: {"block": _reading(w)},
        Code.LOCKED: _lock_locked,
        Code.ACCESS_DENIED: _lock_hers,
        Code.QUOTA: lambda w: _limit(w, Resource.LOCKS),
    },
    "xn_unlock": {
        Code.BAD_ARGUMENT: lambda w: {"block": 1.5},
        Code.NOT_BOUND: lambda w: {"block": 999},
        Code.NOT_LOCKED: lambda w: {"block": 121},
    },
    "xn_depend": {
        Code.BAD_ARGUMENT: _depend_held(_depend_loose),
        Code.NO_SUCH_CAPABILITY: _depend_held(lambda w: {"cap": 9}),
        Code.NOT_BOUND: lambda w: {"before": 999},
        Code.NOT_HELD: lambda w: {"before": 200},
        Code.UNKNOWN_TYPE: _depend_held(lambda w: {"after": _raw(w)}),
        Code.NOT_IN_CORE: _depend_held(lambda w: {"after": _reading(w)}),
        Code.LOCKED: _depend_held(_lock_locked),
        Code.ACCESS_DENIED: _depend_hers,
        Code.CYCLE: _depend_circle,
        Code.QUOTA: _depend_held(lambda w: _limit(w, Resource.DEPENDENCIES)),
    },
    "xn_call": {
        **_change(),
        **{code: _given(code, method=True) for code in _GIVEN},
        **_taken(method=True),
        Code.BAD_ARGUMENTS: lambda w: {"arguments": (1,)},
        Code.NO_SUCH_METHOD: lambda w: {"method": "steal"},
        Code.METHOD_REFUSED: lambda w: {"arguments": (0, NEW)},
        Code.OWNS_CHANGED: _turn,
        Code.CROSS_SECTOR: lambda w: {"place": (_written_wide(w), ()), "method": "be", "arguments": (2,)},
        Code.UNIT: lambda w: {"place": (_other_unit(w), ()), "method": "set", "arguments": (0, NEW)},
    },
    "xn_allocate": {
        **_change(),
        **{code: _given(code, method=False) for code in _GIVEN},
        Code.OWNS_CHANGED: lambda w: {"writes": _data(1, 301)},
        Code.CROSS_SECTOR: lambda w: {"writes": [*_data(1, NEW), (2048, b"x")]},
        Code.UNIT: lambda w: {"place": (_other_unit(w), ()), "writes": [(8, words(NEW))]},
        Code.OUT_OF_RANGE: lambda w: {"writes": [(4095, bytes(2))]},
        Code.OUTSIDE_PARTITION: lambda w: {"writes": _data(2, NEW)},
        Code.NO_SUCH_PARTITION: lambda w: {"partition": 368},
    },
    "xn_free": {
        **_change(),
        **_taken(method=False),
        Code.OWNS_CHANGED: lambda w: {"writes": []},
        Code.CROSS_SECTOR: lambda w: {"writes": [*_data(0, 0), (2048, b"x")]},
        Code.UNIT: lambda w: {"place": (_hostile_unit(w), ()), "writes": [(4, words(0))]},
        Code.OUT_OF_RANGE: lambda w: {"writes": [(4095, bytes(2))]},
        Code.OUTSIDE_PARTITION: lambda w: {"writes": _data(2, NEW)},
        Code.NO_SUCH_PARTITION: lambda w: {"partition": 368},
        Code.BAD_BLOCK: _taken_from_below,
        Code.CLOSED_SUBTREE: _taken_free,
    },
    "xn_modify": {
        **_change(),
        Code.OWNS_CHANGED: lambda w: {"writes": _data(0, 0)},
        Code.CROSS_SECTOR: lambda w: {"writes": _two_sectors(w)},
        Code.UNIT: lambda w: {"place": (_other_unit(w), ()), "writes": [(4, words(NEW))]},
        Code.OUT_OF_RANGE: lambda w: {"writes": [(4096, b"x")]},
        Code.OUTSIDE_PARTITION: lambda w: {"partitions": [1], "writes": _data(0, 0)},
        Code.NO_SUCH_PARTITION: lambda w: {"partitions": [0, 368]},
    },
    "xn_set_type": {
        **_change(),
        Code.OWNS_CHANGED: lambda w: {"writes": [(0, words(1)), (8, words(200))]},
        Code.CROSS_SECTOR: lambda w: _cross_union(w, cleared=False),
        Code.UNIT: _unit_member,
        Code.OUT_OF_RANGE: lambda w: {"writes": [(510, bytes(4))]},
        Code.WRONG_TYPE: lambda w: {"type": w.shelf["shelf_bytes"]},
    },
    "xn_clear_type": {
        **_change(),
        Code.OWNS_CHANGED: lambda w: {"place": (140, (1,))},
        Code.CROSS_SECTOR: lambda w: _cross_union(w, cleared=True),
        Code.UNIT: _unit_cleared,
        Code.OUT_OF_RANGE: lambda w: {"writes": [(510, bytes(4))]},
        Code.WRONG_TYPE: lambda w: {"writes": []},
    },
    "xn_swap": {
        **_change("place_a"),
        Code.OWNS_CHANGED: lambda w: {"writes_a": [(4, words(302))]},
        Code.CROSS_SECTOR: lambda w: {"place_a": MINE, "writes_a": _data(0, 0), "place_b": (121, ())},
        Code.UNIT: _swap_unit,
        Code.ACCESS_DENIED: _swap_hers,
        Code.OUT_OF_RANGE: lambda w: {"writes_a": [(126, bytes(4))]},
        Code.OUTSIDE_PARTITION: lambda w: {"writes_a": [(8, b"x")]},
        Code.NO_SUCH_PARTITION: lambda w: {"partition_b": 7},
        Code.CYCLE: _swap_circle,
    },
    "xn_write_bytes": {
        **_change(),
        Code.NOT_RAW: lambda w: {"offset": 64},
        Code.OUT_OF_RANGE: lambda w: (
            w.bob.create("long", NEW, w.odd["odd_long"], write=False) and {"place": (NEW, ()), "offset": 4096}
        ),
    },
    "xn_read_bytes": {**_slot(), **_place("place"), Code.OUT_OF_RANGE: lambda w: {"length": 4097}},
    "xn_allocate_unattached": {Code.BAD_ARGUMENT: lambda w: {"block": b"3"}, **_ROOT},
    "xn_free_unattached": {
        Code.BAD_ARGUMENT: lambda w: {"block": []},
        Code.NOT_BOUND: lambda w: {"block": 999},
        Code.NOT_OWNED: lambda w: {"block": 230},
        Code.HAS_KIDS: lambda w: w.bob.xn_call((NEW, ()), "set_data", (0, 301)) or {},
        Code.TRANSFERRING: lambda w: w.bob.xn_write([NEW]) or {},
    },
    "xn_free_map": {},
    "xn_find_free": {
        Code.BAD_ARGUMENT: lambda w: {"count": -1},
        Code.NONE_FREE: lambda w: {"count": 60000},
    },
    "xn_shutdown": {**_slot(), Code.DIRTY: lambda w: w.bob.xn_write_bytes(MINE, 16, b"x") or {}},
}
