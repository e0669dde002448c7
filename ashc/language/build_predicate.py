"""Makes the nodes of wakeup predicates; docstrings of methods are rules of grammar/ash.lark.

In: tokens, while a text is parsed. Out: nodes.
"""

from __future__ import annotations

from typing import cast

from ashc.language import syntax
from grammar.builder import Token, inline
from grammar.fields.build_layout import Layouts


@inline
class Predicates(Layouts[syntax.File]):
    """Makes predicates."""

    def predicate(
        self, name: Token, *lines: syntax.Word | syntax.When | syntax.Postfix | Token
    ) -> syntax.PredicateDeclaration:
        """``"predicate" NAME "{" SEPARATOR? (_line (SEPARATOR _line)* SEPARATOR?)? "}"``."""
        words = tuple(line for line in lines if isinstance(line, syntax.Word))
        products = tuple(line for line in lines if isinstance(line, syntax.When | syntax.Postfix))
        return syntax.PredicateDeclaration(str(name), words, products, self._at(name))

    def word(
        self, _: Token, name: Token, type_: Token, source: syntax.PageWord | syntax.KernelWord
    ) -> syntax.Word:
        """``WORD NAME ":" NAME "=" (page_word | kernel_word)``."""
        return syntax.Word(str(name), str(type_), source, self._over(self._at(name), self._at(type_)))

    def page_word(self, page: syntax.Expression, offset: syntax.Expression) -> syntax.PageWord:
        """``"page" value "@" value``."""
        return syntax.PageWord(page, offset)

    def kernel_word(self, name: Token) -> syntax.KernelWord:
        """``"kernel" NAME``."""
        return syntax.KernelWord(str(name))

    def when(self, _: Token, condition: syntax.Expression, tag: syntax.Tag | None = None) -> syntax.When:
        """``WHEN any tag?``."""
        return syntax.When(condition, None if tag is None else tag.value, condition.span)

    def tag(self, word: Token, value: syntax.Expression) -> syntax.Tag:
        """``TAG value``."""
        return syntax.Tag(value, self._over(self._at(word), value.span))

    def postfix(self, word: Token, *terms: syntax.Term | Token) -> syntax.Postfix:
        """``POSTFIX "{" (_term | SEPARATOR)* RBRACE``."""
        kept = tuple(term for term in terms if not isinstance(term, Token))
        return syntax.Postfix(kept, self._over(self._at(word), self._at(cast(Token, terms[-1]))))

    def sign(self, token: Token) -> syntax.Sign:
        """``COMPARE``."""
        return syntax.Sign(cast(syntax.CompareOperator, str(token)), self._at(token))

    def alternative(self, token: Token) -> syntax.Alternative:
        """``OR``."""
        return syntax.Alternative(self._at(token))
