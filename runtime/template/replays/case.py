"""One counterexample, ready to be replayed, and the words in which a replay is told.

In: an object, numbers. Out: `Case`, which the replays ask, and `Fault`, which they return.
"""

from __future__ import annotations

from dataclasses import dataclass

from runtime.template.nodes import Template, TemplateSet
from runtime.template.replays.ask import Object, place_extents

_MAX_SHOWN = 4  # tuples and ranges in one line
_MAX_PLACES = 64  # bytes that are pointed at


@dataclass(frozen=True, slots=True)
class Fault:
    """What a counterexample shows.

    Args:
        lines: what happens.
        places: bytes of the object that matter.
    """

    lines: tuple[str, ...]
    places: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Case:
    """One replay: the object, the set for its parts, and the numbers."""

    object: Object
    templates: TemplateSet
    numbers: dict[str, int]
    function: str

    @property
    def template(self) -> Template:
        """What the object is."""
        return self.object.template

    def partition(self, name: str) -> int:
        """Return the number of a partition."""
        return self.numbers.get(name, 0)

    def fixed(self) -> list[range]:
        """Return the bytes of the discriminator."""
        return list(place_extents(self.template.discriminator, len(self.object.meta)))


def show_tuple(template: Template, owned: tuple[int, ...]) -> str:
    """Return a tuple of `owns` as a template's author would write it."""
    start, count, number = owned[:3]
    if number >= len(template.kinds):
        return f"({', '.join(map(str, owned))})"
    kind = template.kinds[number]
    arguments = ", ".join(map(str, owned[3 : 3 + kind.arguments]))
    name = "like" if kind.mode == "like" else kind.template
    verb = "part" if kind.mode == "part" else "own"
    return f"{verb}({start}, {count}, {name}{f'({arguments})' if arguments else ''})"


def show_tuples(template: Template, tuples: tuple[tuple[int, ...], ...]) -> str:
    """Return a few tuples as text."""
    shown = [show_tuple(template, each) for each in tuples[:_MAX_SHOWN]]
    more = f" and {len(tuples) - _MAX_SHOWN} more" if len(tuples) > _MAX_SHOWN else ""
    return ", ".join(shown) + more if shown else "nothing"


def show_range(bytes_: range) -> str:
    """Return bytes as text, the end not included."""
    return f"{bytes_.start}..{bytes_.stop}"


def show_ranges(ranges: list[range]) -> str:
    """Return a few ranges as text."""
    return ", ".join(map(show_range, ranges[:_MAX_SHOWN])) or "empty"


def first_places(places: range | list[int]) -> tuple[int, ...]:
    """Return the places that are worth pointing at."""
    return tuple(places[:_MAX_PLACES])
