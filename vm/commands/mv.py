"""`xok mv`: rename or move files and directories inside an image."""

from __future__ import annotations

import argparse

from runtime.command.edge import Impossible
from runtime.command.exit import DONE
from vm.commands.image import add_image_options, named, open_files
from vm.commands.operand import name_image, parse_operands
from vm.commands.target import find_target
from vm.libfs.interface import DIRECTORY


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("sources", nargs="+", metavar="IMAGE:/path", help="files of one image")
    parser.add_argument("target", metavar="IMAGE:/to", help="the new name, or a directory to move them into")
    add_image_options(parser)
    parser.epilog = """\
examples:
  xok mv disk.img:/draft :/final
  xok mv disk.img:/a :/b :/directory
"""


def run(options: argparse.Namespace) -> int:
    """Rename."""
    *sources, target = parse_operands([*options.sources, options.target], inside=True)
    with open_files(name_image([*sources, target]), options, changes=True) as files:
        for source in sources:
            with named(source):
                is_new_name = files.stat(source.path).kind == DIRECTORY or not target.is_directory
                to = find_target(files, source, target, len(sources) > 1 or not is_new_name)
                if not source.name:
                    raise Impossible(f"{source}: the root directory stays where it is", "name a file in it")
                files.rename(source.path, to)
    return DONE
