"""Read a scenario file: TOML whose keys docs/network.md lists.

In: a file. Out: a `Scenario`, or a refusal that points at the line: NET101 it is no TOML; NET102 a key that
there is not; NET103 a value that does not fit; NET104 a key that is missing.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn, TypeVar, get_args

from runtime.diagnostic import Diagnostic, Refused
from runtime.source import Source, Span
from vm.machine import costs
from vm.machine.link import MILLION, LinkParameters
from vm.scenario.nodes import (
    Binding,
    CardDescription,
    EnvironmentDescription,
    ProgramName,
    ReplayDescription,
    Scenario,
    Timing,
)
from vm.scenario.place import find_place

_T = TypeVar("_T")
_C = TypeVar("_C", bound=str)
_PROGRAMS: tuple[ProgramName, ...] = get_args(ProgramName)
_TIMINGS: tuple[Timing, ...] = get_args(Timing)
_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)|\(at end of document\)")


def read_scenario(source: Source, folder: Path) -> Scenario:
    """Read a scenario; the files that it names are beside it, in `folder`.

    Raises:
        Refused: NET10x.
    """
    try:
        table = tomllib.loads(source.text)
    except tomllib.TOMLDecodeError as error:
        raise _no_toml(source, str(error)) from None
    top = _Table(source, (), table)
    top.only("dpf", "ash", "card", "environment", "replay")
    environments = [
        _read_environment(each, number) for number, each in enumerate(top.tables("environment"), 1)
    ]
    names = [each.name for each in environments]
    for place, name in enumerate(names):
        if name in names[:place]:
            top.refuse("NET103", f"there are two environments `{name}`", ("environment", place, "name"))
    return Scenario(
        _file(top, "dpf", folder),
        _file(top, "ash", folder),
        _read_card(top.table("card")),
        tuple(environments),
        tuple(_read_replay(each, folder) for each in top.tables("replay")),
        Span(source, 0, 0),
    )


def _read_card(table: _Table) -> CardDescription:
    table.only("link_type", "rate", "latency_us", "loss", "duplication", "reordering", "seed", "queue")
    usual = LinkParameters()
    link_type = table.number("link_type", -1, -1, 65_535)
    rate = table.number("rate", usual.rate, 0, 10**12)
    latency = table.real("latency_us", usual.latency / costs.CYCLES_PER_MICROSECOND, 10**7)
    parameters = LinkParameters(
        rate,
        round(latency * costs.CYCLES_PER_MICROSECOND),
        round(table.real("loss", 0, 1) * MILLION),
        round(table.real("duplication", 0, 1) * MILLION),
        round(table.real("reordering", 0, 1) * MILLION),
        table.number("seed", 0, 0, 1 << 63),
        table.number("queue", usual.queue, 1, 1 << 20),
    )
    return CardDescription(None if link_type < 0 else link_type, parameters)


def _read_environment(table: _Table, number: int) -> EnvironmentDescription:
    table.only("name", "capability", "program", "cycles", "ring", "filters", "handlers")
    ring = table.table("ring")
    ring.only("pages", "slot")
    name = table.text("name", None)
    capability = table.text("capability", f"c0{number:02x}")
    if not re.fullmatch(r"([0-9a-f]{2}){0,7}", capability):
        table.refuse("NET103", "a capability is 0 to 14 hexadecimal digits, two to a byte", ("capability",))
    handlers = table.table("handlers")
    filters = table.texts("filters")
    for key in handlers.keys:
        if key not in filters:
            table.refuse("NET103", f"`{key}` is none of the environment's filters", ("handlers",))
    place = table.find(("filters",))
    bindings = tuple(Binding(each, handlers.text(each, "") or None, place) for each in filters)
    return EnvironmentDescription(
        name,
        bytes.fromhex(capability),
        table.choice("program", _PROGRAMS, "drain"),
        table.number("cycles", 0, 0, 10**10),
        ring.number("pages", 16, 1, 64),
        ring.number("slot", 2048, 32, 64 * 4096),
        bindings,
        table.find(()),
    )


def _read_replay(table: _Table, folder: Path) -> ReplayDescription:
    table.only("file", "timing")
    return ReplayDescription(folder / table.text("file", None), table.choice("timing", _TIMINGS, "recorded"))


def _file(table: _Table, key: str, folder: Path) -> Path | None:
    name = table.text(key, "")
    return folder / name if name else None


class _Table:
    """A table of the file; every method takes what a key holds, or refuses it.

    Args:
        source: the file.
        path: where the table is in it.
        values: what it holds.
    """

    def __init__(self, source: Source, path: tuple[str | int, ...], values: dict[str, object]) -> None:
        self._source, self._path, self._values = source, path, values

    @property
    def keys(self) -> tuple[str, ...]:
        """Its keys."""
        return tuple(self._values)

    def only(self, *known: str) -> None:
        """Refuse other keys than these."""
        for key in self._values:
            if key not in known:
                self.refuse("NET102", f"there is no key `{key}` here; there are {', '.join(known)}", (key,))

    def number(self, key: str, usual: int, least: int, most: int) -> int:
        """Return a whole number."""
        value = self._take(key, int, usual, "a whole number")
        if not least <= value <= most:
            self.refuse("NET103", f"`{key}` is {value}: it must be from {max(least, 0)} to {most}", (key,))
        return value

    def real(self, key: str, usual: float, most: float) -> float:
        """Return a number from 0 on."""
        value = self._values.get(key, usual)
        if type(value) not in (int, float) or not isinstance(value, (int, float)) or not 0 <= value <= most:
            self.refuse("NET103", f"`{key}` is a number from 0 to {most:g}", (key,))
        return value

    def text(self, key: str, usual: str | None) -> str:
        """Return a string; without `usual` there must be one."""
        return self._take(key, str, usual, "a string")

    def texts(self, key: str) -> tuple[str, ...]:
        """Return a list of different strings."""
        values = self._take(key, list, [], "a list of strings")
        if not all(type(value) is str for value in values) or len(set(values)) < len(values):
            self.refuse("NET103", f"`{key}` is a list of different strings", (key,))
        return tuple(values)

    def choice(self, key: str, choices: Sequence[_C], usual: _C) -> _C:
        """Return one of some strings."""
        value = self.text(key, usual)
        found = next((each for each in choices if each == value), None)
        if found is None:
            self.refuse("NET103", f"`{key}` is one of {', '.join(choices)}", (key,))
        return found

    def table(self, key: str) -> _Table:
        """Return a table; an empty one if there is none."""
        return _Table(self._source, (*self._path, key), self._take(key, dict, {}, "a table"))

    def tables(self, key: str) -> list[_Table]:
        """Return a list of tables."""
        values = self._take(key, list, [], "a list of tables")
        if not all(type(value) is dict for value in values):
            self.refuse("NET103", f"`{key}` is a list of tables: write [[{key}]]", (key,))
        return [_Table(self._source, (*self._path, key, place), each) for place, each in enumerate(values)]

    def find(self, path: tuple[str | int, ...]) -> Span:
        """Return where a key of it stands."""
        return find_place(self._source, (*self._path, *path))

    def refuse(self, code: str, message: str, path: tuple[str | int, ...]) -> NoReturn:
        """Refuse the file because of a key."""
        raise Refused(Diagnostic(code, message, self.find(path), ("docs/network.md lists all keys",)))

    def _take(self, key: str, kind: type[_T], usual: _T | None, what: str) -> _T:
        value = self._values.get(key, usual)
        if value is None:
            self.refuse("NET104", f"`{key}` is missing: it is {what}", ())
        if type(value) is not kind:
            self.refuse("NET103", f"`{key}` is {what}", (key,))
        return value


def _no_toml(source: Source, message: str) -> Refused:
    place = _PLACE.search(message)
    offset = len(source.text)
    if place is not None and place[1]:
        lines = source.text.splitlines(keepends=True)
        offset = sum(map(len, lines[: int(place[1]) - 1])) + int(place[2]) - 1
    text = _PLACE.sub("", message).strip()
    sentence = f"this is no TOML: {text[:1].lower()}{text[1:]}"
    return Refused(Diagnostic("NET101", sentence, Span(source, offset, offset + 1)))
