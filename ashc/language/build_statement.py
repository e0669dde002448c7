"""Makes the nodes of statements and of steps of pipes; docstrings of methods are rules of grammar/ash.lark.

In: tokens, while a text is parsed. Out: nodes.
"""

from __future__ import annotations

from typing import TypeAlias, cast, get_args

from ashc.language import syntax
from grammar.builder import Token, inline
from grammar.fields.build_layout import Layouts
from grammar.fields.refuse import refusal

Block: TypeAlias = list[syntax.Statement]
"""The statements between braces: a list, so that it is told from tuples of other nodes."""

COMMANDS: tuple[str, ...] = get_args(syntax.CommandName)


@inline
class Statements(Layouts[syntax.File]):
    """Makes statements, and the steps of pipes."""

    def block(self, *parts: syntax.Statement | Token) -> Block:
        """``"{" SEPARATOR? (_statement (SEPARATOR _statement)* SEPARATOR?)? "}"``."""
        return [part for part in parts if not isinstance(part, Token)]

    def let(self, word: Token, name: Token, value: syntax.Expression) -> syntax.Let:
        """``(LET | VAR) NAME "=" any``."""
        return syntax.Let(str(name), value, word == "var", self._over(self._at(name), value.span))

    def view(self, _: Token, name: Token, struct: Token, place: syntax.Path) -> syntax.View:
        """``VIEW NAME ":" NAME "=" path``."""
        return syntax.View(str(name), str(struct), place, self._over(self._at(name), place.span))

    def use(self, _: Token, name: Token, pipe: Token) -> syntax.Use:
        """``USE NAME "=" NAME``."""
        return syntax.Use(str(name), str(pipe), self._over(self._at(name), self._at(pipe)))

    def assign(self, target: syntax.Path, value: syntax.Expression) -> syntax.Assign:
        """``path "=" any``."""
        return syntax.Assign(target, value, self._over(target.span, value.span))

    def if_else(self, *parts: syntax.Expression | Block) -> syntax.If:
        """``"if" any block ("else" "if" any block)* ("else" block)?``."""
        conditions = [part for part in parts if not isinstance(part, list)]
        blocks = [tuple(part) for part in parts if isinstance(part, list)]
        otherwise = blocks[-1] if len(blocks) > len(conditions) else ()
        for condition, block in list(zip(conditions, blocks))[:0:-1]:
            otherwise = (syntax.If(condition, block, otherwise, condition.span),)
        return syntax.If(conditions[0], blocks[0], otherwise, conditions[0].span)

    def for_each(
        self, name: Token, low: syntax.Expression, high: syntax.Expression, *rest: syntax.Expression | Block
    ) -> syntax.For:
        """``"for" NAME "in" value ".." value ("max" value)? block``."""
        maximum = next((part for part in rest if not isinstance(part, list)), None)
        body = tuple(cast(Block, rest[-1]))
        return syntax.For(str(name), low, high, maximum, body, self._over(self._at(name), high.span))

    def require(self, _: Token, condition: syntax.Expression) -> syntax.Require:
        """``REQUIRE any``."""
        return syntax.Require(condition, condition.span)

    def ending(self, word: Token) -> syntax.Ending:
        """``CONSUME | DELIVER | ABORT``."""
        return syntax.Ending(cast(syntax.EndingName, str(word)), self._at(word))

    def consuming(self, word: Token, *parts: syntax.Expression | Token) -> syntax.Command:
        """``CONSUME "(" (any ("," any)* ","?)? RPAR``."""
        span = self._over(self._at(word), self._at(cast(Token, parts[-1])))
        return syntax.Command("consume", tuple(each for each in parts if not isinstance(each, Token)), span)

    def command(self, call: syntax.Call) -> syntax.Command:
        """``call``.

        Raises:
            Refused: ASH009 for a name that is no statement.
        """
        if call.name not in COMMANDS:
            note = f"statements in this form are {', '.join(f'`{each}(...)`' for each in COMMANDS)}"
            raise refusal("ASH009", f"`{call.name}` is no statement", call.span, note)
        return syntax.Command(cast(syntax.CommandName, call.name), call.arguments, call.span)

    def steps(self, *parts: syntax.PipeStep | Token) -> list[syntax.PipeStep]:
        """``"{" SEPARATOR? (_step (SEPARATOR _step)* SEPARATOR?)? "}"``."""
        return [part for part in parts if not isinstance(part, Token)]

    def keep(self, _: Token, name: Token, type_: Token, seed: syntax.Expression | None = None) -> syntax.Keep:
        """``KEEP NAME ":" NAME ("=" any)?``."""
        return syntax.Keep(str(name), str(type_), seed, self._over(self._at(name), self._at(type_)))

    def input(self, _: Token, name: Token) -> syntax.Input:
        """``INPUT NAME``."""
        return syntax.Input(str(name), self._at(name))

    def output(self, _: Token, value: syntax.Expression) -> syntax.Output:
        """``OUTPUT any``."""
        return syntax.Output(value, value.span)
