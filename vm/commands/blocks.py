"""`xok blocks`: a map of the disk: type, owner and state of every block.

In: an image. Out: a picture in characters, or in SVG, or a list of runs of blocks, as text or JSON; or whose
one block is; or which blocks one file has. The owners are asked, from the roots on; the maps of no library
are believed.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from pathlib import Path

from runtime.command.arguments import add_format
from runtime.command.edge import Impossible
from runtime.command.exit import DONE
from vm.commands.chart.run import Chart, Run, State, tell_run
from vm.commands.image import add_image_options, open_disk
from vm.commands.operand import Operand, parse_operands
from vm.commands.show import show_name


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("place", metavar="IMAGE[:/path]", help="an image; or one file in it, and all below")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="draw the map into a file")
    parser.add_argument(
        "--list", dest="listed", action="store_true", help="list runs of blocks instead of drawing"
    )
    parser.add_argument("--all", action="store_true", help="with --list: free blocks, too")
    parser.add_argument("--block", type=_parse_block, metavar="N", help="whose is this block?")
    add_image_options(parser)
    add_format(parser)
    parser.epilog = """\
examples:
  xok blocks disk.img
  xok blocks disk.img --svg map.svg
  xok blocks disk.img:/project --list
  xok blocks disk.img --block 4711
"""


def run(options: argparse.Namespace) -> int:
    """Ask all owners, show."""
    (operand,) = parse_operands([options.place], inside=True)
    assert operand.image is not None, "only places inside images were asked for"
    with open_disk(operand.image, options, changes=False) as disk:
        from vm.commands.chart.collect import collect_chart  # loads NumPy

        chart = collect_chart(operand.image, disk.session.storage)
    runs = _choose(chart, operand, options)
    if options.svg is not None:
        _write_svg(chart, options.svg)
    if options.format == "json":
        print(json.dumps(_describe(chart, runs), indent=2))
    elif options.listed or options.block is not None or operand.path != "/":
        for run in runs:
            print(show_name(tell_run(run)) + _show_chain(run, options.block is not None))
    elif options.svg is None:
        from vm.commands.chart.text import draw_text

        print(draw_text(chart), end="")
    return DONE


def _parse_block(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise argparse.ArgumentTypeError("a block is a number, 0 or more")
    return int(text)


def _choose(chart: Chart, operand: Operand, options: argparse.Namespace) -> tuple[Run, ...]:
    """Return the runs that are wanted.

    Raises:
        Impossible: there is no such block, or no such file has blocks.
    """
    if options.block is not None:
        if options.block >= chart.blocks:
            raise Impossible(
                f"block {options.block} is out of range", f"the disk has blocks 0 to {chart.blocks - 1}"
            )
        return (chart.find(options.block),)
    if operand.path == "/":
        free = options.all or options.format == "json"
        return tuple(run for run in chart.runs if free or run.state is not State.FREE)
    found = tuple(run for run in chart.runs if _is_below(run, operand.path, options.name))
    if not found:
        raise Impossible(f"no block belongs to {operand}", "`xok ls` shows whether there is such a file")
    return found


def _is_below(run: Run, path: str, name: str | None) -> bool:
    root, _, rest = run.owner.partition(":")
    return name in (None, root) and (rest == path or rest.startswith(f"{path}/"))


def _write_svg(chart: Chart, path: Path) -> None:
    from vm.commands.chart.svg import draw_svg

    path.write_text(draw_svg(chart), encoding="utf-8")


def _show_chain(run: Run, is_wanted: bool) -> str:
    if not is_wanted or not run.chain:
        return ""
    return f"\n  by way of block{'s' * (len(run.chain) > 1)} {', '.join(map(str, run.chain))}"


def _describe(chart: Chart, runs: Iterable[Run]) -> dict[str, object]:
    return {
        "image": chart.name,
        "blocks": chart.blocks,
        "types": dict(chart.count_labels()),
        "runs": [
            {
                "start": run.start,
                "count": run.count,
                "state": run.state.name.lower(),
                "type": run.type or None,
                "owner": run.owner or None,
                "chain": list(run.chain),
            }
            for run in runs
        ],
    }
