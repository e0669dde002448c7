"""Everything that a kernel knows, as plain values that can be compared: all but the time.

In: a kernel. Out: nested tuples. What is charged for a call shows in the attributes named in `TIME` only.
"""

from __future__ import annotations

import types
from collections import deque
from enum import Enum
from functools import cache

from vm.machine.memory import PAGE, Memory
from vm.xok.context import Context
from vm.xok.kernel import Kernel

TIME = {
    "clock",
    "_clock",
    "cycles",
    "left",
    "interrupt_at",
    "starting",
    "_slice_end",
    "_began",
    "_last",
    "_slot",
}
_PLAIN = {bool, int, str, bytes, float}
_ZERO = bytes(PAGE)
EXCLUDED = TIME | {"machine", "storage", "__dict__", "__weakref__"}


def snapshot(kernel: Kernel) -> object:
    return _Walk().plain(kernel)


class _Walk:
    def __init__(self) -> None:
        self._seen: dict[int, int] = {}

    def plain(self, value: object) -> object:
        if value is None or type(value) in _PLAIN or isinstance(value, Enum):
            return value
        match value:
            case bytearray() | memoryview():
                return bytes(value)
            case list() | tuple() | deque():
                return tuple(self.plain(item) for item in value)
            case dict():
                return tuple((self.plain(key), self.plain(item)) for key, item in value.items())
            case BaseException():
                return repr(value)
            case types.FunctionType() | types.BuiltinMethodType():
                return ("function", value.__qualname__)
            case types.MethodType():
                return ("method", value.__qualname__, self.plain(value.__self__))
        if id(value) in self._seen:
            return ("seen", self._seen[id(value)])
        self._seen[id(value)] = len(self._seen)
        match value:
            case Context():
                return ("context", value.is_home, value.is_killed)
            case Memory():
                return tuple(None if frame in (None, _ZERO) else bytes(frame) for frame in value._frames)
        assert type(value).__module__.startswith("vm."), type(value)
        return (
            type(value).__name__,
            *(
                (name, self.plain(getattr(value, name)))
                for name in (*_slots(type(value)), *getattr(value, "__dict__", ()))
                if name not in EXCLUDED and hasattr(value, name)
            ),
        )


@cache
def _slots(kind: type) -> tuple[str, ...]:
    return tuple(name for base in kind.__mro__ for name in getattr(base, "__slots__", ()))


def difference(before: object, after: object, path: str = "") -> str | None:
    """Where two snapshots differ first; None: nowhere."""
    if before == after:
        return None
    if isinstance(before, tuple) and isinstance(after, tuple) and len(before) == len(after):
        for number, (left, right) in enumerate(zip(before, after)):
            name = left[0] if isinstance(left, tuple) and left and isinstance(left[0], str) else number
            found = difference(left, right, f"{path}.{name}")
            if found is not None:
                return found
    return f"{path}: {before!r:.200} became {after!r:.200}"
