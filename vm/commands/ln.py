"""`xok ln`: make hard and symbolic links in an image."""

from __future__ import annotations

import argparse

from runtime.command.exit import DONE
from vm.commands.image import add_image_options, named, open_files
from vm.commands.operand import name_image, parse_operands
from vm.commands.target import find_target


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument(
        "source",
        metavar="IMAGE:/path",
        help="the file that there is; with -s any text, which is not looked at",
    )
    parser.add_argument("target", metavar="IMAGE:/new", help="the new name, or a directory to make it in")
    parser.add_argument("-s", dest="symbolic", action="store_true", help="a symbolic link")
    add_image_options(parser)
    parser.epilog = """\
examples:
  xok ln disk.img:/a :/b
  xok ln -s ../lib/a disk.img:/bin/a
"""


def run(options: argparse.Namespace) -> int:
    """Link."""
    if options.symbolic:
        (target,) = parse_operands([options.target], inside=True)
        with open_files(name_image([target]), options, changes=True) as files, named(target):
            files.symlink(options.source, target.path)
        return DONE
    source, target = parse_operands([options.source, options.target], inside=True)
    with open_files(name_image([source, target]), options, changes=True) as files:
        to = find_target(files, source, target, target.is_directory)
        with named(target):
            files.link(source.path, to)
    return DONE
