"""Types that remember what they said: `owns` is proved to depend on nothing but bytes and arguments.

In: a `TypeLibrary`'s proved sets. Out: the same, answering quickly when a block is met again. Of a million
crash states most blocks are those of another state; the kernel that recovers them is the kernel as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from runtime.template.engine import Loaded
from runtime.template.engines.calls import Tuples
from vm.xn.types import ProvedSet, TypeLibrary

if TYPE_CHECKING:
    from typing_extensions import Buffer

MOST_BYTES = 64 << 20
"""Of the objects that one type remembers."""


class RememberingLibrary(TypeLibrary):
    """A library whose types remember. Arguments as for `TypeLibrary`.

    Attributes:
        images: of disks with an empty file system, by the configuration's name.
    """

    def __init__(self, cache: Path | None = None) -> None:
        super().__init__(cache)
        self.images: dict[str, bytes] = {}

    def prove(self, form: bytes, digest: bytes | None = None) -> ProvedSet:
        """As `TypeLibrary.prove`."""
        proved = super().prove(form, digest)
        if any(not isinstance(each, RememberingType) for each in proved.loaded.values()):
            loaded: dict[str, Loaded] = {name: RememberingType(each) for name, each in proved.loaded.items()}
            proved = self._sets[proved.digest] = replace(proved, loaded=loaded)
        return proved


class RememberingType(Loaded):
    """A type that remembers.

    Args:
        loaded: what is asked the first time.
    """

    def __init__(self, loaded: Loaded) -> None:
        vars(self).update(vars(loaded))
        self._said: dict[tuple[bytes, tuple[int, ...], int, int | None], Tuples] = {}
        self._bytes = 0

    def owns(
        self, meta: Buffer, arguments: Sequence[int], first: int = 0, count: int | None = None
    ) -> Tuples:
        """As `Loaded.owns`; the rows are shared: nobody writes into them."""
        key = (bytes(meta), tuple(arguments), first, count)
        said = self._said.get(key)
        if said is None:
            self._bytes += len(key[0])
            if self._bytes > MOST_BYTES:
                self._said.clear()
                self._bytes = len(key[0])
            said = self._said[key] = super().owns(meta, arguments, first, count)
            said.flags.writeable = False
        return said
