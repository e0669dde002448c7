"""`xok net`: run a scenario of the network, and say what became of every message.

In: a scenario file. Out: a row for each filter and each handler on standard output, and perhaps a capture of
what passed the card.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from runtime import limits
from runtime.command.arguments import add_cache, add_format
from runtime.command.edge import Impossible
from runtime.command.exit import DONE
from runtime.command.files import find_cache, read_bytes
from runtime.source import Source
from vm.scenario.build import run_scenario
from vm.scenario.nodes import ReplayDescription
from vm.scenario.read import read_scenario
from vm.scenario.report import write_json, write_text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("scenario", metavar="SCENARIO", help="a scenario file (TOML, see docs/network.md)")
    parser.add_argument(
        "--replay",
        action="append",
        metavar="FILE",
        default=[],
        help="replay this capture instead of the scenario's own; may be given several times",
    )
    parser.add_argument("--back-to-back", action="store_true", help="replay as fast as the link takes it")
    parser.add_argument("--dump", metavar="FILE", help="write what passes the card to a capture (pcap)")
    parser.add_argument(
        "--engine",
        choices=("native", "interpreter"),
        help="what runs filters and handlers",
    )
    add_format(parser)
    add_cache(parser)
    parser.epilog = """\
examples:
  xok net examples/services.net
  xok net examples/services.net --replay examples/captures/http.pcap --dump seen.pcap
  xok net examples/services.net --back-to-back --format json
"""


def run(options: argparse.Namespace) -> int:
    """Run the scenario and print what it counted."""
    data = read_bytes(options.scenario)
    if len(data) > limits.MAX_SOURCE_BYTES:
        raise Impossible(f"`{options.scenario}` is too large", f"at most {limits.MAX_SOURCE_BYTES} bytes")
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise Impossible(f"`{options.scenario}` is no text at byte {error.start}", "TOML is UTF-8") from None
    folder = Path() if options.scenario == "-" else Path(options.scenario).parent
    scenario = read_scenario(Source(options.scenario, text), folder)
    replays = scenario.replays
    if options.replay:
        replays = tuple(ReplayDescription(Path(name), "recorded") for name in options.replay)
    if options.back_to_back:
        replays = tuple(replace(each, timing="back to back") for each in replays)
    dump = None if options.dump is None else Path(options.dump)
    finished = run_scenario(replace(scenario, replays=replays), dump, options.engine, find_cache(options))
    sys.stdout.write(write_json(finished) if options.format == "json" else write_text(finished))
    return DONE
