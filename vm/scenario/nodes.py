"""A scenario: what is on a machine, and what arrives on its card.

In: nothing. Out: the types that `read` makes and `build` turns into a machine. docs/network.md is the
reference.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from runtime.source import Span
from vm.machine.link import LinkParameters

ProgramName: TypeAlias = Literal["drain", "idle", "spin"]
Timing: TypeAlias = Literal["recorded", "back to back"]


@dataclass(frozen=True, slots=True)
class CardDescription:
    """The card and its link, the same in both directions.

    Args:
        link_type: None: that of the first capture.
        parameters: of the link.
    """

    link_type: int | None
    parameters: LinkParameters


@dataclass(frozen=True, slots=True)
class Binding:
    """A filter of an environment, and the handler that runs on its messages; None: none does."""

    filter: str
    handler: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class EnvironmentDescription:
    """An environment.

    Args:
        name: of it.
        capability: the name of the one in slot 0.
        program: `drain` takes messages out of its ring; `idle` never does; `spin` computes all the time.
        cycles: that `drain` computes for each message.
        pages, slot: of its ring: how many pages, and bytes of a slot.
        bindings: its filters.
        span: where it stands.
    """

    name: str
    capability: bytes
    program: ProgramName
    cycles: int
    pages: int
    slot: int
    bindings: tuple[Binding, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class ReplayDescription:
    """A capture that is replayed; `back to back`: as fast as the link takes it."""

    file: Path
    timing: Timing


@dataclass(frozen=True, slots=True)
class Scenario:
    """A scenario.

    Args:
        dpf: the file with its filters; None: it has none.
        ash: the file with its handlers; None: it has none.
        card: the card.
        environments: in order.
        replays: in order, all at once.
        span: where it begins.
    """

    dpf: Path | None
    ash: Path | None
    card: CardDescription
    environments: tuple[EnvironmentDescription, ...]
    replays: tuple[ReplayDescription, ...]
    span: Span
