"""A bug that can be planted for a while.

In: what to replace. Out: `Bug`, a context manager maker. Nothing is changed for good: leaving the `with`
statement takes the bug out again.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Bug:
    """A mutation.

    Args:
        name: for tests and `xok crash --plant`.
        says: what the mutated code does.
        plant: puts it in, as a context manager.
    """

    name: str
    says: str
    plant: Callable[[], AbstractContextManager[None]]


def replace_each(*places: tuple[object, str, Any]) -> Callable[[], AbstractContextManager[None]]:
    """Return what replaces (module or class, name) by a value for a while.

    The name must be there, or be a builtin that the module gets for itself: a bug that is planted nowhere
    proves nothing.
    """

    @contextmanager
    def plant() -> Iterator[None]:
        kept = [(owner, name, vars(owner).get(name, _ABSENT)) for owner, name, _ in places]
        assert all(old is not _ABSENT or hasattr(builtins, name) for _, name, old in kept), "planted nowhere"
        try:
            for owner, name, new in places:
                setattr(owner, name, new)
            yield
        finally:
            for owner, name, old in kept:
                if old is _ABSENT:
                    delattr(owner, name)
                else:
                    setattr(owner, name, old)

    return plant


_ABSENT = object()
