"""Makes the nodes of layouts and of ranges of fields; docstrings of methods are rules of grammar/udf.lark.

In: tokens, while a text is parsed. Out: nodes.
"""

from __future__ import annotations

from typing import cast

from grammar.builder import Token, inline
from runtime.source import Span
from udfc.language import form, syntax
from udfc.language.build_expression import Expressions


@inline
class Layouts(Expressions):
    """Makes the fields of layouts, and ranges of them."""

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

    def byte_range(self, word: Token, low: syntax.Expression, high: syntax.Expression) -> syntax.ByteRange:
        """``AT value ".." value``."""
        return syntax.ByteRange(low, high, self._over(self._at(word), high.span))

    def field_range(self, name: Token, *steps: syntax.Step | form.Slice) -> syntax.FieldRange:
        """``NAME (member | slice)*``."""
        span = self._at(name)
        return form.make_field_range(str(name), steps, self._over(span, steps[-1].span) if steps else span)

    def slice(self, *parts: syntax.Expression | Token) -> syntax.Index | form.Slice:
        """``"[" value (".." value)? RSQB``."""
        bounds = [part for part in parts if not isinstance(part, Token)]
        span = self._over(bounds[0].span, self._at(cast(Token, parts[-1])))
        return syntax.Index(bounds[0], span) if len(bounds) == 1 else form.Slice(bounds[0], bounds[1], span)
