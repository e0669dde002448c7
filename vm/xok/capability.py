"""Capabilities and access lists, with the release's rules of dominance.

In: what an environment presents, and what a resource demands. Out: whether that suffices.

A capability is a name of 0 to 7 bytes and permissions. Names are a hierarchy: who holds `ab` holds `abc`. The
empty name dominates all: it is the root's.

    c1 dominates c2        name(c1) is a prefix of name(c2), and permissions(c2) are among permissions(c1)
    c may do p to an ACL   for some entry e: p is among permissions(e), and c dominates (name(e), p)

In the release the permissions of the presented capability did not count at the second rule: who had forged a
read-only one could write with it. Here they do. Bits, as in the release: in an access list, 1 writes, 4
modifies the list, reading takes none; on the way from slot to slot, 4 is permission to duplicate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from vm.xok.limits import ACL_ENTRIES, NAME_BYTES
from vm.xok.refusal import Code, Refusal

READ = 0
WRITE = 1
MODIFY = 4
DUPLICATE = 4
ALL = 7


@dataclass(frozen=True, slots=True)
class Capability:
    """A right.

    Args:
        name: 0 to 7 bytes; the shorter, the more it dominates.
        permissions: WRITE | MODIFY (or DUPLICATE, the same bit) and one bit that is free.
    """

    name: bytes
    permissions: int = ALL


Acl: TypeAlias = tuple[Capability, ...]

ROOT = Capability(b"", ALL)


def dominates(left: Capability, right: Capability) -> bool:
    """Whether who holds `left` could have forged `right`."""
    return right.name.startswith(left.name) and not right.permissions & ~left.permissions


def allows(acl: Acl, capability: Capability, permission: int) -> bool:
    """Whether `capability` may do to what `acl` guards what `permission` says."""
    if permission & ~capability.permissions:
        return False
    name = capability.name
    for entry in acl:  # noqa: SIM110  (any() takes twice as long, and this is asked at most calls)
        if entry.name.startswith(name) and not permission & ~entry.permissions:
            return True
    return False


def demand(acl: Acl, capability: Capability, permission: int) -> None:
    """Refuse (ACCESS_DENIED) unless `allows`."""
    if not allows(acl, capability, permission):
        verb = "write" if permission & WRITE else "modify the access list" if permission else "read"
        raise Refusal(Code.ACCESS_DENIED, f"no entry lets `{capability.name.hex()}` {verb}")


def credential_of(capability: Capability) -> int:
    """Return the number by which acl functions of templates know a capability.

    The name, padded with zero bytes: sound because a capability dominates that name too.
    """
    return int.from_bytes(capability.name.ljust(8, b"\0"), "little")


def make_capability(value: object) -> Capability:
    """Return the kernel's own copy of what a library passed as a capability.

    Raises:
        Refusal: BAD_ARGUMENT or BAD_NAME.
    """
    if type(value) is not Capability or type(value.name) is not bytes:
        raise Refusal(Code.BAD_ARGUMENT, "not a capability")
    if type(value.permissions) is not int or not 0 <= value.permissions <= ALL:
        raise Refusal(Code.BAD_ARGUMENT, "permissions are a number from 0 to 7")
    if len(value.name) > NAME_BYTES:
        raise Refusal(Code.BAD_NAME, f"a name of {len(value.name)} bytes")
    return Capability(value.name, value.permissions)


def make_acl(value: object) -> Acl:
    """Return the kernel's own copy of what a library passed as an access list.

    Raises:
        Refusal: BAD_ARGUMENT, BAD_NAME, or LAST_ENTRY if entry 0 has not all permissions.
    """
    if type(value) is not tuple or not 1 <= len(value) <= ACL_ENTRIES:
        raise Refusal(Code.BAD_ARGUMENT, f"an access list is a tuple of 1 to {ACL_ENTRIES} capabilities")
    acl = tuple(make_capability(entry) for entry in value)
    if acl[0].permissions != ALL:
        raise Refusal(Code.LAST_ENTRY, "entry 0 of an access list keeps all permissions")
    return acl


def change_acl(acl: Acl, index: object, entry: object) -> Acl:
    """Return `acl` with entry `index` replaced, added (the next index), or removed (`entry` is None).

    Raises:
        Refusal: BAD_ARGUMENT, BAD_NAME, OUT_OF_RANGE, or LAST_ENTRY.
    """
    if type(index) is not int:
        raise Refusal(Code.BAD_ARGUMENT, "an index is a number")
    if not 0 <= index <= min(len(acl), ACL_ENTRIES - 1) or (entry is None and index == len(acl)):
        raise Refusal(Code.OUT_OF_RANGE, f"the access list has {len(acl)} entries")
    new = () if entry is None else (make_capability(entry),)
    if index == 0 and (not new or new[0].permissions != ALL):
        raise Refusal(Code.LAST_ENTRY, "entry 0 of an access list keeps all permissions")
    return acl[:index] + new + acl[index + 1 :]
