"""`udfc who`: which chain of metadata owns a block of a disk image.

In: an image and a block number. Out: each object from the root to the block, and its partition that leads on.
"""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING

from runtime.command.exit import DONE
from udfc.commands.walking import add_walking, walk_options

if TYPE_CHECKING:
    from udfc.image.names import Names
    from udfc.image.walk import Walk
    from udfc.image.who import Answer, Chain, Link

_DIGITS = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    add_walking(parser)
    parser.add_argument("block", type=_parse_block, metavar="BLOCK", help="in units of the root")
    parser.epilog = """\
examples:
  udfc who disk.img 4711
  udfc who floppy.img 33 --format json
"""


def run(options: argparse.Namespace) -> int:
    """Walk, look for the block, say who owns it."""
    walk = walk_options(options)
    from runtime.command.edge import Impossible  # the walk has loaded what follows
    from udfc.image.names import find_names
    from udfc.image.who import find_who

    if options.block >= walk.blocks:
        message = f"block {options.block} is out of range"
        raise Impossible(message, f"the file system has blocks 0 to {walk.blocks - 1}")
    answer = find_who(walk, options.block)
    names = find_names(walk)
    if options.format == "json":
        print(json.dumps(_describe(walk, names, answer), indent=2))
    else:
        _print(walk, names, answer)
    return DONE


def _parse_block(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        raise argparse.ArgumentTypeError("the number of a block is 0 or more, in decimal")
    return int(text)


def _print(walk: Walk, names: Names, answer: Answer) -> None:
    print(f"block {answer.block}: {_summarize(answer)}")
    for chain in answer.chains:
        print()
        _print_chain(walk, names, chain)
    if len(answer.chains) < answer.owners:
        print(f"\n... and {answer.owners - len(answer.chains):,} more owners")


def _summarize(answer: Answer) -> str:
    """Return what is known in one line."""
    marks = {True: "marked used", False: "marked free", None: "no allocation map says anything about it"}
    if answer.owners > 1:
        owned = f"has {answer.owners:,} owners"
    elif answer.owners:
        owned = answer.chains[0].template
    elif answer.is_root:
        owned = "metadata of the fixed layout: the root itself"
    else:
        owned = "free" if not answer.marked else "nobody's"
    return f"{owned}; {marks[answer.marked]}"


def _print_chain(walk: Walk, names: Names, chain: Chain) -> None:
    from udfc.image.describe import describe_blocks, describe_object

    if chain.cut:
        print(f"... {chain.cut:,} objects between the root and")
    for depth, link in enumerate(chain.links):
        print("  " * depth + describe_object(walk, names, link.number) + _show_partition(link))
    text = f"{chain.template}, {describe_blocks(chain.first, chain.count)}"
    if chain.child is not None and chain.child in walk.files.identities:
        text = f"{describe_object(walk, names, chain.child)}, {describe_blocks(chain.first, chain.count)}"
    print("  " * len(chain.links) + text)


def _show_partition(link: Link) -> str:
    if link.partition is None:
        return ""
    return f": partition {link.partition}" + (f", {link.field}" if link.field else "")


def _describe(walk: Walk, names: Names, answer: Answer) -> dict[str, object]:
    return {
        "block": answer.block,
        "summary": _summarize(answer),
        "owners": answer.owners,
        "root": answer.is_root,
        "marked": answer.marked,
        "chains": [_describe_chain(walk, names, chain) for chain in answer.chains],
    }


def _describe_chain(walk: Walk, names: Names, chain: Chain) -> dict[str, object]:
    return {
        "left_out": chain.cut,
        "objects": [_describe_link(walk, names, link) for link in chain.links],
        "template": chain.template,
        "first": chain.first,
        "count": chain.count,
    }


def _describe_link(walk: Walk, names: Names, link: Link) -> dict[str, object]:
    item = walk.object(link.number)
    head = int(walk.files.heads[link.number])
    identity = walk.files.identities.get(head)
    return {
        "template": item.template,
        "byte": item.place,
        "length": item.length,
        "arguments": list(item.arguments),
        "partition": link.partition,
        "field": link.field or None,
        "identity": identity,
        "path": None if identity is None else names.path(identity),
    }
