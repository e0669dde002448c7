"""Which machine and which file system a workload runs on.

In: names. Out: `Configuration`s. Each is named by its words, in this order:

    cffs | ffs | storm  the file system, or none (`vm.crash.storm`)
    grouped | spread    with explicit grouping of small files, or without
    delayed | sync      metadata is written when somebody asks, in the order that XN allows; or at once
    cached | through    the drive has a write cache, or a write that is done is durable
    ordered | walked    the free map is kept in order on the disk, or found by recovery
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from runtime.diagnostic import Diagnostic, Refused
from runtime.source import NOWHERE, Span

_WORDS = (
    ("cffs", "ffs", "storm"),
    ("grouped", "spread"),
    ("delayed", "sync"),
    ("cached", "through"),
    ("ordered", "walked"),
)


@dataclass(frozen=True, slots=True)
class Configuration:
    """One of them.

    Args:
        system: the file system.
        grouping: of small files.
        synchronous: metadata is written at once.
        write_cache: of the drive.
        ordered_map: the free map on the disk never calls a block free that something on the disk points to.
    """

    system: str
    grouping: bool
    synchronous: bool
    write_cache: bool
    ordered_map: bool

    @property
    def name(self) -> str:
        """Its words."""
        chosen = (
            _WORDS[0].index(self.system),
            not self.grouping,
            self.synchronous,
            not self.write_cache,
            not self.ordered_map,
        )
        return "-".join(words[flag] for words, flag in zip(_WORDS, chosen))


def read_configuration(name: str, place: Span = NOWHERE) -> Configuration:
    """Return the configuration that is called `name`; `place` is where that is said.

    Raises:
        Refused: ACE008 there is none.
    """
    for configuration in (*ALL, *STORMS):
        if configuration.name == name:
            return configuration
    known = "-".join("|".join(words) for words in _WORDS)
    message = f"there is no configuration `{name}`"
    raise Refused(Diagnostic("ACE008", message, place, notes=(f"known: {known}",)))


ALL = tuple(
    Configuration(system, grouping, synchronous, write_cache, ordered_map)
    for system, grouping, synchronous, write_cache, ordered_map in product(
        ("cffs", "ffs"), (True, False), (False, True), (True, False), (True, False)
    )
)
"""All 32."""

USUAL = tuple(each for each in ALL if each.grouping == (each.system == "cffs"))
"""The file systems as they are meant, C-FFS with grouping and FFS without: 16."""

STORMS = tuple(
    Configuration("storm", False, False, cache, ordered)
    for cache, ordered in product((True, False), repeat=2)
)
"""Machines for storms."""
