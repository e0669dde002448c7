"""Where a file goes that is copied, moved or linked: to a name, or into a directory.

In: a file, a target as written. Out: the path that it gets.
"""

from __future__ import annotations

import posixpath

from runtime.command.edge import Impossible
from vm.commands.files import Files
from vm.commands.operand import Operand
from vm.libfs.interface import DIRECTORY


def find_target(files: Files, source: Operand, target: Operand, must_exist: bool) -> str:
    """Return the path of `source` in the target.

    Args:
        files: what `target` is in.
        source: what is copied, moved or linked.
        target: a directory, or a new name.
        must_exist: it must be a directory that there is, for there are more sources.

    Raises:
        Impossible: it must be a directory and is none.
    """
    if is_directory(files, target.path):
        return posixpath.join(target.path, source.name) if source.name else target.path
    if must_exist:
        raise Impossible(f"{target} is no directory", "make it first")
    return target.path


def is_same(files: Files, path: str, other: str) -> bool:
    """Say whether two paths lead to one file."""
    try:
        return files.stat(path, follow=True).inode == files.stat(other, follow=True).inode
    except OSError:
        return False


def is_directory(files: Files, path: str) -> bool:
    """Say whether there is a directory at `path`, perhaps behind a symbolic link."""
    try:
        return files.stat(path, follow=True).kind == DIRECTORY
    except OSError:
        return False
