"""Walks with the shipped templates, and what every sound image must satisfy.

In: an image, the name of a file of templates and of its root. Out: a `Walk`; failed assertions.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from runtime.template.engine import Engine
from runtime.template.nodes import TemplateSet
from tests.image.disk import Made
from udfc.image.audit import Audit, audit_walk
from udfc.image.finding import FindingKind
from udfc.image.names import find_names
from udfc.image.walk import Walk, walk_image
from udfc.program import compile_templates


@cache
def shipped(name: str) -> TemplateSet:
    """Return the templates of one shipped file."""
    return compile_templates(name)


def walk_with(
    name: str,
    image: Path | bytes,
    root: str | None = None,
    engine: Engine = "interpreter",
    store: Path | None = None,
) -> Walk:
    """Walk; small images with the interpreter, which needs no time to compile."""
    return walk_image(image, shipped(name), root, engine, store)


def check_sound(walk: Walk) -> None:
    """Owned from the root = the allocation map, nothing twice, no pointer out of range."""
    assert walk.used is not None
    assert walk.owned.tolist() == walk.used.tolist()
    assert walk.owned.any()
    assert audit_walk(walk).counts == {}


def blocks_of(walk: Walk, identity: int) -> set[int]:
    """Return all blocks of a file, contents and indirect ones."""
    found = walk.blocks_of(identity)
    assert len(found.data) + len(found.metadata) == len({*found.data, *found.metadata})
    return {*found.data, *found.metadata}


def check_made(walk: Walk, made: Made) -> None:
    """Compare a walk with what the image's writer knows: blocks of each file, names, the map."""
    check_sound(walk)
    assert walk.unit == made.block
    assert {number for number, used in enumerate(walk.owned.tolist()) if used} == made.used
    names = find_names(walk)
    for identity, path in made.paths.items():
        expected = made.contents[identity] | made.indirect[identity]
        assert blocks_of(walk, identity) == expected, path
        assert names.path(identity) == path or path == "extra"


def list_found(audit: Audit, kind: FindingKind) -> set[int]:
    """Return the blocks that the findings of one kind are about."""
    found = [finding for finding in audit.findings if finding.kind == kind]
    return {block for each in found for block in range(each.first, each.first + each.count)}
