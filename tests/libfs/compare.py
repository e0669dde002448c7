"""A file system held against the model: the same call to both, the same answer from both."""

from __future__ import annotations

from typing import Any

from tests.libfs.model import Model
from vm.libfs.filesystem import LibraryFileSystem
from vm.libfs.interface import DIRECTORY, FILE, SYMLINK

KINDS = {DIRECTORY: "directory", FILE: "file", SYMLINK: "link"}


def ask(target: Any, call: str, *arguments: Any) -> Any:
    """Return what a call answers, or the errno with which it fails."""
    try:
        return getattr(target, call)(*arguments)
    except OSError as error:
        return f"errno {error.errno}"


def agree(fs: LibraryFileSystem, model: Model, call: str, *arguments: Any) -> Any:
    """Make the same call to both; both must answer alike."""
    wanted, found = ask(model, call, *arguments), ask(fs, call, *arguments)
    if call == "listdir" and isinstance(found, list):
        found = sorted(name for name, _ in found)
    if call == "stat" and not isinstance(found, str):
        size = 0 if found.kind == DIRECTORY else found.size
        found = (KINDS[found.kind], found.mode & 0o7777, found.links, size)
    assert found == wanted, f"{call}{arguments}: {found!r} instead of {wanted!r}"
    return found


def read_tree(fs: LibraryFileSystem, path: str = "") -> dict[str, object]:
    """Return all paths of a file system, and what they hold."""
    found: dict[str, object] = {}
    for name, _ in fs.listdir(path or "/"):
        here = f"{path}/{name}"
        stat = fs.stat(here)
        if stat.kind == DIRECTORY:
            found[here] = None
            found.update(read_tree(fs, here))
        elif stat.kind == SYMLINK:
            found[here] = fs.readlink(here)
        else:
            found[here] = fs.read(here, 0, stat.size)
    return found


def agree_about_everything(fs: LibraryFileSystem, model: Model) -> None:
    """Compare both as a whole, and let the file system check itself."""
    assert read_tree(fs) == model.tree()
    assert fs.check() == []
