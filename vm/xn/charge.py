"""Who pays for what the kernel remembers: every holder of an entry for the entry.

In: environments by number; one that is gone pays nothing and gets nothing back.
"""

from __future__ import annotations

from vm.xn.registry import Entry
from vm.xn.state import State
from vm.xok.account import Resource
from vm.xok.environment import Environment


def check_hold(state: State, entry: Entry | None, environment: Environment) -> None:
    """Refuse (QUOTA) a holder who could not pay for the entry, and for a page that nobody else pays for."""
    if entry is not None and environment.id in entry.holders:
        return
    check_quota(environment, Resource.REGISTRY_ENTRIES, 1)
    if entry is not None and entry.page is not None and _is_kernels(state, entry.page):
        check_quota(environment, Resource.PAGES, 1)


def check_quota(environment: Environment, resource: Resource, count: int) -> None:
    """Refuse (QUOTA) what could not be charged."""
    environment.account.take(resource, count)
    environment.account.give(resource, count)


def hold(state: State, entry: Entry, environment: Environment) -> None:
    """Let `environment` hold `entry`, and pay for it; it can (`check_hold`)."""
    if environment.id in entry.holders:
        return
    environment.account.take(Resource.REGISTRY_ENTRIES)
    state.registry.add_holder(entry, environment.id)
    if entry.page is not None and _is_kernels(state, entry.page):
        state.pages.recharge(entry.page, environment)
    state.registry.unowned.pop(entry.block, None)
    state.orphans.pop(entry.block, None)


def pass_page(state: State, entry: Entry) -> None:
    """Whoever paid for the page has let go: another holder pays, or the kernel."""
    if entry.page is None:
        return
    payer = state.pages.record(entry.page).owner
    if payer is not None and payer.id not in entry.holders:
        others = (state.environments.get(number) for number in sorted(entry.holders))
        heir = next((other for other in others if other is not None), state.environments.kernel)
        if heir is not payer:
            state.pages.recharge(entry.page, heir)


def _is_kernels(state: State, page: int) -> bool:
    return state.pages.record(page).owner is state.environments.kernel


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
        state.registry.remove_holder(entry, number)
        give_back(state, number, Resource.REGISTRY_ENTRIES)
    if entry.locked is not None:
        give_back(state, entry.locked, Resource.LOCKS)
        entry.locked = None
