"""After a crash: set right what the order of writes leaves open.

In: a volume, mounted after XN has recovered. Out: what was done, one line each. Nothing that was on the disk
for good is lost: the order of writes sees to it that what has to be guessed here was under way when the
machine stopped.

    a name without inode         goes: the file's creation had not reached the disk
    a directory with two names   keeps the one in the directory that its inode calls its parent
                                 if both are there, the one that has replaced another directory's name
    a file with two names        has two links: a rename was under way, and both names are right
    link counts                  are counted
    an inode without a name      is freed with all that it owns: it was being made, or removed
    a directory's length         is that of its blocks
"""

from __future__ import annotations

from vm.libfs.directory import open_directory
from vm.libfs.files import BLOCK
from vm.libfs.format import Format
from vm.libfs.survey import Name, Survey, count_links, survey
from vm.libfs.tree import Tree
from vm.libfs.volume import Volume


def repair(volume: Volume, format_: Format, tree: Tree) -> list[str]:
    """Repair a volume; call it before anything else is done with it."""
    found = survey(volume, format_)
    done: list[str] = []
    for name in (*found.dangling, *found.spurious):
        _remove_name(volume, format_, name)
        done.append(f"removed the name {name.path}")
    _set_fields(volume, format_, tree, found, done)
    directories = [number for number in found.orphans if format_.find(number).is_directory]
    files = [number for number in found.orphans if number not in directories]
    for number in directories:
        _empty(volume, format_, number)
    for number in (*files, *reversed(directories)):
        _bury(format_, tree, number)
        done.append(f"freed inode {number}")
    done += format_.settle_aside()
    return done


def _remove_name(volume: Volume, format_: Format, name: Name) -> None:
    directory = open_directory(volume, format_, format_.find(name.directory))
    format_.leave(directory, name.block, name.entry.at, name.entry.number)
    if directory.names.get(name.entry.name) == (name.block, name.entry.at):
        del directory.names[name.entry.name]


def _set_fields(volume: Volume, format_: Format, tree: Tree, found: Survey, done: list[str]) -> None:
    """Set link counts, parents, and lengths of directories."""
    spurious = {(name.block, name.entry.at) for name in found.spurious}
    for number, names in found.names.items():
        node = format_.find(number)
        names = [name for name in names if (name.block, name.entry.at) not in spurious]
        links = count_links(found, node)
        if node.links != links and (names or number == format_.root):
            tree.set_links(node, links)
            done.append(f"inode {number} has {links} links")
        if node.is_directory and names and node.parent != names[0].directory:
            tree.set_parent(node, names[0].directory, required=True)
            done.append(f"directory {number} is in directory {names[0].directory}")
        if node.mark is not None and names:
            tree.unmark(node)
            done.append(f"directory {number} was not replaced")
        if node.is_directory:
            length = BLOCK * len(open_directory(volume, format_, node).blocks)
            if node.length != length:
                tree.set_length(node, length)
                done.append(f"directory {number} has {length} bytes")


def _empty(volume: Volume, format_: Format, number: int) -> None:
    """Remove all names in a directory that nobody can find."""
    directory = open_directory(volume, format_, format_.find(number))
    for name, (block, at) in tuple(directory.names.items()):
        format_.leave(directory, block, at, format_.read_entry(volume.buffers.table[block].view, at, name))
        del directory.names[name]


def _bury(format_: Format, tree: Tree, number: int) -> None:
    """Free an inode that nobody names; what is in a directory has become an orphan of its own."""
    try:
        node = format_.find(number)
    except OSError:
        return
    node.doomed = True
    tree.drop(number)
