"""Who pays for what the kernel remembers: every holder of an entry for the entry.

In: environments by number; one that is gone pays nothing and gets nothing back.
"""

from __future__ import annotations

from vm.xn.registry import Entry
from vm.xn.state import State
from vm.xok.account import Resource
from vm.xok.environment import Environment


def hold(entry: Entry, environment: Environment) -> None:
    """Let `environment` hold `entry`, and pay for it.

    Raises:
        Refusal: QUOTA.
    """
    if environment.id not in entry.holders:
        environment.account.take(Resource.REGISTRY_ENTRIES)
        entry.holders.add(environment.id)


def give_back(state: State, number: int, resource: Resource, count: int = 1) -> None:
    """Return something to an environment, if it is still there."""
    environment = state.environments.get(number)
    if environment is not None:
        environment.account.give(resource, count)


def settle_edges(state: State, payers: list[int]) -> None:
    """Dependencies are gone: they cost nobody anything."""
    for payer in payers:
        give_back(state, payer, Resource.DEPENDENCIES)


def drop_holders(state: State, entry: Entry) -> None:
    """`entry` leaves the registry."""
    for number in sorted(entry.holders):
        give_back(state, number, Resource.REGISTRY_ENTRIES)
    entry.holders.clear()
    if entry.locked is not None:
        give_back(state, entry.locked, Resource.LOCKS)
        entry.locked = None
