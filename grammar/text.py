"""Bytes of a file to the text of a `Source`: the first thing that can be wrong with it.

In: the bytes. Out: a `Source`, or `Refused`.
"""

from __future__ import annotations

from dataclasses import dataclass

from runtime.diagnostic import Diagnostic, Refused
from runtime.source import Source, Span


@dataclass(frozen=True, slots=True)
class TextCodes:
    """What a language says of text that is none of its.

    Args:
        most: bytes of a file.
        too_long: code for more.
        shorter: what takes less text.
        not_text: code for what is not UTF-8.
        mistaken: what the file may be instead.
        unexpected: code for text that does not follow the grammar.
        too_deep: code for text that is nested too deeply.
    """

    most: int
    too_long: str
    shorter: str
    not_text: str
    mistaken: str
    unexpected: str
    too_deep: str


def decode_source(name: str, data: bytes, codes: TextCodes) -> Source:
    """Return `data` as source text.

    Raises:
        Refused: `codes.too_long` or `codes.not_text`.
    """
    if len(data) > codes.most:
        raise refuse_long(name, codes)
    try:
        return Source(name, data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        message = f"byte {error.start} (0x{data[error.start]:02x}) is not UTF-8 text"
        where = Span(Source(name, ""), 0, 0)
        raise Refused(Diagnostic(codes.not_text, message, where, (codes.mistaken,))) from None


def refuse_long(name: str, codes: TextCodes) -> Refused:
    """Return the refusal of the text `name`, which is too long."""
    message = f"`{name}` is longer than {codes.most} bytes"
    return Refused(Diagnostic(codes.too_long, message, Span(Source(name, ""), 0, 0), (codes.shorter,)))
