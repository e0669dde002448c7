"""Disk images that are opened, and put away as they should be.

In: the name of an image. Out: a running session on it, or the files of a file system in it. An image that is
only read is not written: what recovery or a library would write stays in memory. One that is changed is
synced and shut down at the end; if the command is killed before, the next one recovers it.
"""

from __future__ import annotations

import argparse
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from runtime.command.arguments import add_cache
from runtime.command.edge import Impossible
from runtime.command.files import find_cache
from vm.boot import Session, boot
from vm.commands.drive import make_fast_machine
from vm.commands.filesystem import mount_files
from vm.commands.lock import lock_image
from vm.commands.operand import Operand
from vm.libfs.interface import FileSystem
from vm.machine.store import SECTOR, ImageStore, OverlayStore, Store
from vm.xn.types import TypeLibrary
from vm.xok.refusal import Code, Refusal
from vm.xok.syscalls import SystemCalls


@dataclass(frozen=True, slots=True)
class Disk:
    """A session on an image.

    Args:
        name: of the image.
        session: the machine that runs.
        system: the system calls, as root.
    """

    name: str
    session: Session
    system: SystemCalls


class _ReadOnly:
    """The sectors of a file that was opened for reading."""

    __slots__ = ("_descriptor", "sectors")

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.sectors = os.lseek(descriptor, 0, os.SEEK_END) // SECTOR

    def read(self, sector: int, count: int) -> bytes:
        """Return the bytes of `count` sectors."""
        data = os.pread(self._descriptor, count * SECTOR, sector * SECTOR)
        if len(data) != count * SECTOR:
            raise OSError("the disk image was cut off under us")
        return data

    def write(self, sector: int, data: bytes) -> None:
        """Do not."""
        raise AssertionError("an overlay writes nothing to its base")


def add_image_options(parser: argparse.ArgumentParser) -> None:
    """Add what all commands know that open an image."""
    parser.add_argument(
        "--name", metavar="NAME", help="which file system of the image, if there are several: see `xok roots`"
    )
    add_cache(parser)


@contextmanager
def open_disk(
    name: str, options: argparse.Namespace, changes: bool, always_recover: bool = False
) -> Iterator[Disk]:
    """Open an image; whoever changes it shuts it down.

    Args:
        name: of a file.
        options: the cache of proofs.
        changes: it is to be changed.
        always_recover: walk the roots, although the image was shut down.

    Raises:
        Impossible: it is no XN disk, or in use.
        OSError: it cannot be opened.
    """
    descriptor = _open_file(name, changes)
    try:
        lock_image(descriptor, name, shared=not changes)
        store: Store = ImageStore(Path(name)) if changes else OverlayStore(_ReadOnly(descriptor), {})
        session = _boot(name, store, options, always_recover)
        disk = Disk(name, session, session.login())
        yield disk
        if changes:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _open_file(name: str, changes: bool) -> int:
    """Open an image; anything but an ordinary file or a disk might make us wait for ever."""
    mode = os.stat(name).st_mode
    if stat.S_ISDIR(mode):
        raise Impossible(f"{name}: a directory, no image", "for files of the host there are other commands")
    if not (stat.S_ISREG(mode) or stat.S_ISBLK(mode)):
        raise Impossible(f"{name}: neither a file nor a disk", "name a disk image")
    return os.open(name, (os.O_RDWR if changes else os.O_RDONLY) | os.O_CLOEXEC)


def _boot(name: str, store: Store, options: argparse.Namespace, always_recover: bool) -> Session:
    machine = make_fast_machine(store)
    try:
        session = boot(machine, TypeLibrary(find_cache(options)), "always" if always_recover else "auto")
    except Refusal as refusal:
        if refusal.code is not Code.BAD_DISK:
            raise
        raise Impossible(
            f"{name}: no XN disk, or damaged: {refusal.message}", "`xok mkfs` makes one"
        ) from None
    found = session.recovery
    if found.walked and not always_recover:
        what = f"{found.metadata:,} blocks of metadata lead to {found.reached:,} blocks"
        print(f"xok: {name}: was not shut down; recovered: {what}", file=sys.stderr)
    if found.findings and not always_recover:
        count = len(found.findings)
        print(f"xok: {name}: {count} finding{'s' * (count > 1)}; `xok fsck` shows them", file=sys.stderr)
    return session


@contextmanager
def open_files(name: str, options: argparse.Namespace, changes: bool) -> Iterator[FileSystem]:
    """Open an image and mount a file system in it, as `open_volume` does."""
    with open_volume(name, options, changes) as (_, files):
        yield files


@contextmanager
def open_volume(name: str, options: argparse.Namespace, changes: bool) -> Iterator[tuple[Disk, FileSystem]]:
    """Open an image and mount a file system in it; at the end put it away.

    After an error that says what cannot be done, all that was done before is kept. After anything else, such
    as an interruption or a mistake of ours, nothing more is written.

    Raises:
        Impossible: as `open_disk`, and as `mount_files`.
        OSError: the image cannot be opened, or the file system is damaged.
    """
    with open_disk(name, options, changes) as disk:
        files = mount_files(name, disk.system, options.name)
        failure: Exception | None = None
        try:
            yield disk, files
        except (OSError, Impossible) as error:
            failure = error
        if changes:
            files.sync()
            files.unmount()
            disk.system.xn_shutdown()
        if failure is not None:
            raise failure


@contextmanager
def named(operand: Operand) -> Iterator[None]:
    """Give errors of a file system the name of the file that they are about, as the user would say it."""
    try:
        yield
    except OSError as error:
        error.filename = str(operand)
        raise
