"""Abbreviations: what `define` stands for where it is used.

In: a call. Out: the expression, and the frame seeing only its parameters (and fields and constants), each of
which stands for what was given, unevaluated.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from grammar.fields import syntax
from grammar.fields.constant import check_count
from grammar.lowering.making import Making
from grammar.lowering.meaning import Argument


@contextmanager
def expand(frame: Making, call: syntax.Call) -> Iterator[syntax.Expression]:
    """Give what the abbreviation stands for, with the names that can be seen in it.

    Raises:
        Refused: 018 for too many or too few arguments, 019 if it is used inside itself.
    """
    definition = frame.scope.definitions[call.name]
    check_count(frame.scope.language, call, len(definition.parameters))
    if call.name in frame.expanding:
        raise frame.language.refuse(19, f"`{call.name}` is defined by itself", call.span, "break the circle")
    names: dict[str, object] = {
        name: Argument(argument, frame.sight, frame.expanding)
        for name, argument in zip(definition.parameters, call.arguments, strict=True)
    }
    with frame.seeing(names, (*frame.expanding, call.name)):
        yield definition.value
