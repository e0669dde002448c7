"""`xok mount`: let ordinary programs use an image, through FUSE.

In: an image and an empty directory. Out: the directory has the image's files until it is unmounted (`umount
DIR`, `fusermount -u DIR`) or the process gets SIGTERM or Ctrl-C; then all is on the disk. The command returns
as soon as the directory can be used, unless it is to stay in the foreground.
"""

from __future__ import annotations

import argparse
import errno
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from threading import Lock

from runtime.command.edge import Impossible, run_to_status
from runtime.command.exit import DONE
from vm.commands.image import add_image_options, open_volume


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("image", metavar="IMAGE", help="a disk image")
    parser.add_argument("directory", metavar="DIR", help="where its files shall be seen")
    parser.add_argument("-f", "--foreground", action="store_true", help="stay until it is unmounted")
    parser.add_argument("--read-only", action="store_true", help="the image is not written")
    parser.add_argument(
        "--sync-every",
        type=_parse_seconds,
        default=5.0,
        metavar="SECONDS",
        help="write what is in memory to the disk so often (default 5)",
    )
    add_image_options(parser)
    parser.epilog = """\
`umount DIR` ends it; everything is on the disk when the process is gone. Should the process be killed, what
was synced is on the disk, and the next command recovers the image.

examples:
  xok mount disk.img /mnt
  make -C /mnt/project
  umount /mnt
"""


def run(options: argparse.Namespace) -> int:
    """Look whether this can work, and mount."""
    check_host()
    _check_directory(options.directory)
    if options.foreground:
        return _serve(
            options, lambda: print(f"{options.image} is mounted on {options.directory}", file=sys.stderr)
        )
    from vm.mount.background import run_in_background

    def work(begun: Callable[[], None]) -> int:
        return run_to_status("xok", partial(_serve, options, begun), unreadable="IMG")

    return run_in_background(work)


def check_host() -> None:
    """Say why this host cannot mount.

    Raises:
        Impossible: it has no FUSE.
    """
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        raise Impossible("this host has no /dev/fuse that this user may use", "load the kernel module `fuse`")
    try:
        import_module("vm.mount.door")  # loads libfuse
    except OSError:
        raise Impossible("libfuse is not installed", "install the package `fuse3`") from None


def _check_directory(name: str) -> None:
    try:
        is_used = any(Path(name).iterdir())
    except OSError as error:
        if error.errno not in (errno.ENOTCONN, errno.ECONNREFUSED):
            raise
        raise Impossible(
            f"{name}: the process that had mounted here was killed", f"`umount {name}` clears it away"
        ) from None
    if is_used:
        raise Impossible(f"{name}: the directory is not empty", "mount on an empty one")


def _serve(options: argparse.Namespace, begun: Callable[[], None]) -> int:
    """Serve until the end; then the image is put away."""
    from vm.mount.door import find_caller, serve
    from vm.mount.operations import Operations
    from vm.mount.times import make_clock_follower
    from vm.mount.writeback import Writeback

    lock = Lock()
    with open_volume(options.image, options, changes=not options.read_only) as (disk, files):
        operations = Operations(files, find_caller, make_clock_follower(disk.system))
        with Writeback(operations, lock, options.sync_every):
            serve(
                operations,
                options.directory,
                _name(options),
                lock,
                begun,
                os.geteuid() == 0,
                options.read_only,
            )
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)  # what is in memory still goes to the disk
        operations.close_all()
    return DONE


def _name(options: argparse.Namespace) -> str:
    image = os.path.basename(options.image)
    return f"{image}:{options.name}" if options.name else str(image)


def _parse_seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.01 <= seconds <= 86_400:
        raise argparse.ArgumentTypeError("seconds are a number from 0.01 to 86400")
    return seconds
