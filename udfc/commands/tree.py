"""`udfc tree`: walk a disk image from its root template, and show what owns which blocks.

In: an image. Out: a line for each file, or, on request, for each piece of metadata; and counts. What is wrong
with the image is counted here; `udfc audit` says more.
"""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from runtime.command.exit import DONE
from udfc.commands.walking import add_walking, walk_options

if TYPE_CHECKING:
    from udfc.image.listing import FileLine, TreeLine
    from udfc.image.names import Names
    from udfc.image.walk import Walk

_RANGES = 16
"""Ranges of a line that are shown, unless all are asked for."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    add_walking(parser)
    parser.add_argument(
        "--blocks", action="store_true", help="show all metadata as a tree, not only a line for each file"
    )
    parser.add_argument(
        "--data", action="store_true", help="with --blocks: and a line for each piece of data"
    )
    parser.add_argument("--depth", type=_parse_depth, metavar="N", help="with --blocks: so deep")
    parser.add_argument("--all", action="store_true", help="show all ranges of a line, however many")
    parser.add_argument("--summary", action="store_true", help="show the counts only")
    parser.epilog = """\
examples:
  udfc tree disk.img
  udfc tree disk.img --blocks --depth 3
  udfc tree floppy.img --format json
"""


def run(options: argparse.Namespace) -> int:
    """Walk, show."""
    walk = walk_options(options)
    from udfc.image.names import find_names  # loads NumPy

    names = find_names(walk)
    if options.format == "json":
        print(json.dumps(_describe(walk, names, options), indent=2))
        return DONE
    most = None if options.all else _RANGES
    if options.blocks and not options.summary:
        _print_tree(walk, names, options, most)
    elif not options.summary:
        _print_files(walk, names, most)
    _print_summary(walk)
    return DONE


def _parse_depth(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise argparse.ArgumentTypeError("a depth is a number, 0 or more")
    return int(text)


def _print_files(walk: Walk, names: Names, most: int | None) -> None:
    from udfc.image.describe import describe_file, show_ranges
    from udfc.image.listing import list_files

    for line in list_files(walk):
        text = describe_file(walk, names, line.number)
        if line.data:
            text += f": {show_ranges(line.data, most)}"
        if line.metadata:
            text += f" (metadata {show_ranges(line.metadata, most)})"
        print(text)


def _print_tree(walk: Walk, names: Names, options: argparse.Namespace, most: int | None) -> None:
    from udfc.image.describe import show_ranges
    from udfc.image.listing import list_tree

    for line in list_tree(walk, options.depth, options.data):
        text = "data " + show_ranges(line.data, most) if line.is_data else _show_object(walk, names, line)
        if line.data and not line.is_data and not options.data:
            text += f": data {show_ranges(line.data, most)}"
        print("  " * min(line.depth, 40) + text)


def _show_object(walk: Walk, names: Names, line: TreeLine) -> str:
    from udfc.image.describe import describe_file, describe_place

    item = walk.object(line.number)
    place = describe_place(walk, item.place, item.length)
    if line.number in walk.files.identities:
        return f"{describe_file(walk, names, line.number)}, {place}"
    return f"{item.template}, {place}"


def _print_summary(walk: Walk) -> None:
    from udfc.image.finding import MEANINGS
    from udfc.image.summary import summarize_walk

    summary = summarize_walk(walk)
    print(f"{walk.image.name}: {walk.templates[0]}, {walk.blocks:,} blocks of {walk.unit:,} bytes")
    width = max(len(row.template) for row in summary.rows)
    print(f"{'template':<{max(width, 8)}}  {'objects':>12}  {'blocks':>14}")
    for row in summary.rows:
        print(f"{row.template:<{max(width, 8)}}  {row.objects:>12,}  {row.blocks:>14,}")
    print(f"depth {summary.depth}; {summary.owned:,} blocks are owned; {summary.free:,} are not", end="")
    print(f", in {summary.holes:,} holes")
    for kind, count in walk.counts.items():
        print(f"damage: {MEANINGS[kind]}: {count:,} (see `udfc audit`)")


def _describe(walk: Walk, names: Names, options: argparse.Namespace) -> dict[str, object]:
    from udfc.image.listing import list_files, list_tree
    from udfc.image.summary import summarize_walk

    summary = summarize_walk(walk)
    described: dict[str, object] = {
        "image": walk.image.name,
        "root": walk.templates[0],
        "unit": walk.unit,
        "blocks": walk.blocks,
        "owned": summary.owned,
        "holes": summary.holes,
        "depth": summary.depth,
        "templates": [
            {"template": row.template, "objects": row.objects, "blocks": row.blocks} for row in summary.rows
        ],
        "damage": dict(walk.counts),
    }
    if options.blocks and not options.summary:
        lines = list_tree(walk, options.depth, False)
        described["objects"] = [_describe_object(walk, names, line) for line in lines]
    elif not options.summary:
        described["files"] = [_describe_file(walk, names, line) for line in list_files(walk)]
    return described


def _describe_file(walk: Walk, names: Names, line: FileLine) -> dict[str, object]:
    return {
        "template": walk.templates[int(walk.objects.template[line.number])],
        "identity": line.identity,
        "path": names.path(line.identity),
        "data": line.data,
        "metadata": line.metadata,
    }


def _describe_object(walk: Walk, names: Names, line: TreeLine) -> dict[str, object]:
    item = walk.object(line.number)
    identity = walk.files.identities.get(line.number)
    return {
        "number": item.number,
        "parent": item.parent,
        "template": item.template,
        "byte": item.place,
        "length": item.length,
        "arguments": list(item.arguments),
        "identity": identity,
        "path": None if identity is None else names.path(identity),
        "data": line.data,
    }
