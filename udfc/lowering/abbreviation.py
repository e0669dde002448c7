"""Abbreviations: what `define` stands for where it is used.

In: a call. Out: the expression, and the frame seeing only its parameters (and fields and constants), each of
which stands for what was given, unevaluated.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from grammar.fields.constant import check_count
from grammar.fields.refuse import refusal
from udfc.language import syntax
from udfc.lowering.frame import Argument, Frame, Meaning


@contextmanager
def expand(frame: Frame, call: syntax.Call) -> Iterator[syntax.Expression]:
    """Give what the abbreviation stands for, with the names that can be seen in it.

    Raises:
        Refused: UDF018 for too many or too few arguments, UDF019 if it is used inside itself.
    """
    definition = frame.header.scope.definitions[call.name]
    check_count(frame.header.scope.language, call, len(definition.parameters))
    if call.name in frame.expanding:
        raise refusal("UDF019", f"`{call.name}` is defined by itself", call.span, "break the circle")
    names: dict[str, Meaning] = {
        name: Argument(argument, frame.names, frame.expanding)
        for name, argument in zip(definition.parameters, call.arguments, strict=True)
    }
    with frame.seeing(names, (*frame.expanding, call.name)):
        yield definition.value
