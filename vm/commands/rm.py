"""`xok rm`: remove files and directories."""

from __future__ import annotations

import argparse
import errno

from runtime.command.exit import DONE
from vm.commands.image import add_image_options, named, open_files
from vm.commands.operand import Operand, name_image, parse_operands
from vm.commands.walk import raise_error, walk_tree
from vm.libfs.interface import DIRECTORY, FileSystem


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("places", nargs="+", metavar="IMAGE:/path", help="files of one image")
    parser.add_argument(
        "-r", "-R", dest="recursive", action="store_true", help="directories, too, with all that is in them"
    )
    parser.add_argument("-f", dest="force", action="store_true", help="what is not there is no error")
    add_image_options(parser)
    parser.epilog = """\
examples:
  xok rm disk.img:/a :/b
  xok rm -r disk.img:/project
"""


def run(options: argparse.Namespace) -> int:
    """Remove."""
    operands = parse_operands(options.places, inside=True)
    with open_files(name_image(operands), options, changes=True) as files:
        for operand in operands:
            with named(operand):
                if not (options.force and not files.exists(operand.path)):
                    _remove(files, operand, options.recursive)
    return DONE


def _remove(files: FileSystem, operand: Operand, recursive: bool) -> None:
    """Remove a file, or a directory from below."""
    found = files.stat(operand.path)
    if found.kind != DIRECTORY:
        files.unlink(operand.path)
        return
    if not recursive:
        raise OSError(errno.EISDIR, "is a directory; `-r` removes directories")
    paths = list(walk_tree(files, operand.path, False, raise_error))
    for path, each in reversed(paths):
        if each.kind != DIRECTORY:
            files.unlink(path)
        elif path != "/":
            files.rmdir(path)
