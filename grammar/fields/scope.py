"""What the declarations of a program are, as far as numbers and layouts ask for them.

In: nothing. Out: what each language brings along: its scope of names, and the `Language` that says how it
differs from the others. Codes are numbers here: UDF016 and ASH016 say the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from grammar.fields.effort import Effort
from grammar.fields.refuse import refusal
from grammar.fields.syntax import ConstantDeclaration, Definition, StructDeclaration
from runtime import limits
from runtime.diagnostic import Refused
from runtime.source import Span


@dataclass(frozen=True, slots=True)
class Language:
    """One language about bytes.

    Args:
        prefix: of its codes.
        functions: what can be called besides abbreviations, with the number of arguments.
        reserved: names with a meaning of their own in expressions.
    """

    prefix: str
    functions: Mapping[str, int]
    reserved: frozenset[str]

    def refuse(self, number: int, message: str, span: Span, *notes: str) -> Refused:
        """Return the refusal whose code has this number, to be raised."""
        return refusal(f"{self.prefix}{number:03}", message, span, *notes)


class Scope(Protocol):
    """The declarations of a program, by name."""

    @property
    def language(self) -> Language:
        """Of the program."""

    @property
    def constants(self) -> Mapping[str, ConstantDeclaration]:
        """`const`."""

    @property
    def definitions(self) -> Mapping[str, Definition]:
        """`define`."""

    @property
    def structs(self) -> Mapping[str, StructDeclaration]:
        """`struct`."""

    @property
    def effort(self) -> Effort:
        """What the compilation has cost so far."""


def check_new(
    language: Language,
    name: str,
    span: Span,
    *known: Mapping[str, object],
    reserved: frozenset[str] | None = None,
) -> None:
    """Refuse `name` if it is reserved (013), or stands for something in one of `known` (012).

    Args:
        language: of the program.
        name: to be declared.
        span: where.
        known: what is declared already.
        reserved: other names than the language's.
    """
    if len(name) > limits.MAX_NAME_LENGTH:
        message = f"this name has {len(name)} characters, the limit is {limits.MAX_NAME_LENGTH}"
        raise language.refuse(13, message, span, "choose a shorter name")
    if name in (language.reserved if reserved is None else reserved):
        raise language.refuse(13, f"`{name}` has a meaning of its own", span, "choose another name")
    if any(name in each for each in known):
        note = "a name has one meaning wherever it can be seen: rename one of them"
        raise language.refuse(12, f"`{name}` is declared already", span, note)
