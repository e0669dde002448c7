"""What a classifier answers, and what counting needs of a classifier."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

from dpfc.program import Mode, Program
from runtime.load.batch import Messages

Engine: TypeAlias = Literal["native", "interpreter"]


@dataclass(frozen=True, slots=True)
class Answers:
    """What a batch answered, in order of the messages.

    Args:
        ids: the numbers of the accepting filters. In modes specific and first exactly one for each message, 0
            when
            no filter accepts; in mode all as many as accept, one message after another.
        counts: in mode all, how many numbers each message has; empty in the other modes.
    """

    ids: array[int]
    counts: array[int]


class Classifies(Protocol):
    """A classifier, as `dpfc.count` sees it; see `dpfc.classifier.Classifier`."""

    mode: Mode
    engine: Engine
    cache: Path | None

    @property
    def names(self) -> Sequence[str]:
        """The filters' names by number."""

    def prepare(self, link_type: int) -> Program:
        """Compile for a link type."""

    def classify_messages(self, messages: Messages, link_type: int) -> Answers:
        """Classify a batch."""
