"""Text to syntax tree: what may follow what.

In: a `Source`. Out: a `syntax.File`. The grammar is grammar/dpf.lark; each method of the builder has the rule
that it serves as its docstring. Whatever the text is, the answer is a tree or `Refused` with DPF001 to
DPF009, in time linear in the text's length.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias, cast

from dpfc.language import syntax
from dpfc.language.literal import read_ip, read_ip6, read_mac, read_number, read_prefix
from grammar.builder import Builder, Token, inline
from grammar.parser import Parser
from grammar.precedence import fold_operators
from grammar.text import TextCodes, decode_source
from runtime import limits
from runtime.diagnostic import Diagnostic, Refused
from runtime.source import Source

Parsed: TypeAlias = syntax.Expression | syntax.Condition
"""What stands where a value or a condition may; a bare `Name` is either."""

_TEXT = TextCodes(
    limits.MAX_SOURCE_BYTES,
    "DPF001",
    "instances from a CSV file take far less text",
    "DPF002",
    "is this a capture file or an archive? a DPF file is plain text",
    "DPF003",
    "DPF007",
)
_LARGEST = {"link": 0xFFFF, "offset": limits.MAX_MESSAGE_BYTES, "limit": 64, "priority": (1 << 31) - 1}


def read_source(name: str, data: bytes) -> Source:
    """Return `data` as source text.

    Raises:
        Refused: DPF001 if it is too long, DPF002 if it is not UTF-8.
    """
    return decode_source(name, data, _TEXT)


def parse_file(source: Source) -> syntax.File:
    """Return the syntax tree of `source`.

    Raises:
        Refused: DPF001 to DPF009.
    """
    return parse_files((source,))[0]


def parse_files(sources: Sequence[Source]) -> tuple[syntax.File, ...]:
    """Return the syntax trees of `sources`, with one parser for all.

    Raises:
        Refused: DPF001 to DPF009.
    """
    parser = Parser("dpf", _Builder(), _TEXT)
    return tuple(parser.parse(source) for source in sources)


@inline
class _Builder(Builder[syntax.File]):
    """Makes the nodes of `source`; a method's docstring is its rule in grammar/dpf.lark."""

    def start(self, *parts: syntax.Declaration | Token) -> syntax.File:
        """``(_declaration | SEPARATOR)*``."""
        return syntax.File(self.source, tuple(part for part in parts if not isinstance(part, Token)))

    def constant(self, name: Token, value: Parsed) -> syntax.ConstantDeclaration:
        """``"const" NAME "=" value``."""
        return syntax.ConstantDeclaration(str(name), self._value(value), self._at(name))

    def set(self, name: Token, items: tuple[syntax.Item, ...]) -> syntax.SetDeclaration:
        """``"set" NAME "=" items``."""
        return syntax.SetDeclaration(str(name), items, self._at(name))

    def instance(
        self, name: Token, target: Token, arguments: tuple[syntax.Item, ...]
    ) -> syntax.InstanceDeclaration:
        """``"instance" NAME "=" NAME arguments``."""
        return syntax.InstanceDeclaration(str(name), str(target), arguments, self._at(name))

    def arguments(self, *items: syntax.Item) -> tuple[syntax.Item, ...]:
        """``"(" (item ("," item)*)? ")"``."""
        return items

    def filter(
        self, name: Token, *parts: tuple[syntax.Parameter, ...] | int | list[syntax.Statement]
    ) -> syntax.FilterDeclaration:
        """``"filter" NAME parameters? priority? "{" statements "}"``."""
        parameters = next((part for part in parts if isinstance(part, tuple)), ())
        priority = next((part for part in parts if isinstance(part, int)), None)
        statements = next(part for part in parts if isinstance(part, list))
        return syntax.FilterDeclaration(str(name), parameters, priority, tuple(statements), self._at(name))

    def parameters(self, *parameters: syntax.Parameter) -> tuple[syntax.Parameter, ...]:
        """``"(" (parameter ("," parameter)*)? ")"``."""
        return parameters

    def parameter(self, name: Token, *default: syntax.Item) -> syntax.Parameter:
        """``NAME ("=" item)?``."""
        return syntax.Parameter(str(name), default, self._at(name))

    def priority(self, number: Token) -> int:
        """``"priority" NUMBER``."""
        return self._number(number, "priority")

    def statements(self, *parts: syntax.Statement | Token) -> list[syntax.Statement]:
        """``SEPARATOR? (_statement (SEPARATOR _statement)* SEPARATOR?)?``."""
        return [part for part in parts if not isinstance(part, Token)]

    def shift(self, word: Token, amount: Parsed) -> syntax.ShiftBy:
        """``SHIFT value``."""
        return syntax.ShiftBy(self._value(amount), self._over(self._at(word), amount.span))

    def condition(self, parsed: Parsed) -> syntax.Condition:
        """``any``."""
        return self._condition(parsed)

    def header(
        self, name: Token, origins: tuple[syntax.Origin, ...], *elements: syntax.Element | Token
    ) -> syntax.HeaderDeclaration:
        """``"header" NAME "on" origins "{" (_element | SEPARATOR)* "}"``."""
        kept = tuple(element for element in elements if not isinstance(element, Token))
        return syntax.HeaderDeclaration(str(name), origins, kept, self._at(name))

    def origins(self, *origins: syntax.Origin) -> tuple[syntax.Origin, ...]:
        """``_origin ("," _origin)*``."""
        return origins

    def link_origin(self, number: Token, *condition: Parsed) -> syntax.LinkOrigin:
        """``"link" NUMBER ("and" all)?``."""
        where = self._at(number)
        holds = self._condition(condition[0]) if condition else syntax.Truth(True, where)
        return syntax.LinkOrigin(self._number(number, "link"), holds, where)

    def parent_origin(self, condition: Parsed) -> syntax.ParentOrigin:
        """``any``."""
        return syntax.ParentOrigin(self._condition(condition), condition.span)

    def field(self, name: Token, bits: Token, *formats: Token) -> syntax.FieldLine:
        """``NAME ":" NUMBER _format?``."""
        return syntax.FieldLine(str(name), self._field_bits(bits), _format(formats), self._at(name))

    def placed(self, name: Token, offset: Token, bits: Token, *rest: Token) -> syntax.PlacedField:
        """``NAME "at" NUMBER ":" NUMBER LITTLE? _format?``."""
        little = any(token.type == "LITTLE" for token in rest)
        byte = self._number(offset, "offset")
        return syntax.PlacedField(
            str(name), byte, self._field_bits(bits), little, _format(rest), self._at(name)
        )

    def skipped(self, bits: Token) -> syntax.Skipped:
        """``":" NUMBER``."""
        return syntax.Skipped(self._number(bits, "offset"), self._at(bits))

    def length(self, name: Token, amount: Parsed) -> syntax.HeaderLength:
        """``NAME "=" value``."""
        if name != "length":
            note = "a header's fields are written `name : bits`; only `length = ...` has an equals sign"
            raise Refused(
                Diagnostic("DPF003", f"`{name} =` has no meaning in a header", self._at(name), (note,))
            )
        return syntax.HeaderLength(self._value(amount), self._at(name))

    def chain(
        self, name: Token, key: Token, limit: Token, *links: syntax.LinkLine | Token
    ) -> syntax.ChainBlock:
        """``"chain" NAME "from" NAME "limit" NUMBER "{" (link | SEPARATOR)* "}"``."""
        kept = tuple(link for link in links if isinstance(link, syntax.LinkLine))
        return syntax.ChainBlock(str(name), str(key), self._number(limit, "limit"), kept, self._at(name))

    def link(self, keys: tuple[syntax.Item, ...], *parts: Token | Parsed) -> syntax.LinkLine:
        """``keys when? ARROW "next" value "skip" value``."""
        *when, next_key, skip = (part for part in parts if not isinstance(part, Token))
        condition = self._condition(when[0]) if when else syntax.Truth(True, keys[0].span)
        return syntax.LinkLine(keys, condition, self._value(next_key), self._value(skip), keys[0].span)

    def keys(self, *items: syntax.Item) -> tuple[syntax.Item, ...]:
        """``item ("," item)*``."""
        return items

    def when(self, condition: Parsed) -> Parsed:
        """``"when" any``."""
        return condition

    def any_of(self, *parts: Parsed) -> syntax.AnyOf:
        """``all ("or" all)+``."""
        span = self._over(parts[0].span, parts[-1].span)
        return syntax.AnyOf(tuple(self._condition(part) for part in parts), span)

    def all_of(self, *parts: Parsed) -> syntax.AllOf:
        """``negated ("and" negated)+``."""
        span = self._over(parts[0].span, parts[-1].span)
        return syntax.AllOf(tuple(self._condition(part) for part in parts), span)

    def negation(self, word: Token, part: Parsed) -> syntax.Negation:
        """``NOT negated``."""
        return syntax.Negation(self._condition(part), self._over(self._at(word), part.span))

    def compare(self, left: Parsed, operator: Token, right: Parsed) -> syntax.Compare:
        """``value COMPARE value``."""
        span = self._over(left.span, right.span)
        sign = cast(syntax.CompareOperator, str(operator))
        return syntax.Compare(sign, self._value(left), self._value(right), span)

    def member(self, subject: Parsed, *rest: Token | tuple[syntax.Item, ...] | syntax.Item) -> syntax.Member:
        """``value NOT? "in" (items | item)``."""
        listed = rest[-1]
        assert not isinstance(listed, Token), "the grammar ends a membership with its set"
        items = (listed,) if isinstance(listed, syntax.Item) else listed
        span = self._over(subject.span, items[-1].span) if items else subject.span
        return syntax.Member(self._value(subject), len(rest) == 2, items, span)

    def items(self, *items: syntax.Item) -> tuple[syntax.Item, ...]:
        """``"{" (item ("," item)* ","?)? "}"``."""
        return items

    def item(self, low: Parsed, high: Parsed | None = None) -> syntax.Item:
        """``value (".." value)?``."""
        first = self._value(low)
        last = first if high is None else self._value(high)
        return syntax.Item(first, last, self._over(first.span, last.span))

    def operation(self, first: Parsed, *rest: Token | Parsed) -> syntax.Expression:
        """``load (OPERATOR load)+``: C's precedence, equal operators from the left."""
        operators = [str(part) for part in rest if isinstance(part, Token)]
        operands = [self._value(part) for part in (first, *rest) if not isinstance(part, Token)]
        return fold_operators(operands, operators, self._combine)

    def raw(self, base: Parsed, bits: Token, *little: Token) -> syntax.RawLoad:
        """``_atom ":" NUMBER LITTLE?``."""
        span = self._over(base.span, self._at(little[0] if little else bits))
        return syntax.RawLoad(self._value(base), self._field_bits(bits), bool(little), span)

    def group(self, inner: Parsed) -> Parsed:
        """``"(" any ")"``."""
        return inner

    def number(self, token: Token) -> syntax.Constant:
        """``NUMBER``."""
        return read_number(token, self._at(token))

    def ipv4(self, token: Token) -> syntax.Constant:
        """``IPV4``."""
        return read_ip(token, self._at(token))

    def ipv6(self, token: Token) -> syntax.Constant:
        """``IPV6``."""
        return read_ip6(token, self._at(token))

    def mac(self, token: Token) -> syntax.Constant:
        """``MAC``."""
        return read_mac(token, self._at(token))

    def prefix(self, token: Token) -> syntax.Prefix:
        """``PREFIX``."""
        return read_prefix(token, self._at(token))

    def name(self, token: Token) -> syntax.Name:
        """``NAME``."""
        return syntax.Name(str(token), self._at(token))

    def path(self, token: Token) -> syntax.FieldPath | syntax.Present:
        """``PATH``: with a dot a field, without one a header behind another."""
        headers, dot, name = token.partition(".")
        parts = tuple(headers.split("/"))
        span = self._at(token)
        return syntax.FieldPath(parts, name, span) if dot else syntax.Present(parts, span)

    def truth(self, token: Token) -> syntax.Truth:
        """``TRUE | FALSE``."""
        return syntax.Truth(token == "true", self._at(token))

    def reference(self, name: Token, *arguments: tuple[syntax.Item, ...]) -> syntax.Reference:
        """``"@" NAME arguments?``."""
        return syntax.Reference(str(name), arguments[0] if arguments else (), self._at(name))

    def _combine(self, operator: str, left: syntax.Expression, right: syntax.Expression) -> syntax.Expression:
        sign = cast(syntax.BinaryOperator, operator)
        return syntax.Binary(sign, left, right, self._over(left.span, right.span))

    def _condition(self, parsed: Parsed) -> syntax.Condition:
        match parsed:
            case syntax.Name(name=name, span=span):
                return syntax.Present((name,), span)
            case (
                syntax.Constant() | syntax.Prefix() | syntax.FieldPath() | syntax.RawLoad() | syntax.Binary()
            ):
                note = "compare it with something: `... == 80`, `... in {80, 443}`"
                raise Refused(
                    Diagnostic("DPF008", "a condition is expected, and this is a value", parsed.span, (note,))
                )
            case _:
                return parsed

    def _value(self, parsed: Parsed) -> syntax.Expression:
        match parsed:
            case (
                syntax.Constant()
                | syntax.Prefix()
                | syntax.Name()
                | syntax.FieldPath()
                | syntax.RawLoad()
                | syntax.Binary()
            ):
                return parsed
            case syntax.Present(headers=headers, span=span):
                path = "/".join(headers)
                note = f"for a field, write `{path}.field`; for a division, put blanks around the `/`"
                raise Refused(
                    Diagnostic("DPF008", "a value is expected, and this names a header", span, (note,))
                )
            case _:
                note = "conditions are joined by `and`, `or` and `not`, values by `+ - * / % & | ^ << >>`"
                raise Refused(
                    Diagnostic("DPF008", "a value is expected, and this is a condition", parsed.span, (note,))
                )

    def _number(self, token: Token, what: str) -> int:
        number = read_number(token, self._at(token)).value
        if number > _LARGEST[what]:
            message = f"{number} is too large: at most {_LARGEST[what]} here"
            raise Refused(Diagnostic("DPF009", message, self._at(token)))
        return number

    def _field_bits(self, token: Token) -> int:
        bits = read_number(token, self._at(token)).value
        if not (1 <= bits <= 64 or bits == 128):
            note = "a field or load has 1 to 64 bits, or 128"
            raise Refused(Diagnostic("DPF009", f"a field cannot have {bits} bits", self._at(token), (note,)))
        return bits


def _format(tokens: tuple[Token, ...]) -> syntax.Format:
    words = [str(token) for token in tokens if token.type in {"IP", "IP6", "ETHER"}]
    return cast(syntax.Format, words[0]) if words else "number"
