"""`xok stat`: all that an image knows about a file, or about the file system.

In: files of an image. Out: kind, inode, permissions, owner, size, blocks and times, in UTC.
"""

from __future__ import annotations

import argparse
import json
from stat import S_IMODE

from runtime.command.arguments import add_format
from runtime.command.exit import DONE
from vm.commands.image import add_image_options, named, open_files
from vm.commands.operand import name_image, parse_operands
from vm.commands.show import describe_file, show_kind, show_mode, show_name, show_time
from vm.libfs.interface import SYMLINK, Space, Stat


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("places", nargs="+", metavar="IMAGE[:/path]", help="files of one image")
    parser.add_argument("-L", dest="follow", action="store_true", help="what symbolic links point to")
    parser.add_argument("-f", dest="space", action="store_true", help="the file system: how full it is")
    add_image_options(parser)
    add_format(parser)
    parser.epilog = """\
examples:
  xok stat disk.img:/etc/motd
  xok stat -f disk.img
"""


def run(options: argparse.Namespace) -> int:
    """Look, print."""
    operands = parse_operands(options.places, inside=True)
    described: list[dict[str, object]] = []
    texts = []
    with open_files(name_image(operands), options, changes=False) as files:
        for operand in operands:
            with named(operand):
                if options.space:
                    space = files.statfs()
                    described.append({"image": operand.image, "blocks": space.blocks, "free": space.free})
                    texts.append(_show_space(operand.image or "", space))
                    continue
                found = files.stat(operand.path, options.follow)
                target = files.readlink(operand.path) if found.kind == SYMLINK else None
                described.append(describe_file(found, operand.path, target))
                texts.append(_show(found, operand.path, target))
    print(json.dumps(described, indent=2) if options.format == "json" else "\n\n".join(texts))
    return DONE


def _show(found: Stat, path: str, target: str | None) -> str:
    name = show_name(path) + ("" if target is None else f" -> {show_name(target)}")
    return f"""\
{name}
  {show_kind(found)}, inode {found.inode}, {found.links} link{"s" * (found.links != 1)}
  {found.size:,} bytes in {found.blocks:,} blocks
  {show_mode(found)} ({S_IMODE(found.mode):04o}), user {found.uid}, group {found.gid}
  accessed {show_time(found.atime)}
  modified {show_time(found.mtime)}
  changed  {show_time(found.ctime)}"""


def _show_space(image: str, space: Space) -> str:
    used = space.blocks - space.free
    return f"{image}: {space.blocks:,} blocks of 4 KB, {used:,} in use, {space.free:,} free"
