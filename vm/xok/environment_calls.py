"""The system calls on environments and capabilities. Each: guard, then new state.

In: what a library passes: anything. Out: the answer, or `Refusal`, and then nothing has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from vm.xok import call_table as calls
from vm.xok.account import Resource
from vm.xok.area import ALL_WORDS, UserArea
from vm.xok.capability import (
    ALL,
    DUPLICATE,
    MODIFY,
    READ,
    WRITE,
    Acl,
    Capability,
    change_acl,
    demand,
    dominates,
    make_capability,
)
from vm.xok.entry import Entry
from vm.xok.environment import Environment, EnvironmentId
from vm.xok.environments import EnvironmentInfo, describe
from vm.xok.limits import CAPABILITIES
from vm.xok.refusal import Code, Refusal

if TYPE_CHECKING:
    from vm.xok.syscalls import SystemCalls


class EnvironmentCalls(Entry):
    """Calls on environments and capabilities."""

    __slots__ = ()

    @property
    def area(self) -> UserArea:
        """The caller's u-area: memory, no call."""
        return self._environment.area

    def environment_id(self) -> EnvironmentId:
        """Return the number of the caller."""
        return self._enter(calls.ENVIRONMENT_ID.cycles).id

    def environment_info(self, identity: int) -> EnvironmentInfo:
        """Return what everybody may know of an environment."""
        self._enter(calls.ENVIRONMENT_INFO.cycles)
        return describe(self._kernel.environments.find(identity))

    def area_read(self, identity: int, word: int, cap: int = 0) -> int:
        """Return a word of another's u-area; `cap` must be on its list."""
        environment = self._enter(calls.AREA_READ.cycles)
        other = self._guarded(environment, identity, cap, READ)
        return other.words[check_word(word)]

    def area_write(self, identity: int, word: int, value: int, cap: int = 0) -> None:
        """Change a word of another's u-area; `cap` must have permission to write."""
        environment = self._enter(calls.AREA_WRITE.cycles)
        other = self._guarded(environment, identity, cap, WRITE)
        index = check_word(word)
        if type(value) is not int or not 0 <= value < 1 << 64:
            raise Refusal(Code.BAD_ARGUMENT, "a word is a number of 64 bits")
        other.words[index] = value

    def capabilities(self) -> tuple[Capability | None, ...]:
        """Return the caller's slots."""
        return tuple(self._enter(calls.CAPABILITIES.cycles).capabilities)

    def forge(
        self, source: int, target: int, capability: Capability, identity: int | None = None, cap: int = 0
    ) -> None:
        """Put `capability` into slot `target`.

        Args:
            source: slot of a capability that dominates it, with permission to duplicate.
            target: a slot of the caller or of `identity`.
            capability: name and permissions; for slot 0, all of these.
            identity: an environment whose list lets `cap` write; None: the caller.
            cap: see `identity`.
        """
        environment = self._enter(calls.FORGE.cycles)
        own = environment.capability(source)
        taker = environment if identity is None else self._guarded(environment, identity, cap, WRITE)
        slot = check_slot(target)
        new = make_capability(capability)
        if not own.permissions & DUPLICATE or not dominates(own, new):
            raise Refusal(Code.NOT_DOMINATED, f"slot {source} does not let you make this")
        _put(taker, slot, new)

    def capability_drop(self, slot: int) -> None:
        """Empty a slot of the caller."""
        environment = self._enter(calls.CAPABILITY_DROP.cycles)
        environment.capability(slot)
        if slot == 0:
            raise Refusal(Code.LAST_ENTRY, "slot 0 keeps all permissions")
        environment.capabilities[slot] = None

    def acquire(self, identity: int, target: int) -> None:
        """Copy the capability that environment `identity` offers the caller to slot `target`."""
        environment = self._enter(calls.ACQUIRE.cycles)
        other = self._kernel.environments.find(identity)
        slot = check_slot(target)
        offer: object = other.area.offer
        if type(offer) is not tuple or len(offer) != 2 or type(offer[1]) is not int:
            raise Refusal(Code.NOTHING_OFFERED, f"environment {identity} offers nothing")
        if offer[1] != environment.id:
            raise Refusal(Code.NOTHING_OFFERED, f"environment {identity} offers you nothing")
        new = other.capability(offer[0])
        if not new.permissions & DUPLICATE:
            raise Refusal(Code.NOT_DOMINATED, "what is offered may not be duplicated")
        _put(environment, slot, new)
        other.area.offer = None

    def environment_create(
        self,
        capability: Capability,
        program: Callable[[SystemCalls], None] | None = None,
        limits: Mapping[Resource, int] | None = None,
        cap: int = 0,
    ) -> EnvironmentId:
        """Make an environment, charged to the caller.

        Args:
            capability: for its slot 0; with all permissions, and dominated by slot `cap`.
            program: what it runs, once it has time; None: see `environment_start`.
            limits: of its account, where they differ from the caller's; the caller's bind it in any case.
            cap: may act on it afterwards.
        """
        environment = self._enter(calls.ENVIRONMENT_CREATE.cycles)
        own = environment.capability(cap)
        new = make_capability(capability)
        checked = _make_limits(environment, limits)
        _check_program(program, optional=True)
        if not own.permissions & DUPLICATE or not dominates(own, new):
            raise Refusal(Code.NOT_DOMINATED, f"slot {cap} does not let you make this")
        if new.permissions != ALL:
            raise Refusal(Code.LAST_ENTRY, "slot 0 keeps all permissions")
        guard = (Capability(own.name, ALL),)
        child = self._kernel.environments.create(new, guard, environment, checked)
        if program is not None:
            self._kernel.start(child, program)
        return child.id

    def environment_start(self, identity: int, program: Callable[[SystemCalls], None], cap: int = 0) -> None:
        """Give an environment that has none its program; `cap` must have permission to write."""
        environment = self._enter(calls.ENVIRONMENT_START.cycles)
        other = self._guarded(environment, identity, cap, WRITE)
        _check_program(program, optional=False)
        if other.program is not None:
            raise Refusal(Code.HAS_PROGRAM, f"environment {identity} runs already")
        self._kernel.start(other, program)

    def environment_free(self, identity: int, cap: int = 0) -> None:
        """End an environment, the caller perhaps; `cap` must have permission to modify."""
        environment = self._enter(calls.ENVIRONMENT_FREE.cycles)
        other = self._guarded(environment, identity, cap, MODIFY)
        self._kernel.destroy(other)
        if other is environment and not self._kernel.is_home(environment):
            self._scheduler.stop(environment)

    def environment_acl(self, identity: int) -> Acl:
        """Return who may act on an environment."""
        self._enter(calls.ENVIRONMENT_ACL.cycles)
        return self._kernel.environments.find(identity).guard

    def environment_acl_set(self, identity: int, index: int, entry: Capability | None, cap: int = 0) -> None:
        """Replace, add (at the next index) or remove (None) an entry; `cap` must be let modify."""
        environment = self._enter(calls.ENVIRONMENT_ACL_SET.cycles)
        other = self._guarded(environment, identity, cap, MODIFY)
        other.guard = change_acl(other.guard, index, entry)

    def _guarded(
        self, environment: Environment, identity: object, cap: object, permission: int
    ) -> Environment:
        """Find an environment that slot `cap` may act on."""
        other = self._kernel.environments.find(identity)
        demand(other.guard, environment.capability(cap), permission)
        return other


