"""Filters in the kernel: who may insert which, delete it, and say where its messages go.

In: filters as downloaded, and capabilities. Out: installed filters, or `Refusal`, and then nothing has
changed.

Inserting takes a capability for the network: one whose name begins with NETWORK, or that dominates it. It
becomes the filter's guard. What the papers left open ("a filter may lie, and claim the packets of others") is
decided here: a filter that would win messages which another environment's filter gets now needs a capability
that dominates that filter's guard.
"""

from __future__ import annotations

from contextlib import suppress

from dpfc.formula import Filter
from runtime.diagnostic import Refused
from vm.net.demultiplexer import Demultiplexer
from vm.net.dominance import share_messages, takes_from
from vm.net.download import Follow
from vm.net.form import decode_filter
from vm.net.fragments import FamilyId
from vm.net.handler import Handler
from vm.net.limits import FILTERS, RIVALS
from vm.net.ring import Ring
from vm.net.rivals import contains, read_conjunctions
from vm.net.tables import Installed, Port
from vm.xok.account import Resource
from vm.xok.capability import WRITE, Capability, demand, dominates
from vm.xok.environment import Environment
from vm.xok.refusal import Code, Refusal

NETWORK = b"\xc0"
"""The first byte of the names of all capabilities for the network: 192, as in the release."""

_CONFLICTS = ("DPF071", "DPF072", "DPF073", "DPF074")


