"""All nodes of a piece of syntax.

In: a node. Out: it and what is in it, in the order of the text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass


def walk_nodes(node: object) -> Iterator[object]:
    """Yield `node` and all that is in it; trees are shallow, the parser sees to that."""
    match node:
        case tuple():
            for each in node:
                yield from walk_nodes(each)
        case _ if is_dataclass(node) and not isinstance(node, type):
            yield node
            for field in fields(node):
                if field.name not in ("span", "source"):
                    yield from walk_nodes(getattr(node, field.name))
        case _:
            return
