"""Refusals of the stages behind the parser, with suggestions for names that do not exist.

In: a code, the failed fact, where, and what to do. Out: `Refused`, to be raised.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from runtime import limits
from runtime.diagnostic import Diagnostic, Refused
from runtime.source import Span

_MOST_SUGGESTED = 12


def refusal(code: str, message: str, span: Span, *notes: str) -> Refused:
    """Return the refusal with one diagnostic, to be raised."""
    return Refused(Diagnostic(code, message, span, notes))


def suggest(name: str, known: Iterable[str]) -> str:
    """Return a note with the known name most like `name`, or with some of those that there are."""
    names = list(dict.fromkeys(known))
    close = difflib.get_close_matches(name[: limits.MAX_NAME_LENGTH], names, n=1)
    if close:
        return f"did you mean `{close[0]}`?"
    some = ", ".join(f"`{one}`" for one in names[:_MOST_SUGGESTED])
    more = " ..." if len(names) > _MOST_SUGGESTED else ""
    return f"there are {some}{more}" if names else "nothing of this kind is defined"
