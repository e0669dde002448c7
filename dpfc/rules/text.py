"""From the bytes of a rule file to its text, and from a place in the text to a refusal.

In: bytes, plain or gzip. Out: a `Source`; diagnostics that point into it.
"""

from __future__ import annotations

import re
from io import BytesIO

from dpfc.capture.damage import Place
from dpfc.capture.gunzip import MAGIC as GZIP_MAGIC
from dpfc.capture.gunzip import GzipReader
from runtime import limits
from runtime.diagnostic import Diagnostic, Refused
from runtime.source import Source, Span

_TOKEN = re.compile(r"\S+")


def read_text(name: str, data: bytes) -> Source:
    """Return the text of a rule file; what is not UTF-8, in comments perhaps, becomes replacement characters.

    Raises:
        Refused: RUL001 if it is too long, RUL002 if its gzip data is damaged, RUL003 if it is no text.
    """
    if data.startswith(GZIP_MAGIC):
        data = _unpack(name, data)
    if len(data) > limits.MAX_SOURCE_BYTES:
        message = f"the file has more than {limits.MAX_SOURCE_BYTES >> 20} MiB of text"
        raise refuse_file("RUL001", name, message, "split it; the rules of a later file count less")
    if b"\0" in data:
        note = "rule files are text; captures go behind -r"
        raise refuse_file("RUL003", name, f"byte {data.index(0)} is zero, which no text has", note)
    return Source(name, data.decode("utf-8-sig", errors="replace"))


def refuse_file(code: str, name: str, message: str, *notes: str) -> Refused:
    """Return the refusal of a whole file."""
    return Refused(Diagnostic(code, message, Span(Source(name, ""), 0, 0), notes))


def find_line(source: Source, line: int) -> Span:
    """Return the span of a line, counted from 1."""
    start = 0
    for _ in range(line - 1):
        start = source.text.index("\n", start) + 1
    return Span(source, start, start + len(source.line_at(start)))


def find_token(source: Source, line: int, token: int) -> Span:
    """Return the span of one of a line's words, counted from 0; of the line when it has not so many."""
    whole = find_line(source, line)
    for number, match in enumerate(_TOKEN.finditer(source.text, whole.start, whole.end)):
        if number == token:
            return Span(source, match.start(), match.end())
    return whole


def _unpack(name: str, data: bytes) -> bytes:
    stream = BytesIO(data)
    reader = GzipReader(stream.read, Place(name, "gzip"))
    parts: list[bytes] = []
    room = limits.MAX_SOURCE_BYTES + 1
    try:
        while room and (part := reader.read(room)):
            parts.append(part)
            room -= len(part)
    except Refused as refusal:
        note = "unpack the file with gzip to see how far it is good"
        raise refuse_file("RUL002", name, refusal.diagnostics[0].message, note) from None
    return b"".join(parts)