def check_word(word: object) -> int:
    """Check the index of a word of a u-area.

    Raises:
        Refusal: BAD_ARGUMENT or OUT_OF_RANGE.
    """
    if type(word) is not int:
        raise Refusal(Code.BAD_ARGUMENT, "an index is a number")
    if not 0 <= word < ALL_WORDS:
        raise Refusal(Code.OUT_OF_RANGE, f"a u-area has {ALL_WORDS} words")
    return word


def check_slot(slot: object) -> int:
    """Check the number of a slot, which may be empty.

    Raises:
        Refusal: BAD_ARGUMENT or NO_SUCH_CAPABILITY.
    """
    if type(slot) is not int:
        raise Refusal(Code.BAD_ARGUMENT, "a slot is a number")
    if not 0 <= slot < CAPABILITIES:
        raise Refusal(Code.NO_SUCH_CAPABILITY, f"slots are 0 to {CAPABILITIES - 1}")
    return slot


def _put(environment: Environment, slot: int, capability: Capability) -> None:
    if slot == 0 and capability.permissions != ALL:
        raise Refusal(Code.LAST_ENTRY, "slot 0 keeps all permissions")
    environment.capabilities[slot] = capability


def _check_program(program: object, optional: bool) -> None:
    if not callable(program) and not (optional and program is None):
        raise Refusal(Code.BAD_ARGUMENT, "a program is a function")


def _make_limits(environment: Environment, limits: object) -> list[int] | None:
    if limits is None:
        return None
    result = list(environment.account.limits)
    if type(limits) is not dict or len(limits) > len(Resource):
        raise Refusal(Code.BAD_ARGUMENT, "limits are a dict of numbers by `Resource`")
    for resource, limit in limits.items():
        if type(resource) is not Resource or type(limit) is not int or limit < 0:
            raise Refusal(Code.BAD_ARGUMENT, "limits are a dict of numbers by `Resource`")
        result[resource] = min(limit, result[resource])
    return result
