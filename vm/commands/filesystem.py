"""The library file systems that there are; each is loaded when it is wanted.

In: system calls, the name of a root. Out: a file system, made or mounted. Which library a root needs, its
type says.
"""

from __future__ import annotations

import time
from importlib import import_module
from typing import Protocol

from runtime.command.edge import Impossible
from vm.libfs.interface import FileSystem, Options
from vm.machine.costs import CYCLES_PER_SECOND
from vm.xn.owned import Type
from vm.xok.syscalls import SystemCalls

KINDS = ("cffs", "ffs")
"""`vm.KIND.filesystem` has `make` and `mount`; its set of types has that name, too."""


class _Library(Protocol):
    """The module of a library file system."""

    def make(self, system: SystemCalls, name: str, *, options: Options) -> FileSystem:
        """Make an empty file system, and mount it."""

    def mount(self, system: SystemCalls, name: str, options: Options) -> FileSystem:
        """Mount the file system that there is."""


def make_options(system: SystemCalls, grouping: bool = True) -> Options:
    """Return options for people: times are the host's."""
    return Options(grouping=grouping, epoch=int(time.time()) - system.now // CYCLES_PER_SECOND)


def make_files(kind: str, system: SystemCalls, name: str, grouping: bool) -> FileSystem:
    """Make an empty file system of a kind."""
    return _load(kind).make(system, name, options=make_options(system, grouping))


def mount_files(image: str, system: SystemCalls, name: str | None) -> FileSystem:
    """Mount a file system.

    Args:
        image: in which it is, for messages.
        system: the system calls.
        name: of its root; None: there is only one.

    Raises:
        Impossible: it is not clear which one, or no library knows it.
        OSError: it is damaged.
    """
    roots = {each.name: each.type for each in system.xn_roots()}
    root = _choose_root(image, roots, name)
    library = _load(_find_kind(image, system, root, roots[root]))
    return library.mount(system, root, make_options(system))


def _load(kind: str) -> _Library:
    library: _Library = import_module(f"vm.{kind}.filesystem")
    return library


def _choose_root(image: str, roots: dict[str, Type], name: str | None) -> str:
    known = ", ".join(sorted(roots)) or "none"
    if name is None and len(roots) == 1:
        return next(iter(roots))
    if name is None and roots:
        raise Impossible(f"{image} has several file systems", f"say --name; there are {known}")
    if name is None or name not in roots:
        what = "no file system" if name is None else f"no file system `{name}`"
        raise Impossible(f"{image} has {what}", f"there are {known}")
    return name


def _find_kind(image: str, system: SystemCalls, name: str, wanted: Type) -> str:
    """Return which library has installed the type of a root."""
    for kind, types in system.xn_types().items():
        if kind in KINDS and wanted in types.values():
            return kind
    raise Impossible(f"{image}: no library knows the type of `{name}`", "`xok types` lists what there is")
