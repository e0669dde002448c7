"""`xok cp`: copy files and directories into an image, out of it, inside it, or from one image to another.

In: sources and a target, at least one of them inside an image. Out: copies with permissions, owners, times
and links. Of an image that is written, all is on the disk when the command returns.
"""

from __future__ import annotations

import argparse
import errno
import os
import posixpath
import sys
from contextlib import ExitStack

from runtime.command.edge import Impossible
from runtime.command.exit import DONE, IMPOSSIBLE
from runtime.command.progress import Progress
from vm.commands.copying import Copying, Side
from vm.commands.files import Files, Host
from vm.commands.image import add_image_options, named, open_files
from vm.commands.operand import Operand, parse_operands
from vm.commands.show import show_name
from vm.commands.target import find_target, is_same
from vm.libfs.interface import DIRECTORY


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument(
        "sources", nargs="+", metavar="SOURCE", help="files of the host, or of images: IMAGE:/path"
    )
    parser.add_argument("target", metavar="TARGET", help="a new name, or a directory; likewise")
    parser.add_argument("-r", "-R", "-a", dest="recursive", action="store_true", help="directories, too")
    parser.add_argument("-v", dest="verbose", action="store_true", help="say what was copied")
    add_image_options(parser)
    parser.epilog = """\
examples:
  xok cp -r project notes.txt disk.img:/
  xok cp disk.img:/notes.txt .
  xok cp -r disk.img:/project :/backup
  xok cp -r disk.img:/ other.img:/everything
"""


def run(options: argparse.Namespace) -> int:
    """Open the images, copy."""
    *sources, target = parse_operands([*options.sources, options.target], inside=False)
    if not any(operand.image for operand in (*sources, target)):
        raise Impossible("none of these is inside an image", "write IMAGE:/path for a file in an image")
    with ExitStack() as stack, Progress() as progress:
        opened = _open_images([*sources, target], options, stack)
        copied = 0
        problems = 0

        def tell(path: str) -> None:
            nonlocal copied
            copied += 1
            progress.show(copied, "files", show_name(path)[-40:])
            if options.verbose:
                print(show_name(path))

        for source in sources:
            copying = Copying(_side(source, opened), _side(target, opened), tell, _own_inodes(opened))
            with named(source):
                _copy(copying, source, target, len(sources) > 1, options.recursive)
            progress.clear()
            for problem in copying.problems:
                print(f"xok: {problem}", file=sys.stderr)
            problems += len(copying.problems)
    return IMPOSSIBLE if problems else DONE


def _open_images(
    operands: list[Operand], options: argparse.Namespace, stack: ExitStack
) -> dict[str | None, Files]:
    """Return the files of the host and of each image; what has two names is opened once."""
    opened: dict[str | None, Files] = {None: Host()}
    real: dict[str, Files] = {}
    for operand in reversed(operands):  # the target first: it is the one that is written
        name = operand.image
        if name is None or name in opened:
            continue
        path = os.path.realpath(name)
        if path not in real:
            real[path] = stack.enter_context(open_files(name, options, changes=operand is operands[-1]))
        opened[name] = real[path]
    return opened


def _own_inodes(opened: dict[str | None, Files]) -> frozenset[int]:
    """Return the inodes of the images on the host: they are not copied into themselves."""
    return frozenset(Host().stat(name, follow=True).inode for name in opened if name is not None)


def _side(operand: Operand, opened: dict[str | None, Files]) -> Side:
    image = operand.image
    return Side(opened[image], lambda path: show_name(path if image is None else f"{image}:{path}"))


def _copy(copying: Copying, source: Operand, target: Operand, several: bool, recursive: bool) -> None:
    """Copy one source to where it belongs."""
    origin, files = copying.source.files, copying.target.files
    found = origin.stat(source.path, follow=not recursive)
    is_tree = found.kind == DIRECTORY
    if is_tree and not recursive:
        raise OSError(errno.EISDIR, "is a directory; `-r` copies directories")
    to = find_target(files, source, target, several or (target.is_directory and not is_tree))
    if origin is files and is_tree and f"{to}/".startswith(posixpath.join(source.path, "")):
        raise Impossible(f"{source} cannot be copied into itself", "name another target")
    if origin is files and is_same(files, source.path, to):
        raise Impossible(f"{source} is that file already", "name another target")
    copying.copy(source.path, to, not recursive)