class Filters:
    """All filters of a machine.

    Attributes:
        table: by number.
        most: how many there may be.
    """

    __slots__ = ("_next", "most", "table")

    def __init__(self) -> None:
        self.table: dict[int, Installed] = {}
        self.most = FILTERS
        self._next = 1

    def find(self, number: object) -> Installed:
        """Return a filter.

        Raises:
            Refusal: BAD_ARGUMENT or NO_SUCH_FILTER.
        """
        if type(number) is not int:
            raise Refusal(Code.BAD_ARGUMENT, "a filter is a number")
        if number not in self.table:
            raise Refusal(Code.NO_SUCH_FILTER, f"there is no filter {number}")
        return self.table[number]

    def guarded(self, number: object, capability: Capability) -> Installed:
        """Return a filter whose guard `capability` dominates.

        Raises:
            Refusal: BAD_ARGUMENT, NO_SUCH_FILTER, or ACCESS_DENIED.
        """
        installed = self.find(number)
        demand((installed.guard,), capability, WRITE)
        return installed

    def insert(
        self, owner: Environment, port: Port, form: bytes, capability: Capability, ring: Ring | None
    ) -> int:
        """Insert a filter.

        Raises:
            Refusal: ACCESS_DENIED, BAD_FILTER, TABLE_FULL, QUOTA, FILTER_TAKES, FILTER_CONFLICT, or
                FILTER_REFUSED.
        """
        guard = make_guard(capability)
        try:
            download = decode_filter(form)
            new = port.demultiplexer.prepare(download.formula, download.priority)
        except Refused as refused:
            raise _refusal(Code.BAD_FILTER, refused) from None
        if len(self.table) >= self.most:
            raise Refusal(Code.TABLE_FULL, f"{self.most} filters are installed")
        owner.account.take(Resource.FILTERS)
        try:
            self._require_dominance(owner, port, new, guard)
            if download.follow is not None:
                self._require_state(owner, port, download.follow, guard)
            family = None if download.follow is None else self._find_family(port, download.follow)
            try:
                _insert(port.demultiplexer, new)
            except Refusal:
                if family is not None and family not in port.fragments.families:
                    port.later.delete([family])
                raise
            if family is not None and download.follow is not None:
                port.fragments.join(family, new.id, download.follow)
        except Refusal:
            owner.account.give(Resource.FILTERS)
            raise
        number, self._next = self._next, self._next + 1
        installed = Installed(number, owner, port, new, guard, ring)
        self.table[number] = port.filters[new.id] = installed
        return number

    def delete(self, some: list[Installed]) -> None:
        """Delete filters of one card."""
        if not some:
            return
        port = some[0].port
        empty: list[FamilyId] = []
        for each in some:
            family = port.fragments.leave(each.filter.id)
            empty += [] if family is None else [family]
            del self.table[each.number], port.filters[each.filter.id]
            each.owner.account.give(Resource.FILTERS)
        with suppress(Refused):  # they are gone from the tables, and what is left is interpreted
            port.demultiplexer.delete([each.filter.id for each in some])
            port.later.delete(empty)

    def drop(self, environment: Environment) -> None:
        """Delete all filters of an environment that ends."""
        ports = {id(each.port): each.port for each in self.table.values()}
        for port in ports.values():
            self.delete(
                [each for each in self.table.values() if each.port is port and each.owner is environment]
            )

    def unroute(self, ring: Ring) -> None:
        """A ring ends: messages that would go there go nowhere."""
        for each in self.table.values():
            if each.ring is ring:
                each.ring = None

    def unbind(self, handler: Handler) -> None:
        """A handler ends."""
        for each in self.table.values():
            if each.handler is handler:
                each.handler = None

    # ---- the rules

    def _require_dominance(self, owner: Environment, port: Port, new: Filter, guard: Capability) -> None:
        """Refuse a filter that would win messages which somebody else's filter gets now."""
        forms = read_conjunctions(new.formula)
        rivals = port.demultiplexer.rivals
        foreign = [
            other
            for other in (port.filters[number] for number in rivals.find(forms))
            if other.owner is not owner and not dominates(guard, other.guard)
        ]
        doubtful = [other for other in foreign if not contains(forms, rivals.conjunctions[other.filter.id])]
        if len(doubtful) > RIVALS:
            raise Refusal(Code.FILTER_TAKES, f"it may take messages from {len(doubtful)} filters of others")
        for other in doubtful:
            theirs = rivals.conjunctions[other.filter.id]
            try:
                takes = takes_from(new, other.filter, (forms, theirs))
            except Refused as refused:
                raise _refusal(Code.FILTER_CONFLICT, refused) from None
            if takes:
                message = f"it would take messages from filter {other.number} of environment {other.owner.id}"
                raise Refusal(Code.FILTER_TAKES, message)

    def _require_state(self, owner: Environment, port: Port, follow: Follow, guard: Capability) -> None:
        """Refuse state that could win messages which somebody else's filter, or state, gets now."""
        later = Filter(port.later.prepare(follow.later, 0).id, "later fragments", follow.later, None)
        suspects = port.demultiplexer.rivals.find(read_conjunctions(follow.later))
        others = [port.filters[number] for number in suspects]
        others = [each for each in others if each.owner is not owner and not dominates(guard, each.guard)]
        if len(others) > RIVALS:
            raise Refusal(Code.FILTER_TAKES, f"its state may take from {len(others)} filters of others")
        for other in others:
            if share_messages(_renumber(later, other.filter), other.filter):
                message = f"its state would take from filter {other.number} of environment {other.owner.id}"
                raise Refusal(Code.FILTER_TAKES, message)
        for number, family in port.fragments.families.items():
            members = [port.filters[each] for each in family.members]
            foreign = [
                each for each in members if each.owner is not owner and not dominates(guard, each.guard)
            ]
            if foreign and family.key != follow.key and share_messages(later, port.later.get(number)):
                message = f"its state would take from that of filter {foreign[0].number}"
                raise Refusal(Code.FILTER_TAKES, message)
        if port.fragments.find_family(follow) is None and port.fragments.is_full:
            raise Refusal(Code.TABLE_FULL, "no further way to recognise fragments fits")

    def _find_family(self, port: Port, follow: Follow) -> FamilyId:
        """Return the family of a filter with `follow`; its `later` is in the classifier then."""
        family = port.fragments.find_family(follow)
        if family is None:
            later = port.later.prepare(follow.later, 0)
            _insert(port.later, later)
            family = later.id
        return family


def make_guard(capability: Capability) -> Capability:
    """Return the guard of what is made with a capability for the network.

    Raises:
        Refusal: ACCESS_DENIED.
    """
    name = capability.name
    if not capability.permissions & WRITE or not (name.startswith(NETWORK) or not name):
        raise Refusal(Code.ACCESS_DENIED, f"`{name.hex()}` is no capability for the network")
    return Capability(name or NETWORK, WRITE)


def _insert(demultiplexer: Demultiplexer, new: Filter) -> None:
    try:
        demultiplexer.insert(new)
    except Refused as refused:
        conflict = refused.diagnostics[0].code in _CONFLICTS
        raise _refusal(Code.FILTER_CONFLICT if conflict else Code.FILTER_REFUSED, refused) from None


def _refusal(code: Code, refused: Refused) -> Refusal:
    first = refused.diagnostics[0]
    return Refusal(code, f"{first.code}: {first.message}")


def _renumber(one: Filter, other: Filter) -> Filter:
    """Return `one` with another number than `other` has: they come from different classifiers."""
    return one if one.id != other.id else Filter(type(one.id)(one.id + 1), one.name, one.formula, None)
