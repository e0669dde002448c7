"""All files below a place, without recursion: a damaged image may have directories inside themselves.

In: files and a path. Out: paths and attributes, a directory before what is in it, names in order.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from typing import NoReturn

from vm.commands.files import Files
from vm.libfs.interface import DIRECTORY, Stat


def walk_tree(
    files: Files, path: str, follow: bool, report: Callable[[str, OSError], None]
) -> Iterator[tuple[str, Stat]]:
    """Yield `path`, and if it is a directory all that is in it.

    Args:
        files: where it is.
        path: where to begin.
        follow: if `path` is a symbolic link, what it points to is meant.
        report: called for what cannot be looked at, which is left out; it may raise.
    """
    seen: set[int] = set()
    waiting = [(path, follow)]
    while waiting:
        here, follow_here = waiting.pop()
        try:
            found = files.stat(here, follow_here)
            names = files.listdir(here) if found.kind == DIRECTORY else []
            if found.kind == DIRECTORY and found.inode in seen:
                raise OSError("this directory has two names: the image is damaged")
        except OSError as error:
            report(here, error)
            continue
        if found.kind == DIRECTORY:
            seen.add(found.inode)
        yield here, found
        waiting += [(posixpath.join(here, name), False) for name, _ in sorted(names, reverse=True)]


def raise_error(path: str, error: OSError) -> NoReturn:
    """Report to nobody: what cannot be looked at ends the walk."""
    raise error
