"""How the statements that look like calls are written.

In: a statement whose arguments make no sense. Out: a refusal that says what would.
"""

from __future__ import annotations

from ashc.language import syntax
from grammar.fields.refuse import refusal
from runtime.diagnostic import Refused

_FORMS: dict[syntax.CommandName, str] = {
    "consume": "consume(n, pipe ...)` or `consume(to, n, pipe ...)",
    "copy": "copy(to, from, n, pipe ...)",
    "scan": "scan(from, n, pipe ...)",
    "apply": "apply(at, n, pipe ...)",
    "swap": "swap(a, b)",
    "send": "send(message)`, `send(region.page)` or `send(from, n, from, n ...)",
    "wake": "wake(number)",
}


def refuse_arguments(command: syntax.Command) -> Refused:
    """Return the refusal (ASH052) of a statement with the wrong arguments."""
    message = f"`{command.name}` with {len(command.arguments)} arguments is no statement"
    return refusal("ASH052", message, command.span, f"write `{_FORMS[command.name]}`")
