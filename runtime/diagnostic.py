"""What a refusal looks like: diagnostics, verdicts, and the one exception that carries them.

Every stage that judges a program returns a `Verdict` or raises `Refused`; both hold `Diagnostic` values
with a stable code. Bugs of ours are assertions, never diagnostics.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from runtime.source import NOWHERE, Span

Severity: TypeAlias = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One fact about a program that its author must know.

    Args:
        code: stable, three capitals and three digits (`DPF012`), explained by the commands' `explain`.
        message: lower case, one sentence, no full stop, names in backticks: the fact that failed.
        span: the characters that caused it.
        notes: further lines: counterexamples as concrete inputs, or what to do instead.
        severity: an error refuses the program, a warning does not.
    """

    code: str
    message: str
    span: Span = field(default=NOWHERE, compare=False, repr=False)
    notes: tuple[str, ...] = ()
    severity: Severity = "error"

    def render(self) -> str:
        """Return `file:line:column: error[CODE]: message`, the source line, a caret, and the notes."""
        line, column = self.span.source.position(self.span.start)
        place = self.span.source.name
        if self.span.source.text:
            place += f":{line}:{column}"
        lines = [f"{place}: {self.severity}[{self.code}]: {self.message}"]
        if self.span.source.text:
            lines += _excerpt(self.span, column)
        lines += [f"  note: {note}" for note in self.notes]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The program was proved; `warnings` are for its author."""

    warnings: tuple[Diagnostic, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejected:
    """The program was disproved; each diagnostic states a fact that does not hold."""

    diagnostics: tuple[Diagnostic, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """The prover gave up; every caller refuses the program."""

    diagnostics: tuple[Diagnostic, ...]


Verdict: TypeAlias = Accepted | Rejected | Unknown


class Refused(Exception):  # noqa: N818  (a refusal is the answer, not an error of ours)
    """A stage will not go on with this program or input.

    Args:
        diagnostics: at least one, the first being the reason.
    """

    def __init__(self, *diagnostics: Diagnostic) -> None:
        assert diagnostics, "a refusal needs a reason"
        super().__init__(diagnostics[0].message)
        self.diagnostics = diagnostics


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """What the commands print for `explain CODE`.

    Args:
        code: the diagnostic's code.
        title: the fact in a few words.
        meaning: what happened, why it is refused, and the way out.
        bad: the smallest program that gets this diagnostic; empty when no program can (damaged input files).
        good: the same program, mended.
        language: how `bad` and `good` are to be read.
    """

    code: str
    title: str
    meaning: str
    bad: str
    good: str
    language: Literal["ash", "dpf", "udf", "ir", "rules", "none"]


_EXCERPT_WIDTH = 120


def _excerpt(span: Span, column: int) -> list[str]:
    """Return the source line and the caret line, cut to `_EXCERPT_WIDTH` characters around the column."""
    text = span.source.line_at(span.start)
    first = max(0, column - 1 - _EXCERPT_WIDTH // 2) if len(text) > _EXCERPT_WIDTH else 0
    shown = text[first : first + _EXCERPT_WIDTH]
    visible = (c == "\t" or unicodedata.category(c)[0] != "C" for c in shown)
    shown = "".join(c if ok else "\N{REPLACEMENT CHARACTER}" for c, ok in zip(shown, visible))
    before = "".join(c if c == "\t" else " " for c in shown[: column - 1 - first])
    width = max(1, min(span.end - span.start, len(shown) - (column - 1 - first)))
    return [f"  {shown}", f"  {before}{'^' * width}"]
