"""Which blocks belong to which file, where a file is an object that has an identity.

In: the tables of a walk. Out: for each extent its file; for each identity its extents.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from udfc.image.reader import Reader
from udfc.image.table import DATA, LIKE, NONE, Extents, Mask, Numbers, Objects

_NOTHING: Numbers = np.empty(0, dtype=np.int64)
_NOTHING.flags.writeable = False


@dataclass(frozen=True, slots=True)
class FileBlocks:
    """The blocks of a file.

    Args:
        data: with its contents, directories included, in the order in which the walk found them.
        metadata: that say where the contents are: indirect blocks, for instance.
    """

    data: list[int]
    metadata: list[int]


class Files:
    """Files and their extents.

    Args:
        heads: of each object the number of the object with an identity that it belongs to, NONE if nothing.
        owners: the same of each extent.
        contents: of each extent, whether it holds a file's contents.
        identities: of each object that has one; the root has none.
    """

    def __init__(self, heads: Numbers, owners: Numbers, contents: Mask, identities: dict[int, int]) -> None:
        self.heads, self.owners, self.contents, self.identities = heads, owners, contents, identities
        self._order = np.argsort(owners, kind="stable")
        self._sorted = owners[self._order]
        self.objects_of: dict[int, list[int]] = {}
        for number, identity in identities.items():
            self.objects_of.setdefault(identity, []).append(number)

    def rows_of(self, identity: int) -> Numbers:
        """Return the rows of all extents of the files with this identity."""
        rows = [self.rows_of_object(number) for number in self.objects_of.get(identity, ())]
        return np.concatenate(rows) if rows else _NOTHING

    def rows_of_object(self, number: int) -> Numbers:
        """Return the rows of the extents of one file."""
        first, end = np.searchsorted(self._sorted, (number, number + 1))
        return self._order[first:end].astype(np.int64)

    def list_files(self) -> list[int]:
        """Return the identities of all files, ascending."""
        return sorted(self.objects_of)


def find_files(objects: Objects, extents: Extents, readers: Sequence[Reader]) -> Files:
    """Sort the extents of a walk by file."""
    named = np.array([reader.template.identity is not None for reader in readers], dtype=np.bool_)
    has_identity = named[objects.template] if len(objects) else np.empty(0, dtype=np.bool_)
    has_identity[:1] = False  # the root's is about the root directory
    continued = extents.head != NONE
    continues = np.flatnonzero(continued & (objects.mode[extents.child] == LIKE) & (extents.child != NONE))
    has_identity[extents.child[continues]] = False  # it is the file's whose block is continued
    up = np.where(has_identity, np.arange(len(objects), dtype=np.int64), objects.parent)
    up[extents.child[continues]] = extents.child[extents.head[continues]]
    heads = _find_heads(up, has_identity)
    owners = heads[extents.owner]
    own = (extents.child != NONE) & has_identity[extents.child]
    owners = np.where(own, extents.child, owners)
    owners[continued] = owners[extents.head[continued]]
    directories = np.array(
        [reader.template.names is not None for reader in readers] + [False], dtype=np.bool_
    )
    contents = (extents.template == DATA) | own | continued | directories[np.maximum(extents.template, -1)]
    return Files(heads, owners, contents, _find_identities(objects, has_identity, readers))


def _find_heads(up: Numbers, has_identity: Mask) -> Numbers:
    """Return of each object the nearest one with an identity, itself included: by doubling, in few steps."""
    up = up.copy()
    if not len(up):
        return up
    while True:
        higher = np.where((up == NONE) | has_identity[up], up, up[up])
        if (higher == up).all():
            return up
        up = higher


def _find_identities(objects: Objects, has_identity: Mask, readers: Sequence[Reader]) -> dict[int, int]:
    found: dict[int, int] = {}
    for template in np.unique(objects.template[has_identity]).tolist():
        chosen = np.flatnonzero(has_identity & (objects.template == template))
        answers = readers[template].identities(objects.arguments[chosen])
        found.update(zip(chosen.tolist(), answers))
    return found
