"""Makes the nodes of numbers and conditions; docstrings of methods are rules of grammar/fields.lark.

In: tokens, while a text is parsed. Out: nodes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, TypeAlias, TypeVar, cast

from grammar.builder import Builder, Token, inline
from grammar.fields import form, syntax
from grammar.number import read_digits
from grammar.precedence import fold_operators

_File = TypeVar("_File")
_Pair: TypeAlias = tuple[syntax.Expression, syntax.Expression]


@inline
class Expressions(Builder[_File]):
    """Makes numbers and conditions; a method's docstring is its rule in grammar/fields.lark.

    Attributes:
        prefix: of the language's codes.
    """

    prefix = ""

    def any_of(self, *parts: syntax.Expression) -> syntax.Expression:
        """``all ("or" all)+``."""
        return self._join("or", parts)

    def all_of(self, *parts: syntax.Expression) -> syntax.Expression:
        """``negated ("and" negated)+``."""
        return self._join("and", parts)

    def negation(self, word: Token, operand: syntax.Expression) -> syntax.Not:
        """``NOT negated``."""
        return syntax.Not(operand, self._over(self._at(word), operand.span))

    def compare(
        self, left: syntax.Expression, sign: Token, right: syntax.Expression, *rest: Token | syntax.Expression
    ) -> syntax.Compare:
        """``value (COMPARE value)+``: more than one is refused here, in plain words."""
        if rest and isinstance(rest[0], Token):
            raise form.refuse_chain(self.prefix, self._at(rest[0]))
        operator = cast(syntax.CompareOperator, str(sign))
        return syntax.Compare(operator, left, right, self._over(left.span, right.span))

    def membership(self, value: syntax.Expression, *rest: Token | syntax.Items) -> syntax.Membership:
        """``value NOT? "in" items``."""
        items = rest[-1]
        assert isinstance(items, syntax.Items), "items come last"
        return syntax.Membership(value, items, len(rest) == 2, self._over(value.span, items.span))

    def items(self, *parts: _Pair | Token) -> syntax.Items:
        """``"{" item ("," item)* ","? RBRACE``."""
        pairs = tuple(part for part in parts if not isinstance(part, Token))
        last = cast(Token, parts[-1])
        return syntax.Items(pairs, self._over(pairs[0][0].span, self._at(last)))

    def item(self, low: syntax.Expression, high: syntax.Expression | None = None) -> _Pair:
        """``value (".." value)?``."""
        return low, low if high is None else high

    def operation(self, *parts: Token | syntax.Expression) -> syntax.Expression:
        """``_atom (OPERATOR _atom)+``: C's precedence, equal operators from the left."""
        operators = [str(part) for part in parts if isinstance(part, Token)]
        operands = [part for part in parts if not isinstance(part, Token)]
        return fold_operators(operands, operators, self._combine)

    def group(self, left: Token, inner: syntax.Expression, right: Token) -> syntax.Expression:
        """``LPAR any RPAR``."""
        return replace(inner, span=self._over(self._at(left), self._at(right)))

    def number(self, token: Token) -> syntax.Number:
        """``NUMBER``."""
        span = self._at(token)
        return syntax.Number(
            read_digits(token, span, f"{self.prefix}004", 64, "all numbers have 64 bits"), span
        )

    def path(self, name: Token, *steps: syntax.Step) -> syntax.Path:
        """``NAME (member | index)*``."""
        span = self._at(name)
        return syntax.Path(str(name), steps, self._over(span, steps[-1].span) if steps else span)

    def member(self, name: Token) -> syntax.Member:
        """``"." NAME``."""
        return syntax.Member(str(name), self._at(name))

    def index(self, index: syntax.Expression, end: Token) -> syntax.Index:
        """``"[" any RSQB``."""
        return syntax.Index(index, self._over(index.span, self._at(end)))

    def applied(self, call: syntax.Call) -> syntax.Expression:
        """``call``."""
        return form.make_call(self.prefix, call)

    def call(self, name: Token, *parts: syntax.Expression | Token) -> syntax.Call:
        """``NAME "(" (any ("," any)* ","?)? RPAR``."""
        *arguments, end = parts
        given = tuple(part for part in arguments if not isinstance(part, Token))
        return syntax.Call(str(name), given, self._over(self._at(name), self._at(cast(Token, end))))

    def _join(self, operator: Literal["and", "or"], parts: Sequence[syntax.Expression]) -> syntax.Expression:
        """Return the parts joined in halves: a long row makes no deep tree, and means the same."""
        if len(parts) == 1:
            return parts[0]
        middle = (len(parts) + 1) // 2
        left, right = self._join(operator, parts[:middle]), self._join(operator, parts[middle:])
        return syntax.Logical(operator, left, right, self._over(parts[0].span, parts[-1].span))

    def _combine(self, sign: str, left: syntax.Expression, right: syntax.Expression) -> syntax.Expression:
        span = self._over(left.span, right.span)
        return syntax.Binary(cast(syntax.BinaryOperator, sign), left, right, span=span)
