"""One template, made ready for walking: what its numbers of kinds mean, and questions about many objects.

In: a template and an engine. Out: a `Reader` of objects of that template.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from runtime.template.engine import Engine, Loaded, load_template
from runtime.template.nodes import DATA as DATA_NAME
from runtime.template.nodes import Template
from udfc.image.column import make_column_function
from udfc.image.source import Image
from udfc.image.table import DATA, LIKE, LOST, OWN, PART, Mask, Numbers, Words

_LARGE = 1 << 20

_MODES = {"own": OWN, "part": PART, "like": LIKE}


class Reader:
    """A template that objects can be asked about.

    Attributes:
        template, loaded: what is asked.
        modes, targets: of each kind: OWN, PART or LIKE, and the number of the template there.
    """

    def __init__(
        self, template: Template, numbers: Mapping[str, int], engine: Engine | None, cache: Path | None
    ) -> None:
        self.template = template
        self.loaded: Loaded = load_template(template, engine, cache)
        kinds = template.kinds
        self.modes: Numbers = np.array([_MODES[kind.mode] for kind in kinds], dtype=np.int64)
        self.targets: Numbers = np.array(
            [_find_target(kind.template, numbers) for kind in kinds], dtype=np.int64
        )
        self._unit = make_column_function(template.unit)
        self._identity = None if template.identity is None else make_column_function(template.identity)

    @property
    def width(self) -> int:
        """How many arguments an object has."""
        return len(self.template.parameters)

    def accepts(self, arguments: Words) -> Mask:
        """Say of each row of arguments whether it is in the domain."""
        good: Mask = np.ones(len(arguments), dtype=np.bool_)
        for column, parameter in enumerate(self.template.parameters):
            values = arguments[:, column]
            inside: Mask = np.zeros(len(arguments), dtype=np.bool_)
            for low, high in parameter.allowed:
                inside |= (values >= np.uint64(low)) & (values <= np.uint64(high))
            good &= inside
        return good

    def fits(self, lengths: Numbers) -> Mask:
        """Say of each length in bytes whether an object may have it."""
        template = self.template
        return lengths == template.maximum if template.constant else lengths <= template.maximum

    def units(self, image: Image, places: Numbers, lengths: Numbers, arguments: Words) -> Words:
        """Return the bytes of a block, of each object."""
        if self._unit is not None:
            return self._unit(arguments, lengths.astype(np.uint64))
        rows = zip(places.tolist(), lengths.tolist(), arguments[:, : self.width].tolist())
        answers = [self.loaded.unit(read_object(image, place, length), row) for place, length, row in rows]
        return np.array(answers, dtype=np.uint64)

    def identities(self, arguments: Words) -> list[int]:
        """Return the number for people of each object; the template has `identity`."""
        if self._identity is not None:
            return [
                int(number)
                for number in self._identity(arguments, np.zeros(len(arguments), dtype=np.uint64)).tolist()
            ]
        return [self.loaded.identity(row) for row in arguments[:, : self.width].tolist()]


def read_object(image: Image, place: int, length: int) -> bytes | memoryview:
    """Return an object's bytes: a copy, which functions take fastest, unless it is large."""
    piece = image.view[place : place + length]
    return piece if length > _LARGE else bytes(piece)


def _find_target(name: str, numbers: Mapping[str, int]) -> int:
    if not name:
        return LOST
    return DATA if name == DATA_NAME else numbers[name]
