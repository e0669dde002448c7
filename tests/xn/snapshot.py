"""Everything that XN knows, as plain values that can be compared: all but the time.

In: the state. Out: nested tuples: a refused call leaves them equal.
"""

from __future__ import annotations

from vm.xn.registry import Entry
from vm.xn.state import State
from vm.xok.environment import Environment


def snapshot(state: State) -> dict[str, object]:
    """Return what is known, by name."""
    return {
        "registry": {block: describe(entry) for block, entry in state.registry.entries.items()},
        "dirty": tuple(state.registry.dirty),
        "unowned": tuple(state.registry.unowned),
        "orphans": tuple(state.orphans),
        "doomed": tuple(state.doomed),
        "stirred": tuple(state.stirred),
        "settling": tuple(sorted(state.settling)),
        "map": bytes(state.free_map.view),
        "deferred": bytes(state.free_map._deferred),
        "free": (state.free_map.free, tuple(sorted(state.free_map.stale))),
        "super": (state.super, state.is_super_saved),
        "sets": {name: (number, proved.digest) for name, (number, proved, _) in state.sets.items()},
        "types": tuple(state.types),
        "runs": tuple(state.type_runs),
        "roots": {name: repr(root) for name, root in state.roots.items()},
        "quarantined": tuple(sorted(state.quarantined)),
        "damaged": (tuple(sorted(state.damaged_types)), tuple(state.damaged_roots.items())),
        "closed": state.closed,
        "will_free": state.will_free,
        "unflushed": tuple((flight.entry.block, flight.version) for flight in state.unflushed),
        "disk": (state.disk.busy, state.disk._requests),
        "pages": tuple(describe_page(state, page) for page in range(state.pages.total)),
        "environments": {each.id: describe_environment(each) for each in state.environments.all()},
    }


def describe(entry: Entry) -> tuple[object, ...]:
    """Return all that an entry says; what it remembers to be faster is not looked at."""
    return (
        entry.tree.find().standing,
        entry.tree.find().environment,
        entry.type,
        entry.arguments,
        entry.parent,
        entry.owner and entry.owner.block,
        entry.page,
        None if entry.frame is None else bytes(entry.frame),
        entry.transfer,
        (entry.initialised, entry.blank, entry.written, entry.dirty, entry.persistent, entry.is_live),
        (entry.version, entry.stable, entry.valid_from, entry.taint, entry.locked),
        tuple(entry.kids),
        tuple(kid.block for kid in entry.fresh),
        tuple(entry.will_free),
        tuple((each.block, edge) for each, edge in entry.before.items()),
        tuple(each.block for each in entry.after),
        tuple(sorted(entry.holders)),
        entry.root and entry.root.name,
    )


def describe_page(state: State, page: int) -> tuple[object, ...]:
    """Return what the kernel knows of a page."""
    record = state.pages.record(page)
    owner = None if record.owner is None else record.owner.id
    return record.state, owner, record.acl, record.exposed, tuple(each.id for each in record.binders)


def describe_environment(environment: Environment) -> tuple[object, ...]:
    """Return what an environment has."""
    account = environment.account
    return (
        tuple(environment.capabilities),
        tuple(account.used),
        tuple(account.limits),
        tuple(account.below),
        tuple(environment.pages),
        tuple(environment.buffers),
        dict(environment.bindings),
        bytes(environment.words),
    )


def find_difference(before: dict[str, object], after: dict[str, object]) -> str | None:
    """Return where two snapshots differ; None: nowhere."""
    for name, value in before.items():
        other = after[name]
        if value == other:
            continue
        if isinstance(value, dict) and isinstance(other, dict):
            keys = [key for key in {**value, **other} if value.get(key) != other.get(key)]
            return f"{name}[{keys}]: {[(value.get(key), other.get(key)) for key in keys]!r:.300}"
        return f"{name}: {value!r:.200} became {other!r:.200}"
    return None
