"""A look at all metadata of a volume: which names there are, which inodes, and what does not fit together.

In: a volume; nothing is changed. Out: `Survey`. `check` shows its findings, `repair` acts on the facts.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from vm.libfs.blockmap import MOST_BLOCKS
from vm.libfs.directory import list_entries, open_directory
from vm.libfs.files import BLOCK
from vm.libfs.format import Directory, Entry, Format
from vm.libfs.inode import SANITY, Node
from vm.libfs.path import decode_name
from vm.libfs.space import GROUP_BLOCKS
from vm.libfs.volume import Volume


@dataclass(frozen=True, slots=True)
class Name:
    """A name: the directory, by inode number, the block where it stands, and what it says."""

    directory: int
    block: int
    entry: Entry
    path: str


@dataclass(slots=True)
class Survey:
    """What was found.

    Args:
        findings: what is wrong, one line each.
        names: inode -> its names.
        dangling: names that mean no inode.
        spurious: names of directories that have another.
        subdirectories: directory -> how many are in it.
        orphans: inodes without a name.
    """

    findings: list[str] = field(default_factory=list)
    names: dict[int, list[Name]] = field(default_factory=dict)
    dangling: list[Name] = field(default_factory=list)
    spurious: list[Name] = field(default_factory=list)
    subdirectories: dict[int, int] = field(default_factory=dict)
    orphans: list[int] = field(default_factory=list)

    def say(self, finding: str) -> None:
        """Add a finding."""
        self.findings.append(finding)


def survey(volume: Volume, format_: Format) -> Survey:
    """Walk all directories, then look at all inodes."""
    found = Survey()
    for root in format_.roots():
        found.names[root] = []
        _walk(volume, format_, found, root, "/" if root == format_.root else f"[{root}]/")
    _resolve_directories(format_, found)
    for number in found.names:
        _check_inode(volume, format_, found, format_.find(number))
    for number in format_.list_inodes():
        if number not in found.names:
            node = format_.find(number)
            if not (node.doomed or node.opens):
                found.orphans.append(number)
                found.say(f"inode {number} is in use and has no name")
    return found


def _walk(volume: Volume, format_: Format, found: Survey, root: int, path: str) -> None:
    """Follow names from a directory, each directory once."""
    stack = [(root, path)]
    seen = {root}
    while stack:
        number, path = stack.pop()
        directory = open_directory(volume, format_, format_.find(number))
        found.subdirectories.setdefault(number, 0)
        known: set[bytes] = set()
        _check_blocks(volume, format_, found, directory, path)
        for block, entry in list_entries(volume, format_, directory):
            name = Name(number, block, entry, path + decode_name(entry.name))
            if entry.name in known:
                found.say(f"{name.path} is there twice")
            known.add(entry.name)
            node = _follow(format_, found, name)
            if node is None:
                continue
            found.names.setdefault(entry.number, []).append(name)
            if node.is_directory and entry.number not in seen:
                seen.add(entry.number)
                stack.append((entry.number, name.path + "/"))


def _follow(format_: Format, found: Survey, name: Name) -> Node | None:
    """Return what a name means."""
    entry = name.entry
    if not 0 < len(entry.name) <= format_.name_bytes or entry.name in (b".", b"..") or b"/" in entry.name:
        found.say(f"{name.path} is no name")
    try:
        node = format_.find(entry.number)
    except OSError:
        found.dangling.append(name)
        found.say(f"{name.path} means inode {entry.number}, which is free")
        return None
    if node.kind != entry.kind:
        found.say(f"{name.path} says that it is of kind {entry.kind:#x}, its inode says {node.kind:#x}")
    return node


def _resolve_directories(format_: Format, found: Survey) -> None:
    """Of a directory with several names, keep that in the directory which its inode calls its parent.

    If there are several, too, a rename in that directory was under way, and the new name may have replaced
    another one, which must not be lost: the inode that it meant says so.
    """
    for number, names in found.names.items():
        node = format_.find(number)
        if not node.is_directory or not names:
            continue
        right = [name for name in names if name.directory == node.parent] or names
        if len(right) > 1:
            marks = {format_.find(each).mark for each in format_.list_inodes()}
            right.sort(key=lambda name: (name.block, name.entry.at) not in marks)
        found.spurious += [name for name in names if name is not right[0]]
        for name in names:
            if name is not right[0]:
                found.say(f"{name.path} is a second name of the directory {right[0].path}")
        found.subdirectories[right[0].directory] = found.subdirectories.get(right[0].directory, 0) + 1
        if node.parent != right[0].directory:
            found.say(f"the directory {right[0].path} says that it is in directory {node.parent}")


def _check_blocks(volume: Volume, format_: Format, found: Survey, directory: Directory, path: str) -> None:
    """Look at how names lie in the blocks of a directory, and at its length."""
    for block in directory.blocks:
        for finding in format_.inspect(volume.buffers.table[block].view):
            found.say(f"{path}, block {block}: {finding}")
    if directory.node.length != len(directory.blocks) * BLOCK:
        found.say(f"{path} has {len(directory.blocks)} blocks and {directory.node.length} bytes")


def _check_inode(volume: Volume, format_: Format, found: Survey, node: Node) -> None:
    names = found.names[node.number]
    where = names[0].path if names else f"inode {node.number}"
    wanted = count_links(found, node)
    is_hidden = node.number in format_.roots() and node.number != format_.root
    if node.links != wanted and not is_hidden:
        found.say(f"{where} has {wanted} links and says {node.links}")
    if node.length > MOST_BLOCKS * BLOCK:
        found.say(f"{where} says that it has {node.length} bytes")
    group, blocks = node.group
    if group and (group % GROUP_BLOCKS or blocks > GROUP_BLOCKS or group >= volume.space.end):
        found.say(f"{where} says that it is in a group at block {group}")
    if node.view[124:128] != SANITY.to_bytes(4, "little"):
        found.say(f"{where} does not end as an inode does")


def count_links(found: Survey, node: Node) -> int:
    """Return how many links an inode should say that it has."""
    if node.is_directory:
        return 2 + found.subdirectories.get(node.number, 0)
    return len(found.names[node.number])
