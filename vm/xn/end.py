"""An environment comes to its end: what it held, the kernel sees to.

In: an environment that is about to be destroyed. Out: a registry in which nothing waits for it. Blocks that
it left dirty or new are *orphans*: the kernel writes them as soon as the order allows, so that nobody's
writes wait for the dead. What it had not attached to any root is free again.
"""

from __future__ import annotations

from vm.xn.allocate import bury_doomed, doom_tree
from vm.xn.bind import let_go
from vm.xn.orphan import leave_orphan
from vm.xn.registry import Entry
from vm.xn.state import State
from vm.xok.account import Resource
from vm.xok.environment import Environment


def end_environment(state: State, environment: Environment) -> None:
    """Let go of everything that `environment` has in XN: it takes time for that, not for what others have."""
    held = list(state.registry.held.get(environment.id, {}).values())
    for entry in held:
        if entry.owner is None and _is_unattached(entry, environment):
            environment.account.give(Resource.UNATTACHED)
            doom_tree(state, entry)
    bury_doomed(state)
    for entry in held:
        if environment.id in entry.holders:
            let_go(state, environment, entry)
    state.registry.held.pop(environment.id, None)
    for root in state.roots.values():
        if root.owner == environment.id:
            environment.account.give(Resource.ROOTS)
            root.owner = None
    for entry in (*held, *state.registry.dirty.values()):
        is_left = entry.is_live and not entry.holders and entry.block not in state.doomed
        if is_left and (entry.dirty or not entry.initialised):
            leave_orphan(state, entry)


def _is_unattached(entry: Entry, environment: Environment) -> bool:
    tree = entry.tree.find()
    return tree.standing == "unattached" and tree.environment == environment.id
