"""Trees that hang from nothing yet.

In: a block that an environment chooses. Out: an entry that only this environment may use, and below which no
rule of order holds, until a change of some object gives it an owner (`allocate.plan_change`).

Source: Kaashoek et al., SOSP 1997, section 4.4 (unattached subtrees).
"""

from __future__ import annotations

from vm.xn.allocate import (
    bury_doomed,
    check_free,
    check_new_object,
    doom_tree,
    remove_entry,
)
from vm.xn.charge import check_quota, hold
from vm.xn.owned import DATA, Owned
from vm.xn.registry import Entry, Transfer
from vm.xn.state import State
from vm.xn.tree import Tree
from vm.xok.account import Resource
from vm.xok.environment import Environment
from vm.xok.refusal import Code, Refusal


def allocate_unattached(state: State, environment: Environment, owned: Owned) -> None:
    """Allocate a block without a parent.

    Raises:
        Refusal: BAD_ARGUMENT, BAD_BLOCK, NO_SUCH_TYPE, BAD_ARGUMENTS, NOT_FREE, TRANSFERRING, CLOSED_SUBTREE,
            QUOTA.
    """
    check_new_object(state, owned)
    check_free(state, owned)
    check_quota(environment, Resource.REGISTRY_ENTRIES, 1)
    environment.account.take(Resource.UNATTACHED)
    stale = state.registry.get(owned.start)
    if stale is not None:
        remove_entry(state, stale)
    state.free_map.take(owned.start)
    loaded = None if owned.type == DATA else state.types[owned.type]
    tree = Tree("unattached", environment=environment.id)
    entry = Entry(owned.start, tree, owned.type, loaded, owned.arguments)
    state.registry.add(entry)
    hold(state, entry, environment)


def free_unattached(state: State, environment: Environment, block: int) -> None:
    """Free an unattached block that owns nothing in core.

    Raises:
        Refusal: NOT_BOUND, NOT_OWNED, HAS_KIDS, TRANSFERRING.
    """
    entry = state.find_entry(block)
    tree = entry.tree.find()
    if tree.standing != "unattached" or tree.environment != environment.id or entry.owner is not None:
        raise Refusal(Code.NOT_OWNED, f"block {block} is no unattached tree of environment {environment.id}")
    if entry.kids:
        raise Refusal(Code.HAS_KIDS, f"{len(entry.kids)} blocks below block {block} are bound")
    if entry.transfer is not Transfer.NONE:
        raise Refusal(Code.TRANSFERRING, f"block {block} is on its way")
    environment.account.give(Resource.UNATTACHED)
    doom_tree(state, entry)
    bury_doomed(state)
