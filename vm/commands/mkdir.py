"""`xok mkdir`: make directories in an image."""

from __future__ import annotations

import argparse
import os
import posixpath

from runtime.command.exit import DONE
from vm.commands.image import add_image_options, named, open_files
from vm.commands.operand import name_image, parse_operands
from vm.libfs.interface import DIRECTORY, FileSystem


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("places", nargs="+", metavar="IMAGE:/path", help="directories of one image")
    parser.add_argument(
        "-p", dest="parents", action="store_true", help="and those above; what is there is no error"
    )
    add_image_options(parser)
    parser.epilog = """\
examples:
  xok mkdir disk.img:/a :/b
  xok mkdir -p disk.img:/usr/local/bin
"""


def run(options: argparse.Namespace) -> int:
    """Make them."""
    operands = parse_operands(options.places, inside=True)
    with open_files(name_image(operands), options, changes=True) as files:
        for operand in operands:
            with named(operand):
                if options.parents:
                    _make_parents(files, operand.path)
                else:
                    _make(files, operand.path)
    return DONE


def _make_parents(files: FileSystem, path: str) -> None:
    if files.exists(path) and files.stat(path, follow=True).kind == DIRECTORY:
        return
    _make_parents(files, posixpath.dirname(path))
    _make(files, path)


def _make(files: FileSystem, path: str) -> None:
    """Make a directory that belongs to this user."""
    files.mkdir(path)
    files.chown(path, os.geteuid(), os.getegid())
