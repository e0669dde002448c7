"""What a file system shows after a crash: a tree of values that know nothing of the library that was asked.

In: nothing. Out: `Found`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from vm.crash.history import Kind


@dataclass(frozen=True, slots=True)
class Found:
    """A file that was found.

    Args:
        number: the library's number of the file, by which hard links are told.
        kind, mode, links, size: as the library says; the mode without the kind.
        data: of a file.
        target: of a link.
        entries: of a directory.
    """

    number: int
    kind: Kind
    mode: int
    links: int
    size: int
    data: bytes = b""
    target: str = ""
    entries: dict[str, Found] = field(default_factory=dict)
