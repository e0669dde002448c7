"""A root of the catalogue, as the kernel holds it."""

from __future__ import annotations

from dataclasses import dataclass

from vm.xn.owned import Type


@dataclass(slots=True)
class Root:
    """A named block from which a file system hangs.

    Args:
        name: unique.
        block: where its object lies.
        type, arguments: of the object.
        guard: the name of the capability that must be dominated to open or delete it, and where no object has
            an `acl`.
        temporary: gone after a reboot, and so free of all rules of order.
        slot: of the catalogue on the disk; None: a temporary one.
        on_disk: the catalogue on the disk has it.
        owner: the environment that is charged for it.
    """

    name: str
    block: int
    type: Type
    arguments: tuple[int, ...]
    guard: bytes
    temporary: bool
    slot: int | None
    on_disk: bool
    owner: int | None
