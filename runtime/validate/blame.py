"""Find the loops that unproved obligations depend on: only there can more claims help.

In: obligations, and what their symbols are made of: operations, choices, and what paths bring to joins. Out:
the heads of the loops whose changing places they are computed from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from runtime.validate.linear import Linear, Symbol
from runtime.validate.memory import Obligation
from runtime.validate.merge import Meeting
from runtime.validate.symbols import Choice, Input, Operation, Symbols


def find_suspects(
    symbols: Symbols,
    obligations: Iterable[Obligation],
    meetings: Iterable[Meeting],
    advances: Mapping[int, frozenset[Symbol]],
) -> frozenset[int]:
    """Return the heads of the loops that any of the obligations depends on.

    Args:
        symbols: what they are.
        obligations: that have not been proved.
        meetings: the symbols made where paths meet.
        advances: for each head, the symbols of the places that its loop changes.
    """
    sources = {meeting.found.terms[0][0]: meeting.forms for meeting in meetings}
    forms = [form for each in obligations for form in (each.value, each.bound)]
    waiting = [symbol for form in forms for symbol, _ in form.terms]
    seen = set(waiting)
    while waiting:
        symbol = waiting.pop()
        for form in (*_list_operands(symbols, symbol), *sources.get(symbol, ())):
            found = {each for each, _ in form.terms} - seen
            seen |= found
            waiting += found
    return frozenset(head for head, moving in advances.items() if moving & seen)


def _list_operands(symbols: Symbols, symbol: Symbol) -> Iterator[Linear]:
    """Yield the forms that a symbol is computed from."""
    match symbols.definitions[symbol]:
        case Operation(operands=operands):
            yield from operands
        case Choice(flags=flags, yes=yes, no=no):
            yield from (yes, no, flags.left, flags.right, flags.result)
        case Input():
            return
