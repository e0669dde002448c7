"""Makes the nodes of layouts and declarations; docstrings of methods are rules of grammar/fields.lark.

In: tokens, while a text is parsed. Out: nodes.
"""

from __future__ import annotations

from typing import TypeVar, cast

from grammar.builder import Token, inline
from grammar.fields import syntax
from grammar.fields.build_expression import Expressions
from runtime.source import Span

_File = TypeVar("_File")


@inline
class Layouts(Expressions[_File]):
    """Makes the fields of layouts, and what is declared with them."""

    def fields(self, *parts: syntax.LayoutField | Token) -> tuple[syntax.LayoutField, ...]:
        """``"{" SEPARATOR? (field (SEPARATOR field)* SEPARATOR?)? "}"``."""
        return tuple(part for part in parts if not isinstance(part, Token))

    def field(
        self, name: Token, type_: syntax.FieldType, *rest: syntax.Expression | tuple[syntax.BitField, ...]
    ) -> syntax.LayoutField:
        """``NAME ":" type (offset bits? | bits offset?)?``."""
        offset = next((part for part in rest if not isinstance(part, tuple)), None)
        bits = next((part for part in rest if isinstance(part, tuple)), ())
        return syntax.LayoutField(str(name), type_, offset, bits, self._over(self._at(name), type_.span))

    def type(self, name: Token, *counts: tuple[syntax.Expression | None, Span]) -> syntax.FieldType:
        """``NAME count*``."""
        span = self._at(name)
        end = counts[-1][1] if counts else span
        return syntax.FieldType(str(name), tuple(count for count, _ in counts), self._over(span, end))

    def count(self, *parts: syntax.Expression | Token) -> tuple[syntax.Expression | None, Span]:
        """``"[" value? RSQB``."""
        count = next((part for part in parts if not isinstance(part, Token)), None)
        return count, self._at(cast(Token, parts[-1]))

    def offset(self, offset: syntax.Expression) -> syntax.Expression:
        """``"@" value``."""
        return offset

    def bits(self, *parts: syntax.BitField | Token) -> tuple[syntax.BitField, ...]:
        """``"{" SEPARATOR? bit (_gap bit)* _gap? "}"``."""
        return tuple(part for part in parts if not isinstance(part, Token))

    def bit(self, name: Token, width: syntax.Expression, low: syntax.Expression) -> syntax.BitField:
        """``NAME ":" value "@" value``."""
        return syntax.BitField(str(name), width, low, self._over(self._at(name), low.span))

    def constant(self, name: Token, value: syntax.Expression) -> syntax.ConstantDeclaration:
        """``"const" NAME "=" any``."""
        return syntax.ConstantDeclaration(str(name), value, self._at(name))

    def definition(
        self, name: Token, parameters: tuple[str, ...], _: Token, value: syntax.Expression
    ) -> syntax.Definition:
        """``"define" NAME "(" names RPAR "=" any``."""
        return syntax.Definition(str(name), parameters, value, self._at(name))

    def names(self, *names: Token) -> tuple[str, ...]:
        """``(NAME ("," NAME)*)?``."""
        return tuple(str(name) for name in names)

    def struct(self, name: Token, fields: tuple[syntax.LayoutField, ...]) -> syntax.StructDeclaration:
        """``"struct" NAME fields``."""
        return syntax.StructDeclaration(str(name), fields, self._at(name))
