"""`udfc run`: ask one object of a disk image what it owns, or replay a counterexample.

In: a template, an image and a place in it; or a counterexample that `udfc check` has saved. Out: the tuples
that the object emits, as text or JSON; or what happens. The template is proved first. Images are only read.
"""

from __future__ import annotations

import argparse
import sys

from runtime.command.arguments import add_cache, add_format, parse_number
from runtime.command.exit import DONE, IMPOSSIBLE
from runtime.command.files import find_cache


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument(
        "template",
        metavar="TEMPLATE",
        help="FILE:NAME, or the name of a shipped template; FILE alone: its root",
    )
    parser.add_argument("--image", metavar="IMG", help="a disk image, plain, gzip, xz or zstd")
    places = parser.add_mutually_exclusive_group()
    places.add_argument(
        "--at", type=parse_number, metavar="BLOCK", help="the object's first block, in the template's units"
    )
    places.add_argument(
        "--at-byte",
        type=parse_number,
        metavar="N",
        help="the object's first byte (default: where its root is)",
    )
    parser.add_argument(
        "--length",
        type=parse_number,
        metavar="N",
        help="bytes of the object, if they vary (default: one unit)",
    )
    parser.add_argument(
        "--arguments",
        nargs="+",
        type=_parse_argument,
        default=[],
        metavar="NAME=VALUE",
        help="the template's parameters",
    )
    parser.add_argument("--partition", type=parse_number, metavar="N", help="ask only this partition")
    parser.add_argument(
        "--engine", choices=("native", "interpreter"), help="default: native where the host can"
    )
    parser.add_argument(
        "--counterexample", metavar="FILE", help="replay what `udfc check --save-counterexample FILE` saved"
    )
    add_format(parser)
    add_cache(parser)
    parser.epilog = """\
Numbers are decimal, or hexadecimal with 0x.

examples:
  udfc run ext --image disk.img
  udfc run mine.udf:pointers --image disk.img --at 47
  udfc run xv6:xv6_indirect --image fs.img --at 65 --arguments block=512 kind=2 --format json
  udfc run mine.udf --counterexample fault.json
"""


def run(options: argparse.Namespace) -> int:
    """Ask the object, or replay."""
    if options.counterexample is not None:
        from udfc.commands.replay import replay_file  # loads the prover's side

        return replay_file(options.template, options.counterexample)
    if options.image is None:
        print("udfc: give --image IMG, or --counterexample FILE", file=sys.stderr)
        return IMPOSSIBLE
    from udfc.commands.ask import Place, ask_object, print_answer  # loads the engine

    place = Place(options.at, options.at_byte, options.length, dict(options.arguments), options.partition)
    answer = ask_object(options.template, options.image, place, options.engine, find_cache(options))
    print_answer(answer, options.format == "json")
    return DONE


def _parse_argument(text: str) -> tuple[str, int]:
    name, equals, value = text.partition("=")
    if not (equals and name.isidentifier()):
        raise argparse.ArgumentTypeError("write NAME=VALUE, a parameter of the template and a number")
    return name, parse_number(value)
