"""State atoms: which frames belong to what was seen before. Made for IP fragments, which know nothing of it.

In: filters with a `Follow`, frames and the time. Out: for a later fragment, the filter that accepted the
first one; for a first fragment, the later ones that had overtaken it.

    first fragment --accepted by filter F--> recorded: values of F's key -> F, for STATE_CYCLES
    later fragment --key recorded--> F       --key unknown, no filter--> held back, for HELD_CYCLES at most

Filters that recognise fragments in the same way are a *family*: they share what is recorded, and who recorded
a key first has it. What is held back and remembered is bounded; nothing is forgotten or given up uncounted.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TypeAlias

from dpfc.formula import Field, FilterId
from dpfc.naive import accepts, find_value
from vm.net.download import Follow
from vm.net.limits import FOLLOWERS, HELD, HELD_CYCLES, STATE_CYCLES, STATES

FamilyId: TypeAlias = FilterId  # the number of `later` in a classifier of its own
Key: TypeAlias = tuple[int, ...]


@dataclass(slots=True, eq=False)
class Family:
    """Filters with the same `later` and `key`.

    Attributes:
        key: fields.
        members: the filters.
        recorded: by key: which filter has it, until when.
        held: frames that it may get.
    """

    key: tuple[Field, ...]
    members: dict[FilterId, Follow] = field(default_factory=dict)
    recorded: dict[Key, tuple[FilterId, int]] = field(default_factory=dict)
    held: int = 0


@dataclass(slots=True, eq=False)
class Held:
    """A frame that is held back.

    Attributes:
        until: when it is given up.
        wanted: by which families, by their key.
    """

    frame: bytes
    until: int
    wanted: dict[FamilyId, Key]


class Fragments:
    """The state of one card's filters."""

    __slots__ = ("_held", "_states", "families")

    def __init__(self) -> None:
        self.families: dict[FamilyId, Family] = {}
        self._states: dict[FilterId, dict[tuple[FamilyId, Key], None]] = {}
        self._held: deque[Held] = deque()

    @property
    def held(self) -> int:
        """How many frames are held back."""
        return len(self._held)

    @property
    def is_full(self) -> bool:
        """Whether no further family can be there."""
        return len(self.families) >= FOLLOWERS

    def find_family(self, follow: Follow) -> FamilyId | None:
        """Return the family that a filter with `follow` belongs to, if it is there."""
        for number, family in self.families.items():
            if family.key == follow.key and next(iter(family.members.values())).later == follow.later:
                return number
        return None

    def join(self, number: FamilyId, filter_id: FilterId, follow: Follow) -> None:
        """Make a filter a member, of a new family where there is none of this number."""
        family = self.families.setdefault(number, Family(follow.key))
        family.members[filter_id] = follow
        self._states[filter_id] = {}

    def leave(self, filter_id: FilterId) -> FamilyId | None:
        """Forget a filter and what it recorded; return its family if that is empty now, and gone."""
        states = self._states.pop(filter_id, None)
        if states is None:
            return None
        for number, key in states:
            del self.families[number].recorded[key]
        number, family = next(
            (number, family) for number, family in self.families.items() if filter_id in family.members
        )
        del family.members[filter_id]
        if family.members:
            return None
        del self.families[number]
        for held in self._held:
            held.wanted.pop(number, None)
        return number

    def find(self, candidates: dict[FamilyId, Key], now: int) -> FilterId | None:
        """Return the filter that has recorded what one of the families looks for."""
        for number, key in candidates.items():
            state = self.families[number].recorded.get(key)
            if state is not None and state[1] > now:
                return state[0]
        return None

    def keys(self, frame: bytes, families: tuple[FilterId, ...]) -> dict[FamilyId, Key]:
        """Return the keys of a frame for families whose `later` accepts it; those without values left out."""
        found: dict[FamilyId, Key] = {}
        for number in families:
            key = _read_key(self.families[number].key, frame)
            if key is not None:
                found[number] = key
        return found

    def record(self, filter_id: FilterId, frame: bytes, now: int) -> tuple[bool, int, list[bytes]]:
        """Note that a filter has accepted a frame.

        Returns:
            Whether a state was recorded, how many others were forgotten for it, and frames that had waited
            for it.
        """
        number, family = self._family_of(filter_id)
        if not accepts(family.members[filter_id].first, frame):
            return False, 0, []
        key = _read_key(family.key, frame)
        if key is None:
            return False, 0, []
        before = family.recorded.get(key)
        if before is not None and before[0] != filter_id:
            if before[1] > now:
                return False, 0, []
            del self._states[before[0]][number, key]
        states = self._states[filter_id]
        states.pop((number, key), None)
        states[number, key] = None
        family.recorded[key] = (filter_id, now + STATE_CYCLES)
        forgotten = self._forget(states) if len(states) > STATES else 0
        return True, forgotten, self._release(number, key)

    def hold(self, frame: bytes, candidates: dict[FamilyId, Key], now: int) -> bool:
        """Hold a frame back for families that have room; False: none has."""
        wanted = {number: key for number, key in candidates.items() if self.families[number].held < HELD}
        if not wanted:
            return False
        for number in wanted:
            self.families[number].held += 1
        self._held.append(Held(frame, now + HELD_CYCLES, wanted))
        return True

    def expire(self, now: int) -> int:
        """Give up what was held back for long enough; return how many frames."""
        count = 0
        while self._held and self._held[0].until <= now:
            self._settle(self._held.popleft())
            count += 1
        return count

    def has_state(self, filter_id: FilterId) -> bool:
        """Whether a filter records what it accepts."""
        return filter_id in self._states

    def _family_of(self, filter_id: FilterId) -> tuple[FamilyId, Family]:
        return next(
            (number, family) for number, family in self.families.items() if filter_id in family.members
        )

    def _forget(self, states: dict[tuple[FamilyId, Key], None]) -> int:
        number, key = oldest = next(iter(states))
        del states[oldest]
        del self.families[number].recorded[key]
        return 1

    def _release(self, number: FamilyId, key: Key) -> list[bytes]:
        """Take out the frames that waited for a key."""
        freed = [held for held in self._held if held.wanted.get(number) == key]
        if freed:
            self._held = deque(held for held in self._held if held.wanted.get(number) != key)
        for held in freed:
            self._settle(held)
        return [held.frame for held in freed]

    def _settle(self, held: Held) -> None:
        for number in held.wanted:
            self.families[number].held -= 1


def _read_key(fields: tuple[Field, ...], frame: bytes) -> Key | None:
    """Return the values of all fields, None where one has none."""
    values = tuple(find_value(each, frame) for each in fields)
    return None if None in values else tuple(value for value in values if value is not None)
