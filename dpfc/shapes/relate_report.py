"""What is said of filters whose winner is not decided: refusals with messages that both accept.

In: links that conflict, or a circle. Out: DPF071, DPF072 and DPF073 as `dpfc.merge.overlap` words them, for
the first few; the others are counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dpfc.formula import Formula
from dpfc.merge.boolean import Pool
from dpfc.merge.overlap import FindMessage
from dpfc.merge.witness import show_message
from dpfc.shapes.example import find_example
from runtime.diagnostic import Diagnostic
from runtime.source import Span

MAX_DESCRIBED = 10
"""Conflicts that are described; the others are counted."""

_MAX_NAMED = 10


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two filters between which nothing decides.

    Args:
        first: the lower number.
        second: the higher.
        equal: whether they accept the same messages.
        formulas: what both accept for a message that shows it.
    """

    first: int
    second: int
    equal: bool
    formulas: tuple[Formula, ...]


@dataclass(frozen=True, slots=True)
class Reporter:
    """Describes filters by their numbers.

    Args:
        names: by number.
        spans: by number.
        pool: knows what filters look at.
        prove: finds messages.
    """

    names: Sequence[str]
    spans: Sequence[Span]
    pool: Pool
    prove: FindMessage

    def describe_conflicts(
        self, conflicts: Iterable[Conflict], others: int, complete: bool
    ) -> tuple[Diagnostic, ...]:
        """Return the refusals; the last says how many pairs there are beside those described.

        Args:
            conflicts: at most MAX_DESCRIBED.
            others: how many more there are.
            complete: whether these are all; otherwise at least so many.
        """
        described = [self._describe(conflict) for conflict in conflicts]
        if others or not complete:
            least = "" if complete else "at least "
            note = f"{least}{others:,} more pairs of filters are in conflict"
            last = described[-1]
            described[-1] = Diagnostic(last.code, last.message, last.span, (*last.notes, note))
        return tuple(described)

    def describe_circle(self, numbers: Sequence[int]) -> Diagnostic:
        """Return the refusal of filters that beat each other in a circle."""
        named = ", ".join(f"`{self.names[number]}`" for number in numbers[:_MAX_NAMED])
        more = len(numbers) - _MAX_NAMED
        message = f"containment and priorities contradict each other among {named}"
        message += f" and {more:,} more" if more > 0 else ""
        notes = ("a filter that accepts a subset wins whatever the priorities: change the priorities",)
        return Diagnostic("DPF073", message, self.spans[numbers[0]], notes)

    def describe_never(self, number: int) -> Diagnostic:
        """Return the warning about a filter of a shape that no message has."""
        message = f"`{self.names[number]}` can never match: its conditions contradict each other"
        return Diagnostic("DPF070", message, self.spans[number], severity="warning")

    def _describe(self, conflict: Conflict) -> Diagnostic:
        first, second = self.names[conflict.first], self.names[conflict.second]
        span = self.spans[conflict.second]
        if conflict.equal:
            message = f"`{second}` accepts exactly the same messages as `{first}`"
            return Diagnostic("DPF071", message, span, ("remove one of them",))
        shared = find_example(self.pool, conflict.formulas, (), self.prove)
        assert shared is not None, "filters in conflict share a message"
        notes = (
            f"both accept this message of {len(shared)} bytes:",
            *show_message(shared),
            "give one a `priority`, narrow one of them, or use --first or --all",
        )
        return Diagnostic(
            "DPF072", f"`{first}` and `{second}` overlap and neither contains the other", span, notes
        )
