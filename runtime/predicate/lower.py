"""Judge a predicate's terms and make a function of them.

In: a predicate from anybody. Out: an IR function over a table of words, with the policy that it keeps; it
goes through the same proof and the same compiler as any downloaded function. Or a refusal: of terms that
mean nothing, too.

    word(0) number(5) lt tag(7)        func predicate(region words: read, size 8) -> (u32) {
                                         %0 = load u64le words[0]; %1 = ult %0, 5
                                         if %1 { return 7 }
                                         return 0
                                       }
"""

from __future__ import annotations

from dataclasses import dataclass, field

from runtime import limits
from runtime.diagnostic import Diagnostic, Refused
from runtime.ir.builder import Builder
from runtime.ir.nodes import Function, Region, Type, Value
from runtime.policy import Policy, RegionGrant
from runtime.predicate.nodes import (
    NO_TAG,
    Compare,
    KernelWord,
    Number,
    Operator,
    Or,
    PageWord,
    Predicate,
    Tag,
    Term,
    Variable,
    Word,
)
from runtime.source import Span

WORDS = "words"
WORD_BYTES = 8
PAGE_BYTES = 4096

_BUDGET = 8 * limits.MAX_TERMS


def lower_predicate(predicate: Predicate) -> tuple[Function, Policy]:
    """Return the function of a predicate, and its policy.

    The table has eight bytes for each word, in order, the lowest byte first.

    Raises:
        Refused: PRD001 to PRD006.
    """
    _check_words(predicate)
    size = WORD_BYTES * max(1, len(predicate.words))
    region = Region(WORDS, "read", size, constant=True)
    lowering = _Lowering(predicate, Builder("predicate", (region,), (), (Type.U32,), span=predicate.span))
    for term in predicate.terms:
        lowering.take(term)
    lowering.end_product(predicate.span)
    function = lowering.finish()
    policy = Policy(
        name="wakeup predicate",
        regions=(RegionGrant(WORDS, "read", size, constant=True),),
        parameters=(),
        results=(Type.U32,),
        emits=(),
        emit_limit=0,
        primitives=(),
        deterministic=True,
        budget=_BUDGET,
    )
    return function, policy


@dataclass(frozen=True, slots=True)
class _Operand:
    """A number, with as many bits as its word has; None: a constant."""

    value: Value
    bits: int | None
    number: int
    span: Span


@dataclass(slots=True)
class _Lowering:
    """The terms so far.

    Args:
        tag: in force.
        operands: that wait for a comparison, at most two.
        product: the conjunction of the comparisons since the last `Or`.
    """

    predicate: Predicate
    builder: Builder
    tag: int = NO_TAG
    operands: list[_Operand] = field(default_factory=list)
    product: Value | None = None

    def take(self, term: Term) -> None:
        """Follow one term."""
        with self.builder.at(term.span):
            match term:
                case Variable():
                    self._push(self._load(term))
                case Number(number=number, span=span):
                    if number >> 64:
                        raise _refuse(
                            "PRD004", f"{number} has more than 64 bits", span, "no word is equal to it"
                        )
                    self._push(_Operand(self.builder.constant(Type.U64, number), None, number, span))
                case Compare():
                    self._compare(term)
                case Tag(number=number, span=span):
                    if number >> 32:
                        raise _refuse(
                            "PRD004", f"the tag {number} has more than 32 bits", span, "use a smaller one"
                        )
                    self.tag = number
                case Or(span=span):
                    self.end_product(span)

    def end_product(self, span: Span) -> None:
        """Answer the tag where all comparisons of the product hold."""
        if self.operands:
            note = "write two operands and a comparison behind them"
            raise _refuse("PRD002", "a product ends before its operands are compared", span, note)
        if self.product is None:
            raise _refuse("PRD003", "this product compares nothing", span, "leave it out")
        with self.builder.when(self.product):
            self.builder.return_(self.builder.constant(Type.U32, self.tag))
        self.product = None

    def finish(self) -> Function:
        """Return the function: where no product is true, it answers 0."""
        self.builder.return_(self.builder.constant(Type.U32, 0))
        return self.builder.finish()

    def _push(self, operand: _Operand) -> None:
        if len(self.operands) == 2:
            note = "a comparison comes behind every two operands"
            raise _refuse("PRD002", "this is a third operand", operand.span, note)
        self.operands.append(operand)

    def _load(self, term: Variable) -> _Operand:
        if term.word >= len(self.predicate.words):
            note = f"it has {len(self.predicate.words)}, counted from 0"
            raise _refuse("PRD005", f"the predicate has no word {term.word}", term.span, note)
        offset = self.builder.constant(Type.U64, WORD_BYTES * term.word)
        value = self.builder.load(Type.U64, WORDS, offset, "le")
        return _Operand(value, self.predicate.words[term.word].bits, 0, term.span)

    def _compare(self, term: Compare) -> None:
        if len(self.operands) < 2:
            what = "one operand" if self.operands else "no operand"
            note = "write two operands before each comparison"
            raise _refuse("PRD001", f"this comparison has {what}", term.span, note)
        left, right = self.operands
        for operand, other in ((left, right), (right, left)):
            if operand.bits is None and other.bits is not None and operand.number >> other.bits:
                message = f"{operand.number} does not fit into a word of {other.bits} bits"
                raise _refuse("PRD004", message, operand.span, "the comparison has always the same result")
        self.operands = []
        holds = _make_comparison(self.builder, term.operator, left.value, right.value)
        self.product = holds if self.product is None else self.builder.binary("and", self.product, holds)


def _make_comparison(builder: Builder, operator: Operator, left: Value, right: Value) -> Value:
    match operator:
        case "eq" | "ne":
            return builder.compare(operator, left, right)
        case "lt":
            return builder.compare("ult", left, right)
        case "le":
            return builder.compare("ule", left, right)
        case "gt":
            return builder.compare("ult", right, left)
        case "ge":
            return builder.compare("ule", right, left)


def _check_words(predicate: Predicate) -> None:
    """Refuse words that cannot be (PRD005), and too many of anything (PRD006)."""
    counts = (
        (len(predicate.terms), limits.MAX_TERMS, "terms"),
        (len(predicate.words), limits.MAX_TERMS, "words"),
        (len(predicate.pages), limits.MAX_PREDICATE_PAGES, "pages"),
    )
    for count, limit, what in counts:
        if count > limit:
            message = f"the predicate has {count} {what}, the limit is {limit}"
            raise _refuse(
                "PRD006", message, predicate.span, "compute some of it before, and look at the result"
            )
    for word in predicate.words:
        if not _is_possible(word):
            note = f"a word has 32 or 64 bits; in a page of {PAGE_BYTES} bytes, its size divides its offset"
            raise _refuse("PRD005", f"there is no {_say_word(word)}", predicate.span, note)


def _say_word(word: Word) -> str:
    match word.source:
        case PageWord(page=page, offset=offset):
            return f"word of {word.bits} bits at byte {offset} of page {page}"
        case KernelWord(name=name):
            return f"word of {word.bits} bits called {name[: limits.MAX_NAME_LENGTH]!a}"


def _is_possible(word: Word) -> bool:
    if word.bits not in (32, 64):
        return False
    match word.source:
        case PageWord(offset=offset):
            return offset % (word.bits // 8) == 0 and offset + word.bits // 8 <= PAGE_BYTES
        case KernelWord(name=name):
            return name.isidentifier() and len(name) <= limits.MAX_NAME_LENGTH


def _refuse(code: str, message: str, span: Span, note: str) -> Refused:
    return Refused(Diagnostic(code, message, span, (note,)))
