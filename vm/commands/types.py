"""`xok types`: the type catalogue, sets of templates that libraries have installed, and the kernel proved."""

from __future__ import annotations

import argparse
import json

from runtime.command.arguments import add_format
from runtime.command.exit import DONE
from vm.commands.image import add_image_options, open_disk
from vm.commands.show import show_name
from vm.xn.types import LoadedType


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("image", metavar="IMAGE", help="a disk image")
    add_image_options(parser)
    add_format(parser)
    parser.epilog = """\
A method that is *tested* runs with the owns function before and after it; of a *proved* one the kernel knows
what it does.

examples:
  xok types disk.img
"""


def run(options: argparse.Namespace) -> int:
    """Look, print."""
    with open_disk(options.image, options, changes=False) as disk:
        sets = disk.session.storage.sets
    described = [
        {
            "name": name,
            "number": number,
            "digest": proved.digest.hex(),
            "types": [_describe(name_of_type, each) for name_of_type, each in loaded.items()],
        }
        for name, (number, proved, loaded) in sorted(sets.items())
    ]
    if options.format == "json":
        print(json.dumps(described, indent=2))
        return DONE
    for name, (number, _, loaded) in sorted(sets.items()):
        print(f"{show_name(name)}: set {number}, {len(loaded)} types")
        for name_of_type, each in loaded.items():
            print(f"  {each.type:>5}  {name_of_type:<28} {_show_methods(each)}")
    return DONE


def _show_methods(each: LoadedType) -> str:
    proved = len(each.proved)
    tested = sorted(set(each.methods) - each.proved)
    text = f"{proved} proved method{'s' * (proved != 1)}"
    return text + (f"; tested: {', '.join(tested)}" if tested else "")


def _describe(name: str, each: LoadedType) -> dict[str, object]:
    return {
        "number": each.type,
        "name": name,
        "bytes": each.template.maximum,
        "methods": {method: method in each.proved for method in each.methods},
    }
