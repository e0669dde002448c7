"""What a function in the making sees, and how large it has grown: the same in all languages.

In: names and what they stand for. Out: the names in sight, which blocks and abbreviations change; refusals of
what nests too deeply or grows too large.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from grammar.fields.scope import Language, Scope
from grammar.lowering.operand import Made, Operand
from grammar.lowering.writer import Writer
from runtime.ir.nodes import Type, Value
from runtime.source import Span

_MAX_DEPTH = 110  # expressions and statements inside each other, abbreviations expanded
_MAX_STEPS = 60_000  # expressions lowered for one function, abbreviations expanded


@dataclass(slots=True)
class Sight:
    """The state of one function, as far as names go.

    Args:
        what: the function in messages.
        scope: the declarations of the program.
        names: what can be seen here, besides fields and constants.
        expanding: the abbreviations that are being expanded.
    """

    what: str
    builder: Writer
    scope: Scope
    names: dict[str, object] = field(default_factory=dict, kw_only=True)
    expanding: tuple[str, ...] = field(default=(), kw_only=True)
    _depth: int = field(default=0, init=False)
    _steps: int = field(default=0, init=False)

    @property
    def language(self) -> Language:
        """Of the program."""
        return self.scope.language

    @property
    def sight(self) -> Mapping[str, object]:
        """The names that can be seen here."""
        return self.names

    @contextmanager
    def step(self, span: Span) -> Iterator[None]:
        """Count one level of nesting, and give what is made inside the span `span`.

        Raises:
            Refused: code 29 if the function nests too deeply or grows too large.
        """
        self._depth += 1
        self._steps += 1
        spent = self._steps > _MAX_STEPS or not self.scope.effort.spend()
        if self._depth > _MAX_DEPTH or spent:
            what = "nested too deeply" if self._depth > _MAX_DEPTH else "too large"
            message = f"with its abbreviations expanded, this is {what}"
            raise self.language.refuse(29, message, span, "split it up")
        with self.builder.at(span):
            yield
        self._depth -= 1

    @contextmanager
    def seeing(self, names: Mapping[str, object], expanding: tuple[str, ...]) -> Iterator[None]:
        """See `names` instead, inside `expanding`."""
        before = self.names, self.expanding
        self.names, self.expanding = dict(names), expanding
        yield
        self.names, self.expanding = before

    @contextmanager
    def block(self) -> Iterator[None]:
        """Forget at the end what is declared inside."""
        before = set(self.names)
        yield
        for name in [each for each in self.names if each not in before]:
            del self.names[name]

    def value(self, operand: Operand, type_: Type = Type.U64) -> Value:
        """Return `operand` as a value of the IR."""
        if isinstance(operand, Made):
            return operand.value
        return self.builder.constant(type_, operand.number)

    def number(self, number: int) -> Value:
        """Return a constant of 64 bits."""
        return self.builder.constant(Type.U64, number)
