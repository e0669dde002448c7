"""Refusals of a capture: one place that knows the file's name and what its byte offsets count.

In: a code, a sentence, an offset. Out: `Refused`, whose text names the file, the offset, and says when the
offset counts decompressed bytes.
"""

from __future__ import annotations

from dataclasses import dataclass

from runtime.diagnostic import Diagnostic, Refused
from runtime.source import Source, Span


@dataclass(frozen=True, slots=True)
class Place:
    """A capture being read.

    Args:
        name: as the user gave it; `-` is standard input.
        compression: `gzip` or `zstd`; empty when the file is plain.
    """

    name: str
    compression: str = ""

    def refuse(self, code: str, message: str, *notes: str) -> Refused:
        """Return the refusal of this capture, to be raised."""
        where = "standard input" if self.name == "-" else self.name
        return Refused(Diagnostic(code, message, Span(Source(where, ""), 0, 0), notes))

    def refuse_at(self, code: str, message: str, offset: int, *notes: str) -> Refused:
        """Return the refusal of the bytes at `offset` of the capture, to be raised."""
        unit = f"byte {offset} of the uncompressed data" if self.compression else f"byte {offset}"
        return self.refuse(code, f"{message} (at {unit})", *notes)


DELIVERED = "the packets before the damage were read; cut the capture there to use them without this error"
"""The way out of damage in the middle of a capture."""
