"""`xok mkfs`: make a disk image with an empty file system in it.

In: the name of a file that is not there yet. Out: a sparse file that holds an XN disk, the types of a file
system, compiled from the shipped templates and proved, and the file system. It gets its name when it is
complete: if the command is killed, what was there before still is.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runtime.command.arguments import add_cache
from runtime.command.edge import Impossible
from runtime.command.exit import DONE
from runtime.command.files import find_cache
from vm.boot import boot, format_disk
from vm.commands.drive import make_fast_machine
from vm.commands.filesystem import KINDS, make_files
from vm.commands.image import open_disk
from vm.commands.lock import lock_image
from vm.machine.store import SECTOR, ImageStore
from vm.xn.limits import BLOCK, MAX_BLOCKS
from vm.xn.types import TypeLibrary
from vm.xok.refusal import Code, Refusal
from vm.xok.syscalls import SystemCalls

_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_DEFAULT_SIZE = 64 << 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("image", metavar="IMAGE", help="the file that is made")
    parser.add_argument(
        "--size", type=_parse_size, metavar="SIZE", help="bytes, or a number with K, M, G or T (default 64M)"
    )
    parser.add_argument("--fs", choices=KINDS, default="cffs", help="which file system (default cffs)")
    parser.add_argument("--name", metavar="NAME", help="of the file system in the image (default: its kind)")
    parser.add_argument("--no-grouping", action="store_true", help="small files are not placed side by side")
    parser.add_argument(
        "--ordered-free-map",
        action="store_true",
        help="write the free map in order, so that recovery need not walk the disk",
    )
    parser.add_argument(
        "--drive", metavar="FILE", help="make it as large as this drive (parameters of DiskSim)"
    )
    parser.add_argument("--force", action="store_true", help="overwrite a file that is there")
    parser.add_argument("--add", action="store_true", help="add a file system to an image that is there")
    add_cache(parser)
    parser.epilog = """\
examples:
  xok mkfs disk.img
  xok mkfs disk.img --size 1G --fs ffs --force
  xok mkfs disk.img --add --name archive
"""


def run(options: argparse.Namespace) -> int:
    """Make it."""
    if options.add:
        return _add(options)
    size = _choose_size(options)
    if os.path.lexists(options.image) and not options.force:
        raise Impossible(f"{options.image} is there already", "`--force` overwrites it, `--add` adds to it")
    with _replacing(Path(options.image)) as path:
        store = ImageStore.create(path, size // SECTOR)
        try:
            _format(store, options)
        finally:
            store.close()
    return DONE


def _add(options: argparse.Namespace) -> int:
    """Make a file system beside those that are there."""
    with open_disk(options.image, options, changes=True) as disk:
        name = options.name or options.fs
        if name in {root.name for root in disk.system.xn_roots()}:
            raise Impossible(f"{options.image} has a file system `{name}` already", "say another --name")
        _make(disk.system, options)
    return DONE


def _format(store: ImageStore, options: argparse.Namespace) -> None:
    machine = make_fast_machine(store)
    try:
        format_disk(machine, options.ordered_free_map)
        session = boot(machine, TypeLibrary(find_cache(options)))
        _make(session.login(), options)
    except Refusal as refusal:
        if refusal.code not in (Code.BAD_DISK, Code.NONE_FREE):
            raise
        raise Impossible(f"the image is too small: {refusal.message}", "say a larger --size") from None


def _make(system: SystemCalls, options: argparse.Namespace) -> None:
    """Make the file system, whose root directory belongs to this user; all is on the disk then."""
    name = options.name or options.fs
    files = make_files(options.fs, system, name, not options.no_grouping)
    files.chown("/", os.geteuid(), os.getegid())
    files.sync()
    files.unmount()
    system.xn_shutdown()


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """Yield a path at which a file is to be made that replaces `path` when it is complete."""
    if path.exists():
        if not path.is_file():
            raise Impossible(f"{path} is no file", "name a file")
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    else:
        descriptor = -1
    made = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        if descriptor >= 0:
            lock_image(descriptor, str(path), shared=False)
        yield made
        made.replace(path)
    finally:
        made.unlink(missing_ok=True)
        if descriptor >= 0:
            os.close(descriptor)


def _choose_size(options: argparse.Namespace) -> int:
    """Return the size of the image in bytes: whole blocks, as many as are wanted or as the drive has."""
    wanted: int | None = options.size
    if options.drive is not None:
        from vm.machine.drive_file import read_drive

        capacity = read_drive(Path(options.drive)).geometry.blocks * SECTOR
        if wanted is not None and wanted > capacity:
            raise Impossible(
                f"{wanted:,} bytes do not fit on a drive of {capacity:,} bytes", "say a smaller --size"
            )
        wanted = capacity if wanted is None else wanted
    size = (_DEFAULT_SIZE if wanted is None else wanted) // BLOCK * BLOCK
    if not BLOCK <= size <= MAX_BLOCKS * BLOCK:
        raise Impossible(f"an image of {wanted:,} bytes", "say a --size of at least 1M and at most 16T")
    return size


def _parse_size(text: str) -> int:
    found = re.fullmatch(r"([0-9]{1,15})([KMGT]?)i?B?", text, re.ASCII | re.IGNORECASE)
    if found is None:
        raise argparse.ArgumentTypeError("a size is a number, perhaps with K, M, G or T")
    return int(found[1]) * _UNITS[found[2].upper()]
