"""A place in the tokens of an IR text: look at the next token, take it, or refuse it.

In: a source. Out: its tokens one by one, for `runtime.ir.parser`, and IR004 where another one was
expected.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NoReturn, TypeVar

from runtime import limits
from runtime.diagnostic import Diagnostic, Refused
from runtime.ir.nodes import Type, Value
from runtime.ir.tokens import Token, scan_tokens
from runtime.source import Source, Span

_Item = TypeVar("_Item")
_TYPES: dict[str, Type] = {f"u{type_.bits}": type_ for type_ in Type}
_LONGEST_LIST = 12  # choices that a message lists


class Cursor:
    """The state of one parse.

    Attributes:
        token: the next token, not yet taken.
        depth: bodies open around it.
    """

    def __init__(self, source: Source) -> None:
        self._tokens = scan_tokens(source)
        self._source = source
        self._end = 0
        self.token = next(self._tokens)
        self.depth = 0
        self._instructions = 0
        self._entries = 0

    def take(self) -> Token:
        """Return the next token, which is not the end, and go past it."""
        token = self.token
        self._end = token.end
        self.token = next(self._tokens)
        return token

    def at(self, text: str) -> bool:
        """Tell whether the next token is the mark or name `text`."""
        return self.token.text == text and self.token.kind in ("mark", "name")

    def accept(self, text: str) -> bool:
        """Take the next token if it is the mark or name `text`."""
        if self.at(text):
            self.take()
            return True
        return False

    def expect(self, text: str) -> None:
        """Take the mark or name `text`."""
        if not self.accept(text):
            self.refuse(f"`{text}`")

    def name(self, what: str) -> str:
        """Take a name; `what` says which, for the message."""
        if self.token.kind != "name":
            self.refuse(what)
        return self.take().text

    def number(self, what: str) -> int:
        """Take a number."""
        if self.token.kind != "number":
            self.refuse(what)
        return self.take().number

    def value(self) -> Value:
        """Take a value, `%` and its number."""
        if self.token.kind != "value":
            self.refuse("a value such as `%0`")
        return Value(self.take().number)

    def choice(self, choices: Mapping[str, _Item], what: str) -> _Item:
        """Take one of the names in `choices`."""
        if self.token.kind != "name" or self.token.text not in choices:
            listed = f": {', '.join(choices)}" if len(choices) <= _LONGEST_LIST else ""
            self.refuse(what + listed)
        return choices[self.take().text]

    def type(self) -> Type:
        """Read type = "u1" | "u8" | "u16" | "u32" | "u64"."""
        return self.choice(_TYPES, "a type")

    def types(self) -> tuple[Type, ...]:
        """Read types = "(" [type {"," type}] ")"."""
        return self.listed(self.type)

    def listed(self, item: Callable[[], _Item]) -> tuple[_Item, ...]:
        """Read "(" [item {"," item}] ")"."""
        self.expect("(")
        items = () if self.at(")") else self.separated(item)
        self.expect(")")
        return items

    def separated(self, item: Callable[[], _Item]) -> tuple[_Item, ...]:
        """Read item {"," item}."""
        items = [item()]
        while self.accept(","):
            items.append(item())
        return tuple(items)

    def count_instruction(self, start: int) -> None:
        """Refuse one instruction too many (IR009)."""
        self._instructions += 1
        self._check_count(self._instructions, limits.MAX_INSTRUCTIONS, "instructions", start)

    def count_entry(self, start: int) -> None:
        """Refuse one table entry too many (IR009)."""
        self._entries += 1
        self._check_count(self._entries, limits.MAX_TABLE_ENTRIES, "table entries", start)

    def _check_count(self, count: int, limit: int, what: str, start: int) -> None:
        if count > limit:
            notes = ("split the program",)
            message = f"the text has more than {limit} {what}"
            raise Refused(Diagnostic("IR009", message, self.span(start), notes))

    def span(self, start: int) -> Span:
        """Return the span from offset `start` to the end of the last token taken."""
        return Span(self._source, start, max(start, self._end))

    def refuse(self, expected: str) -> NoReturn:
        """Refuse the next token, because `expected` is not what it is."""
        token = self.token
        sigil = "%" if token.kind == "value" else ""
        found = "the end of the text" if token.kind == "end" else f"`{sigil}{token.text[:40]}`"
        span = Span(self._source, token.start, max(token.end, token.start + 1))
        notes = ("the text form is described in runtime/ir/parser.py",)
        raise Refused(Diagnostic("IR004", f"expected {expected}, found {found}", span, notes))
