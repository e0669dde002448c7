"""The command `xok`: arguments in, exit status out. What the subcommands take and do is in `vm.commands`.

Start-up matters: of the subcommands, only the one that is asked for is imported.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from functools import partial
from importlib import import_module
from io import TextIOWrapper

from runtime.command.edge import Impossible, open_closed_streams, run_to_status
from runtime.version import __version__
from vm.xok.refusal import Refusal

COMMANDS = {
    "mkfs": "make a disk image with a file system in it",
    "ls": "list directories of an image",
    "cp": "copy files and directories into an image, out of it, or inside it",
    "cat": "write files of an image to standard output",
    "rm": "remove files and directories",
    "mkdir": "make directories",
    "mv": "rename or move files and directories",
    "ln": "make hard and symbolic links",
    "stat": "say all that an image knows about a file",
    "fsck": "recover an image, and check what is in it",
    "blocks": "draw a map of the disk: who owns which block, and as what",
    "roots": "list the file systems of an image",
    "types": "list the types of metadata that an image's file systems have installed",
    "mount": "let ordinary programs use an image, through FUSE",
    "crash": "crash file systems at every write, and see that nothing is lost",
    "bench": "measure file systems and packet handlers in virtual time",
    "net": "run a scenario of the network: captures, filters, handlers, rings",
    "calls": "list the system calls of the kernel, and what they cost",
    "explain": "say what a diagnostic or a refusal means",
}
"""The subcommands. Module `vm.commands.NAME` has `add_arguments(parser)`, and `run(options)`, which returns
the exit status."""

_EPILOG = """\
exit status: 0 done; 1 findings; 2 the job cannot be done (usage, unreadable or damaged image); 70 internal
error; 130 interrupted

IMAGE:/path is a file inside an image, IMAGE its root directory; :/path is in the image that was named before.
An image is an ordinary file. It survives anything that happens to the command: the next one recovers it.

examples:
  xok mkfs disk.img --size 64M
  xok cp -r project disk.img:/
  xok ls -l disk.img:/project
  xok blocks disk.img --svg map.svg
  xok mount disk.img /mnt
  xok fsck disk.img
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    open_closed_streams()
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = _make_parser(given).parse_args(given)
    return run_to_status("xok", partial(_run, options), unreadable="")


def _run(options: argparse.Namespace) -> int:
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names on disks are in any language
    try:
        status = import_module(f"vm.commands.{options.command}").run(options)
    except Refusal as refusal:
        raise Impossible(f"the kernel refuses: {refusal.message}", refusal.code.value) from refusal
    assert isinstance(status, int), "a command returns its exit status"
    return status


def _make_parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """Return the parser of `arguments`: only the subcommand in them is complete."""
    parser = argparse.ArgumentParser(
        prog="xok",
        description="Use, check and crash the disks of an emulated exokernel.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"xok {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, meaning in COMMANDS.items():
        command = commands.add_parser(
            name, help=meaning, description=meaning, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        if arguments[:1] == [name]:
            import_module(f"vm.commands.{name}").add_arguments(command)
    return parser
