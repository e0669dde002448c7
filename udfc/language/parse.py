"""Text to syntax tree: what may follow what.

In: a `Source`. Out: a `syntax.File`. The grammar is grammar/udf.lark; each method of the builders has the
rule that it serves as its docstring. Whatever the text is, the answer is a tree or `Refused` with UDF001 to
UDF009, in time linear in the text's length. No tree is deep: everything behind may recurse.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, cast

from grammar.builder import Token, inline
from grammar.parser import Parser
from grammar.text import TextCodes, decode_source
from runtime import limits
from runtime.source import Source
from udfc.language import form, syntax
from udfc.language.build_range import Ranges
from udfc.language.build_statement import Block, Statements

_TEXT = TextCodes(
    limits.MAX_TEMPLATE_SOURCE_BYTES,
    "UDF001",
    "a large file system takes a thousand lines",
    "UDF002",
    "is this a disk image? a UDF file is plain text",
    "UDF003",
    "UDF007",
)


def read_source(name: str, data: bytes) -> Source:
    """Return `data` as source text.

    Raises:
        Refused: UDF001 if it is too long, UDF002 if it is not UTF-8.
    """
    return decode_source(name, data, _TEXT)


def make_parser() -> Parser[syntax.File]:
    """Return a parser of UDF files; it refuses with UDF001, UDF003, UDF004, UDF007 to UDF009."""
    return Parser("udf", _Builder(), _TEXT)


def parse_file(source: Source) -> syntax.File:
    """Return the syntax tree of `source`.

    Raises:
        Refused: UDF001, UDF003, UDF004, UDF007 to UDF009.
    """
    return make_parser().parse(source)


@inline
class _Builder(Statements, Ranges):
    """Makes clauses, declarations and the file."""

    prefix = "UDF"

    def start(self, *parts: syntax.Declaration | Token) -> syntax.File:
        """``SEPARATOR? (_declaration (SEPARATOR _declaration)* SEPARATOR?)?``."""
        return syntax.File(self.source, tuple(part for part in parts if not isinstance(part, Token)))

    def import_file(self, name: Token) -> syntax.Import:
        """``"import" NAME``."""
        return syntax.Import(str(name), self._at(name))

    def template(
        self, name: Token, *parts: tuple[syntax.Parameter, ...] | syntax.Size | syntax.Clause | Token
    ) -> syntax.TemplateDeclaration:
        """``"template" NAME parameters? ":" size "{" SEPARATOR? (_clause (SEPARATOR _clause)* ...)? "}"``."""
        parameters = next((part for part in parts if isinstance(part, tuple)), ())
        size = next(part for part in parts if isinstance(part, syntax.Size))
        clauses = tuple(part for part in parts if not isinstance(part, tuple | syntax.Size | Token))
        return syntax.TemplateDeclaration(str(name), parameters, size, clauses, self._at(name))

    def parameters(self, *parameters: syntax.Parameter) -> tuple[syntax.Parameter, ...]:
        """``"(" (parameter ("," parameter)* ","?)? ")"``."""
        return parameters

    def parameter(self, name: Token, type_: Token, allowed: syntax.Items | None = None) -> syntax.Parameter:
        """``NAME ":" NAME ("in" items)?``."""
        return syntax.Parameter(str(name), str(type_), allowed, self._over(self._at(name), self._at(type_)))

    def size_exact(self, size: syntax.Expression) -> syntax.Size:
        """``value "bytes"``."""
        return syntax.Size(size, False, size.span)

    def size_up_to(self, word: Token, size: syntax.Expression) -> syntax.Size:
        """``UP "to" value "bytes"``."""
        return syntax.Size(size, True, self._over(self._at(word), size.span))

    def layout(self, word: Token, fields: tuple[syntax.LayoutField, ...]) -> syntax.Layout:
        """``LAYOUT fields``."""
        return syntax.Layout(fields, self._at(word))

    def property(self, word: Token, value: syntax.Expression) -> syntax.Property:
        """``PROPERTY value``."""
        name = cast(Literal["unit", "blocks", "identity", "shared"], str(word))
        return syntax.Property(name, value, self._over(self._at(word), value.span))

    def root(self, word: Token, value: syntax.Expression) -> syntax.Property:
        """``ROOT "at" value``."""
        return syntax.Property("root", value, self._over(self._at(word), value.span))

    def sticky(self, word: Token) -> syntax.Sticky:
        """``STICKY``."""
        return syntax.Sticky(self._at(word))

    def ranges(self, word: Token, *ranges: syntax.Range) -> syntax.Ranges:
        """``RANGES _range_list``."""
        name = cast(Literal["discriminator", "raw_read", "raw_write"], str(word))
        return syntax.Ranges(name, ranges, self._over(self._at(word), ranges[-1].span))

    def partition(
        self, word: Token, name: Token, *parts: syntax.Every | tuple[syntax.Range, ...] | Block
    ) -> syntax.Partition:
        """``PARTITION NAME every? reads? block``."""
        every = next((part for part in parts if isinstance(part, syntax.Every)), None)
        reads = next((part for part in parts if isinstance(part, tuple)), None)
        body = form.make_body(cast(Block, parts[-1]))
        return syntax.Partition(str(name), every, reads, body, word == "used", self._at(name))

    def reads(self, *ranges: syntax.Range) -> tuple[syntax.Range, ...]:
        """``"reads" _range_list``."""
        return ranges

    def every(
        self, name: Token, low: syntax.Expression, high: syntax.Expression | None = None
    ) -> syntax.Every:
        """``"[" NAME "in" value (".." value)? "]"``."""
        return form.make_every(str(name), low, high, self._over(self._at(name), (high or low).span))

    def routine(self, word: Token, block: Block) -> syntax.Routine:
        """``ROUTINE block``."""
        name = cast(Literal["names", "size"], str(word))
        return syntax.Routine(name, (), form.make_body(block), self._at(word))

    def acl(self, word: Token, parameters: tuple[str, ...], _: Token, block: Block) -> syntax.Routine:
        """``ACL "(" names RPAR block``."""
        return syntax.Routine("acl", parameters, form.make_body(block), self._at(word))

    def method(
        self,
        name: Token,
        parameters: tuple[syntax.Parameter, ...],
        *parts: tuple[syntax.Touch | syntax.Transfer, ...] | Block,
    ) -> syntax.Method:
        """``"method" NAME parameters changes? (gives | takes)* block``."""
        claims = [claim for part in parts if isinstance(part, tuple) for claim in part]
        touches = tuple(claim for claim in claims if isinstance(claim, syntax.Touch))
        transfers = tuple(claim for claim in claims if isinstance(claim, syntax.Transfer))
        body = form.make_body(cast(Block, parts[-1]))
        return syntax.Method(str(name), parameters, touches, transfers, body, self._at(name))

    def changes(self, *touches: syntax.Touch) -> tuple[syntax.Touch, ...]:
        """``"changes" touch ("," touch)*``."""
        return touches

    def touch(
        self, name: Token, index: syntax.Expression | None = None, end: Token | None = None
    ) -> syntax.Touch:
        """``NAME ("[" value RSQB)?``."""
        span = self._at(name)
        return syntax.Touch(str(name), index, span if end is None else self._over(span, self._at(end)))

    def gives(self, *transfers: syntax.Transfer) -> tuple[syntax.Transfer, ...]:
        """``"gives" transfer ("," transfer)*``."""
        return transfers

    def takes(self, *transfers: syntax.Transfer) -> tuple[syntax.Transfer, ...]:
        """``"takes" transfer ("," transfer)*``."""
        return tuple(replace(transfer, gives=False) for transfer in transfers)

    def transfer(self, call: syntax.Call, condition: syntax.Expression | None = None) -> syntax.Transfer:
        """``call ("if" any)?``: given, until `takes` says otherwise."""
        return syntax.Transfer(True, form.make_own(call), condition, call.span)
