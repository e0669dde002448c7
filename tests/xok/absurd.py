"""Values that no call can mean, and objects that try to hurt whoever touches them."""

from __future__ import annotations

from vm.xok.account import Resource
from vm.xok.capability import Capability
from vm.xok.predicate import PageWord


class HostileNumber(int):
    """A number that fails when it is used as one."""

    def __index__(self) -> int:
        raise MemoryError("index")

    def __eq__(self, other: object) -> bool:
        raise MemoryError("equal")

    def __lt__(self, other: object) -> bool:
        raise MemoryError("less")

    def __hash__(self) -> int:
        raise MemoryError("hash")


class HostileObject:
    """Fails at everything."""

    def __getattr__(self, name: str) -> object:
        raise MemoryError(name)

    def __len__(self) -> int:
        raise MemoryError("length")

    def __iter__(self) -> object:
        raise MemoryError("iterator")

    def __eq__(self, other: object) -> bool:
        raise MemoryError("equal")

    def __hash__(self) -> int:
        raise MemoryError("hash")

    def __bool__(self) -> bool:
        raise MemoryError("truth")


class HostileTuple(tuple[object, ...]):
    """A tuple that lies about its length."""

    def __len__(self) -> int:
        return 1 << 40

    def __iter__(self) -> object:
        raise MemoryError("iterator")


def _nested(depth: int) -> object:
    value: object = ()
    for _ in range(depth):
        value = (value,)
    return value


ABSURD: tuple[object, ...] = (
    None,
    True,
    False,
    -1,
    0,
    1,
    3,
    127,
    1 << 31,
    1 << 63,
    (1 << 64) - 1,
    1 << 64,
    1 << 70,
    -(1 << 70),
    0.5,
    float("nan"),
    float("inf"),
    "",
    "0",
    "\ud800",
    b"",
    b"x",
    b"x" * 8,
    bytes(1 << 20),
    bytearray(8),
    memoryview(b"x"),
    (),
    [],
    {},
    set(),
    (0,),
    [0, 0],
    (None,) * 1000,
    _nested(2000),
    {Resource.PAGES: -1},
    {Resource.PAGES: 1 << 70},
    {0: 0},
    {(): ()},
    Resource.PAGES,
    Capability(b"a"),
    Capability(b""),
    Capability(b"12345678"),
    Capability(b"a", 1 << 70),
    Capability(b"a", -1),
    Capability(None, 7),  # type: ignore[arg-type]
    Capability(b"a", HostileNumber(7)),
    Capability(HostileObject(), HostileObject()),  # type: ignore[arg-type]
    (Capability(b"a"),) * 9,
    (((0, "==", 0),),),
    (((0, "==", 1 << 64),),),
    (((-1, "==", 0),),),
    (((0, HostileObject(), 0),),),
    (((0, "==", 0), 0),),
    (((0, "==", 0),),) * 200,
    (((PageWord(-1, 0), "==", 0),),),
    (((PageWord(0, 4096), "==", 0),),),
    (((PageWord(0, 4, 64), "==", 0),),),
    (((PageWord(HostileNumber(0), HostileNumber(0)), "==", 0),),),
    HostileNumber(0),
    HostileNumber(1),
    HostileObject(),
    HostileObject,
    HostileTuple((1, 2)),
    (HostileNumber(1),),
    int,
    print,
    ...,
    NotImplemented,
    ValueError("no"),
)
