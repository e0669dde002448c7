"""Makes the nodes of statements; docstrings of methods are rules of grammar/udf.lark.

In: tokens, while a text is parsed. Out: nodes.
"""

from __future__ import annotations

from typing import TypeAlias, cast

from grammar.builder import Token, inline
from grammar.fields.build_expression import Expressions
from udfc.language import form, syntax

Block: TypeAlias = list[form.Written]
"""The statements between braces: a list, so that it is told from tuples of other nodes."""


@inline
class Statements(Expressions[syntax.File]):
    """Makes statements."""

    def block(self, *parts: form.Written | Token) -> Block:
        """``"{" SEPARATOR? (_statement (SEPARATOR _statement)* SEPARATOR?)? "}"``."""
        return [part for part in parts if not isinstance(part, Token)]

    def let(self, word: Token, name: Token, value: syntax.Expression) -> syntax.Let:
        """``(LET | VAR) NAME "=" any``."""
        return syntax.Let(str(name), value, word == "var", self._over(self._at(name), value.span))

    def view(self, _: Token, name: Token, struct: Token, offset: syntax.Expression) -> syntax.View:
        """``VIEW NAME ":" NAME "@" value``."""
        return syntax.View(str(name), str(struct), offset, self._over(self._at(name), offset.span))

    def assign(self, target: syntax.Path, value: syntax.Expression) -> syntax.Assign:
        """``path "=" any``."""
        return syntax.Assign(target, value, self._over(target.span, value.span))

    def if_else(self, *parts: syntax.Expression | Block) -> syntax.If:
        """``"if" any block ("else" "if" any block)* ("else" block)?``."""
        conditions = [part for part in parts if not isinstance(part, list)]
        blocks = [form.make_body(part) for part in parts if isinstance(part, list)]
        otherwise = blocks[-1] if len(blocks) > len(conditions) else ()
        for condition, block in list(zip(conditions, blocks))[:0:-1]:
            otherwise = (syntax.If(condition, block, otherwise, condition.span),)
        return syntax.If(conditions[0], blocks[0], otherwise, conditions[0].span)

    def for_each(
        self, name: Token, low: syntax.Expression, high: syntax.Expression, *rest: syntax.Expression | Block
    ) -> syntax.For:
        """``"for" NAME "in" value ".." value ("max" value)? block``."""
        maximum = next((part for part in rest if not isinstance(part, list)), None)
        body = form.make_body(cast(Block, rest[-1]))
        return syntax.For(str(name), low, high, maximum, body, self._over(self._at(name), high.span))

    def walk(
        self,
        name: Token,
        low: syntax.Expression,
        high: syntax.Expression,
        step: syntax.Expression,
        block: Block,
    ) -> syntax.Walk:
        """``"walk" NAME "in" value ".." value "step" value block``."""
        span = self._over(self._at(name), step.span)
        body, advance = form.make_walk_body(block, span)
        return syntax.Walk(str(name), low, high, step, body, advance, span)

    def stop(self, word: Token, condition: syntax.Expression) -> syntax.Stop:
        """``STOP "if" any``."""
        return syntax.Stop(condition, self._over(self._at(word), condition.span))

    def advance(self, word: Token, value: syntax.Expression) -> form.Advance:
        """``ADVANCE value``."""
        return form.Advance(value, self._over(self._at(word), value.span))

    def require(self, _: Token, condition: syntax.Expression) -> syntax.Require:
        """``REQUIRE any``."""
        return syntax.Require(condition, condition.span)

    def return_(self, _: Token, value: syntax.Expression) -> syntax.Return:
        """``RETURN any``."""
        return syntax.Return(value, value.span)

    def command(self, call: syntax.Call) -> syntax.Statement:
        """``call``."""
        return form.make_command(call)
