"""What goes around every call: errors of POSIX, and buffers kept within bounds.

In: a volume, the path that errors name. Out: a context; a refusal of the kernel leaves it as an `OSError`.
"""

from __future__ import annotations

from types import TracebackType
from typing import Literal

from vm.libfs.errors import translate
from vm.libfs.volume import Volume
from vm.xok.refusal import Refusal


class Operation:
    """A call under way."""

    __slots__ = ("_volume", "path")

    def __init__(self, volume: Volume, path: str) -> None:
        self._volume = volume
        self.path = path

    def __enter__(self) -> Operation:
        self._volume.begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> Literal[False]:
        self._volume.end()
        if isinstance(error, OSError) and error.filename == "":
            error.filename = self.path
        if isinstance(error, Refusal):
            translated = translate(error, self.path)
            if translated is not error:
                raise translated from error
        return False
