"""`xok cat`: write files of an image to standard output."""

from __future__ import annotations

import argparse
import sys

from runtime.command.exit import DONE
from vm.commands.image import add_image_options, named, open_files
from vm.commands.operand import name_image, parse_operands

_CHUNK = 1 << 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("files", nargs="+", metavar="IMAGE:/path", help="files of one image")
    add_image_options(parser)
    parser.epilog = """\
examples:
  xok cat disk.img:/etc/motd
  xok cat disk.img:/a :/b
"""


def run(options: argparse.Namespace) -> int:
    """Read, write."""
    operands = parse_operands(options.files, inside=True)
    with open_files(name_image(operands), options, changes=False) as files:
        for operand in operands:
            offset = 0
            with named(operand):
                while data := files.read(operand.path, offset, _CHUNK):
                    offset += len(data)
                    sys.stdout.buffer.write(data)
    return DONE
