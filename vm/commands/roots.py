"""`xok roots`: the root catalogue, each root a file system."""

from __future__ import annotations

import argparse
import json

from runtime.command.arguments import add_format
from runtime.command.exit import DONE
from vm.commands.image import add_image_options, open_disk
from vm.commands.show import show_name


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("image", metavar="IMAGE", help="a disk image")
    add_image_options(parser)
    add_format(parser)
    parser.epilog = """\
examples:
  xok roots disk.img
"""


def run(options: argparse.Namespace) -> int:
    """Look, print."""
    with open_disk(options.image, options, changes=False) as disk:
        types = disk.session.storage.types
        roots = sorted(disk.session.storage.roots.values(), key=lambda root: root.name)
    described = [
        {
            "name": root.name,
            "block": root.block,
            "type": types[root.type].name if root.type in types else None,
            "arguments": list(root.arguments),
            "guard": root.guard.hex(),
        }
        for root in roots
    ]
    if options.format == "json":
        print(json.dumps(described, indent=2))
        return DONE
    for root in roots:
        kind = types[root.type].name if root.type in types else "unknown type"
        arguments = f"({', '.join(map(str, root.arguments))})" if root.arguments else ""
        print(f"{show_name(root.name)}: {kind}{arguments}, block {root.block}")
    return DONE
