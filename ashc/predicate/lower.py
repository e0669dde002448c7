"""From a predicate's text to its terms.

In: a declaration and the scope. Out: a `runtime.predicate.nodes.Predicate`, which the kernel judges.
Conditions are multiplied out: each product is a row of comparisons, each behind its operands.

    when a == 1 and (b < 2 or c < 3) tag 4      a 1 == b 2 <  tag 4  or  a 1 == c 3 <  tag 4
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ashc.language import syntax
from ashc.names.scope import Scope, check_new
from grammar.fields.constant import evaluate_constant
from grammar.fields.refuse import refusal, suggest
from runtime import limits
from runtime.predicate import nodes
from runtime.predicate.lower import lower_predicate

_TYPES = {"u32": 32, "u64": 64}
_OPERATORS: dict[syntax.CompareOperator, nodes.Operator] = {
    "==": "eq",
    "!=": "ne",
    "<": "lt",
    "<=": "le",
    ">": "gt",
    ">=": "ge",
}
_OPPOSITE: dict[syntax.CompareOperator, syntax.CompareOperator] = {
    "==": "!=",
    "!=": "==",
    "<": ">=",
    "<=": ">",
    ">": "<=",
    ">=": "<",
}

_Product = tuple[syntax.Compare, ...]


def compile_predicate(scope: Scope, declared: syntax.PredicateDeclaration) -> nodes.Predicate:
    """Return the predicate, whose terms have been judged.

    Raises:
        Refused: ASH010 to ASH029, ASH070, ASH071, and PRD codes.
    """
    compiler = _Compiler(scope, {})
    words = tuple(compiler.declare(word) for word in declared.words)
    terms: list[nodes.Term] = []
    for part in declared.products:
        if terms:
            terms.append(nodes.Or(part.span))
        match part:
            case syntax.When():
                terms += compiler.lower_when(part)
            case syntax.Postfix(terms=written):
                terms += [compiler.lower_term(term) for term in written]
    predicate = nodes.Predicate(words, tuple(terms), declared.span)
    lower_predicate(predicate)
    return predicate


@dataclass(frozen=True, slots=True)
class _Compiler:
    """The words of one predicate, by name."""

    scope: Scope
    numbers: dict[str, int]

    def declare(self, word: syntax.Word) -> nodes.Word:
        """Return a word, and give it its number."""
        check_new(word.name, word.span, self.numbers, self.scope.constants, self.scope.definitions)
        bits = _TYPES.get(word.type)
        if bits is None:
            note = "a word is `u32` or `u64`"
            raise refusal("ASH020", f"a word cannot be `{word.type}`", word.span, note)
        self.numbers[word.name] = len(self.numbers)
        match word.source:
            case syntax.KernelWord(name=name):
                return nodes.Word(bits, nodes.KernelWord(name))
            case syntax.PageWord(page=page, offset=offset):
                found = evaluate_constant(self.scope, page), evaluate_constant(self.scope, offset)
                return nodes.Word(bits, nodes.PageWord(*found))

    def lower_when(self, when: syntax.When) -> Iterator[nodes.Term]:
        """Yield the terms of `when c tag t`."""
        for number, product in enumerate(self._multiply(when.condition, negated=False)):
            if number:
                yield nodes.Or(when.span)
            for comparison in product:
                yield self._operand(comparison.left)
                yield self._operand(comparison.right)
                yield nodes.Compare(_OPERATORS[comparison.operator], comparison.span)
            if when.tag is not None:
                yield nodes.Tag(evaluate_constant(self.scope, when.tag), when.tag.span)

    def lower_term(self, term: syntax.Term) -> nodes.Term:
        """Return a term that is written as such."""
        match term:
            case syntax.Sign(operator=operator, span=span):
                return nodes.Compare(_OPERATORS[operator], span)
            case syntax.Alternative(span=span):
                return nodes.Or(span)
            case syntax.Tag(value=value, span=span):
                return nodes.Tag(evaluate_constant(self.scope, value), span)
            case _:
                return self._operand(term)

    def _operand(self, expression: syntax.Expression) -> nodes.Term:
        match expression:
            case syntax.Path(name=name, steps=(), span=span) if name in self.numbers:
                return nodes.Variable(self.numbers[name], span)
            case syntax.Path(name=name, steps=(), span=span) if name not in self.scope.constants:
                note = suggest(name, (*self.numbers, *self.scope.constants))
                raise refusal("ASH010", f"there is no word `{name}` here", span, note)
            case _:
                number = evaluate_constant(self.scope, expression)
                return nodes.Number(number, expression.span)

    def _multiply(self, condition: syntax.Expression, negated: bool) -> list[_Product]:
        """Return the products whose sum the condition is."""
        match condition:
            case syntax.Compare(operator=operator, left=left, right=right, span=span):
                chosen = _OPPOSITE[operator] if negated else operator
                return [(syntax.Compare(chosen, left, right, span),)]
            case syntax.Not(operand=operand):
                return self._multiply(operand, not negated)
            case syntax.Logical(operator=operator, left=left, right=right, span=span):
                first, second = self._multiply(left, negated), self._multiply(right, negated)
                if (operator == "or") != negated:
                    return first + second
                if len(first) * len(second) > limits.MAX_TERMS:
                    note = "look at a word that somebody has computed before"
                    raise refusal("ASH071", "multiplied out, this has too many products", span, note)
                return [one + other for one in first for other in second]
            case syntax.Membership():
                return self._multiply(_expand(condition), negated)
            case _:
                note = "compare words with numbers, and join comparisons with `and`, `or` and `not`"
                raise refusal("ASH070", "a predicate is made of comparisons", condition.span, note)


def _expand(membership: syntax.Membership) -> syntax.Expression:
    """Return `a == 1 or a >= 3 and a <= 5` for `a in {1, 3..5}`."""
    value, span = membership.value, membership.span
    found: syntax.Expression | None = None
    for low, high in membership.items.ranges:
        inside: syntax.Expression = syntax.Compare("==", value, low, span)
        if low is not high:
            above, below = syntax.Compare(">=", value, low, span), syntax.Compare("<=", value, high, span)
            inside = syntax.Logical("and", above, below, span)
        found = inside if found is None else syntax.Logical("or", found, inside, span)
    assert found is not None, "items are never empty"
    return syntax.Not(found, span) if membership.negated else found
