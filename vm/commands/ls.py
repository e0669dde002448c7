"""`xok ls`: list directories of an image.

In: places. Out: names in order, as `ls` and `ls -l` show them; numbers of users and groups; times in UTC.
Names are shown without control characters. What cannot be looked at is said on standard error, and left out.
"""

from __future__ import annotations

import argparse
import json
import posixpath
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field

from runtime.command.arguments import add_format
from runtime.command.exit import DONE, IMPOSSIBLE
from vm.commands.files import Files
from vm.commands.image import add_image_options, named, open_files
from vm.commands.operand import Operand, name_image, parse_operands
from vm.commands.show import describe_file, show_line, show_name
from vm.commands.walk import walk_tree
from vm.libfs.interface import DIRECTORY, SYMLINK, Stat


@dataclass(frozen=True, slots=True)
class _Entry:
    """A line: what it is called there, its path, its attributes."""

    name: str
    path: str
    found: Stat


@dataclass(slots=True)
class _Listing:
    """State of one call: the files, what is wanted, and whether anything could not be looked at."""

    files: Files
    options: argparse.Namespace
    status: int = field(default=DONE)

    def groups(self, operand: Operand) -> Iterator[tuple[str | None, list[_Entry]]]:
        """Yield what is listed together: the name of a directory and its entries, or None and a file."""
        path = operand.path
        itself = self.options.itself
        found = self.files.stat(path, follow=not itself)
        if itself or found.kind != DIRECTORY:
            yield None, [_Entry(path, path, found)]
        elif self.options.recursive:
            for here, each in walk_tree(self.files, path, True, self._report):
                if each.kind == DIRECTORY:
                    yield here, list(self._entries(here))
        else:
            yield path, list(self._entries(path))

    def _entries(self, directory: str) -> Iterator[_Entry]:
        for name, _ in sorted(self.files.listdir(directory)):
            path = posixpath.join(directory, name)
            try:
                yield _Entry(name, path, self.files.stat(path))
            except OSError as error:
                self._report(path, error)

    def target(self, entry: _Entry) -> str | None:
        """Return what a symbolic link says."""
        return self.files.readlink(entry.path) if entry.found.kind == SYMLINK else None

    def _report(self, path: str, error: OSError) -> None:
        print(f"xok: {show_name(path)}: {error.strerror or error}", file=sys.stderr)
        self.status = IMPOSSIBLE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument(
        "places", nargs="+", metavar="IMAGE[:/path]", help="files and directories of one image"
    )
    parser.add_argument(
        "-l", dest="long", action="store_true", help="permissions, links, owner, size and time, too"
    )
    parser.add_argument("-R", dest="recursive", action="store_true", help="and all directories below")
    parser.add_argument("-a", dest="every", action="store_true", help="for habit: all names are shown always")
    parser.add_argument("-d", dest="itself", action="store_true", help="directories themselves")
    add_image_options(parser)
    add_format(parser)
    parser.epilog = """\
examples:
  xok ls disk.img
  xok ls -lR disk.img:/usr
  xok ls disk.img:/etc --format json
"""


def run(options: argparse.Namespace) -> int:
    """Look, print."""
    operands = parse_operands(options.places, inside=True)
    with open_files(name_image(operands), options, changes=False) as files:
        listing = _Listing(files, options)
        if options.format == "json":
            print(json.dumps(list(_describe(listing, operands)), indent=2))
        else:
            _print(listing, operands, len(operands) > 1 or options.recursive)
    return listing.status


def _print(listing: _Listing, operands: list[Operand], with_headings: bool) -> None:
    first = True
    for operand in operands:
        with named(operand):
            for heading, entries in listing.groups(operand):
                if with_headings and heading is not None:
                    print("" if first else "\n", show_name(heading), ":", sep="")
                first = False
                for entry in entries:
                    print(_show(listing, entry))


def _show(listing: _Listing, entry: _Entry) -> str:
    if listing.options.long:
        return show_line(entry.found, entry.name, listing.target(entry))
    return show_name(entry.name)


def _describe(listing: _Listing, operands: list[Operand]) -> Iterator[dict[str, object]]:
    for operand in operands:
        with named(operand):
            for _, entries in listing.groups(operand):
                for entry in entries:
                    yield describe_file(entry.found, entry.path, listing.target(entry))
