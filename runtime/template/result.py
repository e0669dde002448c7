"""What the kernel found out about a template: theorems and their status.

In: nothing. Out: the types that `install` returns, `verdicts` keeps, and `udfc prove` prints.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from runtime.diagnostic import Diagnostic, Refused
from runtime.template.counterexample import Counterexample
from runtime.template.nodes import Method, TemplateSet

Status: TypeAlias = Literal["proved", "tested", "refuted", "unknown"]


@dataclass(frozen=True, slots=True)
class TheoremResult:
    """One theorem about a template.

    Args:
        template: whose.
        name: of the theorem, with the method's name where it is about one.
        says: a sentence.
        status: `tested`: not proved, and the kernel tests it each time, at run time; `refuted` and `unknown`
            refuse the template.
        seconds: that it took when it was proved.
        effort: z3's resource units.
        method: whose theorem it is; empty: the template's. `TEMPLATE.METHOD` is one of a part's template.
        cached: True when it was proved in an earlier run.
    """

    template: str
    name: str
    says: str
    status: Status
    seconds: float
    effort: int
    method: str = ""
    cached: bool = False


@dataclass(frozen=True, slots=True)
class Proof:
    """Everything about one template.

    Args:
        theorems: in the order in which they were asked.
        diagnostics: a refusal for each that does not hold; none: the template may be used.
        counterexamples: those that could be found, replayed, with the number of their diagnostic.
    """

    theorems: tuple[TheoremResult, ...]
    diagnostics: tuple[Diagnostic, ...] = ()
    counterexamples: tuple[tuple[int, Counterexample], ...] = ()


@dataclass(frozen=True, slots=True)
class Installation:
    """Templates that have been proved.

    Args:
        templates: that may be used.
        theorems: all that were proved or are tested.
        tested: (template, method) of the methods that run only with the before-and-after test.
    """

    templates: TemplateSet
    theorems: tuple[TheoremResult, ...]
    tested: frozenset[tuple[str, str]]

    def is_proved(self, template: str, method: Method) -> bool:
        """Say whether a method may run without the before-and-after test."""
        return template in self.templates and (template, method.name) not in self.tested


def list_tested(theorems: tuple[TheoremResult, ...]) -> frozenset[tuple[str, str]]:
    """Return (template, method) for each method that has a theorem that was not proved."""
    found: set[tuple[str, str]] = set()
    for each in theorems:
        if each.method and each.status != "proved":
            owner, dot, method = each.method.rpartition(".")
            found.add((owner if dot else each.template, method))
    return frozenset(found)


class NotInstalled(Refused):
    """A template set that was refused.

    Args:
        diagnostics: all reasons.
        theorems: all that were asked, of all templates.
        counterexamples: replayed; each with the number of its diagnostic.
    """

    def __init__(
        self,
        diagnostics: tuple[Diagnostic, ...],
        theorems: tuple[TheoremResult, ...],
        counterexamples: tuple[tuple[int, Counterexample], ...] = (),
    ) -> None:
        super().__init__(*diagnostics)
        self.theorems = theorems
        self.counterexamples = counterexamples
