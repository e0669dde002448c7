"""Makes the nodes of ranges of fields; docstrings of methods are rules of grammar/udf.lark.

In: tokens, while a text is parsed. Out: nodes.
"""

from __future__ import annotations

from typing import cast

from grammar.builder import Token, inline
from grammar.fields.build_layout import Layouts
from udfc.language import form, syntax


@inline
class Ranges(Layouts[syntax.File]):
    """Makes ranges of bytes and of fields."""

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
