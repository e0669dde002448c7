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
    """Let go of everything that `environment` has in XN."""
    for entry in [each for each in state.registry if _is_unattached(each, environment)]:
        if entry.owner is None:
            environment.account.give(Resource.UNATTACHED)
            doom_tree(state, entry)
    bury_doomed(state)
    for entry in [each for each in state.registry if environment.id in each.holders]:
        if not entry.is_live:
            continue
        let_go(state, environment, entry)
    for root in state.roots.values():
        if root.owner == environment.id:
            environment.account.give(Resource.ROOTS)
            root.owner = None
    for entry in state.registry:
        if not entry.holders and (entry.dirty or not entry.initialised) and entry.block not in state.doomed:
            leave_orphan(state, entry)


def _is_unattached(entry: Entry, environment: Environment) -> bool:
    tree = entry.tree.find()
    return tree.standing == "unattached" and tree.environment == environment.id
