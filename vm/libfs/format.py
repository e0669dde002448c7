"""What C-FFS and FFS do differently: where inodes and names are.

In: nothing. Out: `Format`, which each of them implements, and what it speaks of: directories in core,
entries, new inodes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from vm.libfs.inode import Node


@dataclass(slots=True, eq=False)
class Directory:
    """A directory's names in core.

    Args:
        node: its inode.
        names: name -> block and byte there where its entry begins.
        blocks: of the directory, by index.
        units: sectors (block, sector) that may have room for a name; `slots`: and for an inode (C-FFS).
        groups: first blocks of groups that its files are in, the last one in use; None: not looked at yet.
        name_groups: those that begin with blocks of its own.
        goal: where the next block of a file of it should be, if it is in no group; 0: nobody knows.
    """

    node: Node
    names: dict[bytes, tuple[int, int]] = field(default_factory=dict)
    blocks: list[int] = field(default_factory=list)
    units: dict[tuple[int, int], None] = field(default_factory=dict)
    slots: dict[tuple[int, int], None] = field(default_factory=dict)
    groups: list[int] | None = None
    name_groups: dict[int, None] = field(default_factory=dict)
    goal: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """A name as it stands in a block: at byte `at`, meaning inode `number` of a `kind`."""

    name: bytes
    number: int
    kind: int
    at: int


@dataclass(frozen=True, slots=True)
class NewInode:
    """What an inode that is to be made says; `links` also counts the directory's own name for itself."""

    kind: int
    mode: int
    uid: int
    gid: int
    links: int


class Format(ABC):
    """What C-FFS and FFS do differently.

    Attributes:
        root: number of the root directory's inode.
        name_bytes: of the longest name.
    """

    root: int
    name_bytes: int

    # ---- inodes

    @abstractmethod
    def find(self, number: int) -> Node:
        """Return an inode that is in use.

        Raises:
            OSError: EIO, there is no such inode.
        """

    @abstractmethod
    def create(self, directory: Directory, name: bytes, new: NewInode) -> Node:
        """Make an inode and give it its first name.

        Raises:
            OSError: ENOSPC.
        """

    @abstractmethod
    def free(self, node: Node) -> None:
        """Make an inode that owns nothing a free one."""

    @abstractmethod
    def sector_of(self, node: Node) -> int:
        """Return the sector of its block that an inode lies in."""

    # ---- names

    @abstractmethod
    def scan(self, view: memoryview) -> Iterator[Entry]:
        """Yield the names in a block of a directory."""

    @abstractmethod
    def read_entry(self, view: memoryview, at: int, name: bytes) -> int:
        """Return the inode that the entry at byte `at` means, if its name is `name`; else 0."""

    @abstractmethod
    def open_block(self, directory: Directory, block: int, index: int) -> None:
        """Note where a block of a directory in core has room; it is the `index`-th."""

    @abstractmethod
    def enter(self, directory: Directory, name: bytes, node: Node) -> tuple[int, int]:
        """Give an inode a name, after the inode in order; return block and byte of the entry.

        Raises:
            OSError: ENOSPC.
        """

    @abstractmethod
    def leave(self, directory: Directory, block: int, at: int, number: int) -> None:
        """Take a name away."""

    @abstractmethod
    def replace(self, directory: Directory, block: int, at: int, number: int, node: Node) -> None:
        """Let the name of inode `number` mean `node`, after the inode in order."""

    @abstractmethod
    def respell(self, directory: Directory, block: int, at: int, number: int, name: bytes) -> bool:
        """Change a name where it stands; False: it does not fit there."""

    # ---- directories that are removed, and policy

    @abstractmethod
    def remove_directory(self, node: Node) -> bool:
        """Get ready to free a directory without names; False: it is still needed, and kept aside."""

    @abstractmethod
    def first_goal(self, directory: Directory) -> int:
        """Return where blocks of a directory's files should be."""

    @abstractmethod
    def list_groups(self, directory: Directory) -> list[int]:
        """Return the groups that files of a directory are in, as far as that costs no reading."""

    # ---- for check and repair

    @abstractmethod
    def roots(self) -> tuple[int, ...]:
        """Return the directories at which walks begin."""

    @abstractmethod
    def list_inodes(self) -> Iterable[int]:
        """Return the numbers of all inodes in use, named or not."""

    @abstractmethod
    def settle_aside(self) -> list[str]:
        """Free what was kept aside and is not needed any more; return what was done."""

    @abstractmethod
    def inspect(self, view: memoryview) -> list[str]:
        """Return what is wrong with how names lie in a block."""
