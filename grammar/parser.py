"""From the text of a file to its syntax tree, for any language of the project.

In: a language's name, the builder of its nodes, its codes. Out: a parser: each text becomes a tree, or a
refusal, in time linear in its length.
"""

from __future__ import annotations

from typing import Generic, TypeVar, cast

from lark.exceptions import UnexpectedInput

from grammar.builder import Builder
from grammar.expected import explain_unexpected
from grammar.layout import Layout
from grammar.loader import load_language
from grammar.text import TextCodes, refuse_long
from runtime.diagnostic import Refused
from runtime.source import Source

_File = TypeVar("_File")


class Parser(Generic[_File]):
    """Reads one file after another: making a parser takes longer than parsing a short file.

    Args:
        language: of grammar/`language`.lark.
        builder: makes the nodes.
        codes: of refusals.
    """

    def __init__(self, language: str, builder: Builder[_File], codes: TextCodes) -> None:
        self._builder, self._layout, self._codes = builder, Layout(codes.too_deep), codes
        self._lark = load_language(language, builder, self._layout)

    def parse(self, source: Source) -> _File:
        """Return the syntax tree of `source`.

        Raises:
            Refused: `codes.too_long`, `codes.unexpected`, `codes.too_deep`, and what the builder refuses.
        """
        if len(source.text) > self._codes.most:
            raise refuse_long(source.name, self._codes)
        self._builder.source = self._layout.source = source
        try:
            return cast(_File, self._lark.parse(source.text))
        except UnexpectedInput as error:
            raise Refused(explain_unexpected(error, source, self._codes.unexpected)) from None
