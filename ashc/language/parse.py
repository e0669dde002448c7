"""Text to syntax tree: what may follow what.

In: a `Source`. Out: a `syntax.File`. The grammar is grammar/ash.lark; each method of the builders has the
rule that it serves as its docstring. Whatever the text is, the answer is a tree or `Refused` with ASH001 to
ASH009, in time linear in the text's length. No tree is deep: everything behind may recurse.
"""

from __future__ import annotations

from typing import cast

from ashc.language import syntax
from ashc.language.build_predicate import Predicates
from ashc.language.build_statement import Block, Statements
from grammar.builder import Token, inline
from grammar.parser import Parser
from grammar.text import TextCodes, decode_source
from runtime import limits
from runtime.source import Source

_TEXT = TextCodes(
    limits.MAX_TEMPLATE_SOURCE_BYTES,
    "ASH001",
    "a handler takes a hundred lines",
    "ASH002",
    "is this a capture? an ASH file is plain text",
    "ASH003",
    "ASH007",
)


def read_source(name: str, data: bytes) -> Source:
    """Return `data` as source text.

    Raises:
        Refused: ASH001 if it is too long, ASH002 if it is not UTF-8.
    """
    return decode_source(name, data, _TEXT)


def make_parser() -> Parser[syntax.File]:
    """Return a parser of ASH files; it refuses with ASH001, ASH003, ASH004, ASH007 to ASH009."""
    return Parser("ash", _Builder(), _TEXT)


def parse_file(source: Source) -> syntax.File:
    """Return the syntax tree of `source`.

    Raises:
        Refused: ASH001, ASH003, ASH004, ASH007 to ASH009.
    """
    return make_parser().parse(source)


@inline
class _Builder(Statements, Predicates):
    """Makes declarations and the file."""

    prefix = "ASH"

    def start(self, *parts: syntax.Declaration | Token) -> syntax.File:
        """``SEPARATOR? (_declaration (SEPARATOR _declaration)* SEPARATOR?)?``."""
        return syntax.File(self.source, tuple(part for part in parts if not isinstance(part, Token)))

    def import_file(self, name: Token) -> syntax.Import:
        """``"import" NAME``."""
        return syntax.Import(str(name), self._at(name))

    def region(
        self, word: Token, size: syntax.Expression, fields: tuple[syntax.LayoutField, ...] = ()
    ) -> syntax.RegionDeclaration:
        """``REGION value "bytes" fields?``."""
        return syntax.RegionDeclaration(size, fields, self._over(self._at(word), size.span))

    def pipe(self, name: Token, first: Token, *rest: Token | list[syntax.PipeStep]) -> syntax.PipeDeclaration:
        """``"pipe" NAME ":" NAME (ARROW NAME)? ATTRIBUTE* steps``."""
        words = [str(part) for part in rest if isinstance(part, Token)]
        output = words[1] if "->" in words else str(first)
        steps = tuple(cast(list[syntax.PipeStep], rest[-1]))
        return syntax.PipeDeclaration(
            str(name),
            str(first),
            output,
            "commutative" in words,
            "no_mod" in words,
            steps,
            self._at(name),
        )

    def layer(self, name: Token, clauses: list[syntax.Clause]) -> syntax.LayerDeclaration:
        """``"layer" NAME clauses``."""
        return syntax.LayerDeclaration(str(name), tuple(clauses), self._at(name))

    def handler(
        self, name: Token, *parts: syntax.Expression | list[syntax.Clause] | tuple[syntax.LayerName, ...]
    ) -> syntax.HandlerDeclaration:
        """``"handler" NAME size? (clauses | layers)``."""
        size = next((part for part in parts if not isinstance(part, list | tuple)), None)
        clauses = next((tuple(part) for part in parts if isinstance(part, list)), ())
        layers = next((part for part in parts if isinstance(part, tuple)), ())
        return syntax.HandlerDeclaration(str(name), size, clauses, layers, self._at(name))

    def layers(self, *names: Token) -> tuple[syntax.LayerName, ...]:
        """``"=" NAME ("," NAME)*``."""
        return tuple(syntax.LayerName(str(name), self._at(name)) for name in names)

    def size(self, size: syntax.Expression) -> syntax.Expression:
        """``":" "up" "to" value "bytes"``."""
        return size

    def clauses(self, *parts: syntax.Clause | Token) -> list[syntax.Clause]:
        """``"{" SEPARATOR? (_clause (SEPARATOR _clause)* SEPARATOR?)? "}"``."""
        return [part for part in parts if not isinstance(part, Token)]

    def message(self, word: Token, fields: tuple[syntax.LayoutField, ...]) -> syntax.Message:
        """``MESSAGE fields``."""
        return syntax.Message(fields, self._at(word))

    def budget(self, word: Token, value: syntax.Expression) -> syntax.Budget:
        """``BUDGET value``."""
        return syntax.Budget(value, self._over(self._at(word), value.span))

    def part(self, word: Token, block: Block) -> syntax.Part:
        """``PART block``."""
        return syntax.Part(cast(syntax.PartName, str(word)), tuple(block), self._at(word))
