"""The command `dpfc`: arguments in, exit status out. What the subcommands do is in `dpfc.commands`.

Start-up matters: nothing heavy is imported before the arguments are understood.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from importlib import import_module
from pathlib import Path

from runtime.command.arguments import add_cache
from runtime.command.edge import open_closed_streams, run_to_status
from runtime.version import __version__

_EPILOG = """\
exit status: 0 done; 1 a program was refused; 2 the job cannot be done (usage, unreadable or damaged input);
70 internal error; 130 interrupted

examples:
  dpfc check examples/web.dpf
  dpfc run examples/web.dpf -r capture.pcapng -w out/
  dpfc run --rules acl.rules -r capture.pcap
  dpfc run conn.dpf --instances conn=sessions.csv -r big.pcap.zst --format csv
  dpfc compile examples/web.dpf --emit asm -o -
  dpfc explain-plan conn.dpf --instances conn=sessions.csv
  dpfc explain DPF072
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    open_closed_streams()
    parser = _make_parser()
    options = parser.parse_args(arguments)
    if options.command == "run" and (mistake := _find_mistake(options)):
        parser.error(mistake)
    if _list_inputs(options).count("-") > 1:
        parser.error("standard input (`-`) can be read only once")
    return run_to_status("dpfc", partial(_run, options), unreadable="CAP")


def _run(options: argparse.Namespace) -> int:
    command = import_module(f"dpfc.commands.{options.command.replace('-', '_')}")
    status = command.run(options)
    assert isinstance(status, int), "a command returns its exit status"
    return status


def _list_inputs(options: argparse.Namespace) -> list[str]:
    """Return the names of all files that the command is to read."""
    names = [*getattr(options, "files", ()), *getattr(options, "read", ())]
    names += [path for _, path in getattr(options, "instances", ())]
    return [*names, getattr(options, "file", None) or "", getattr(options, "rules", None) or ""]


def _find_mistake(options: argparse.Namespace) -> str:
    """Say which options of `dpfc run` do not go together, nothing when all do."""
    if options.jobs > 1 and (options.write is not None or "-" in options.read):
        return "-j reads each capture several times: it goes neither with -w nor with standard input"
    if options.rules is None:
        if options.file is None:
            return "give a FILE with filters, or --rules FILE"
        for option in ("rules_format", "rules_list", "all_rows"):
            if getattr(options, option):
                return f"--{option.replace('_', '-')} goes with --rules"
        return ""
    if options.file is not None:
        return f"give filters ({options.file}) or --rules, not both; captures go behind -r"
    if options.mode not in (None, "first"):
        return f"--{options.mode} is for filters: of rules, the first that matches wins"
    return "--instances goes with filters, not with --rules" if options.instances else ""


def _make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dpfc",
        description="Compile packet filters to proved native code, and run them over captures.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"dpfc {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_check(commands)
    _add_compile(commands)
    _add_run(commands)
    plan = commands.add_parser("explain-plan", help="say how filters are grouped, merged and represented")
    plan.add_argument("file", metavar="FILE", help="a .dpf file; - is standard input")
    _add_compiling(plan, default="specific")
    explain = commands.add_parser("explain", help="say what a diagnostic code means, with examples")
    explain.add_argument(
        "code", nargs="?", metavar="CODE", help="for instance DPF072; without it, list all codes"
    )
    return parser


def _add_check(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    check = commands.add_parser("check", help="prove filters safe; say what is wrong with them")
    check.add_argument(
        "files", nargs="+", metavar="FILE", help=".dpf, or IR as .ir or .xir; - is standard input"
    )
    check.add_argument("--format", choices=("text", "json"), default="text")
    check.add_argument(
        "--save-counterexample",
        type=Path,
        metavar="FILE",
        help="where a proof fails, save the message as a pcap",
    )
    _add_compiling(check, default="specific")


def _add_compile(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    compile_ = commands.add_parser("compile", help="compile filters and write what a stage made of them")
    compile_.add_argument("file", metavar="FILE", help="a .dpf file; - is standard input")
    compile_.add_argument(
        "-o", "--output", required=True, metavar="OUT", help="where to; - is standard output"
    )
    compile_.add_argument(
        "--emit",
        choices=("ast", "formula", "ir", "xir", "llvm", "asm", "obj", "dot"),
        default="obj",
        help="syntax, filters with names resolved, IR as text, IR as bytes for download, LLVM IR, assembly, "
        "an ELF object file (default), the decision trie as a Graphviz graph",
    )
    _add_compiling(compile_, default="specific")


def _add_run(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    run = commands.add_parser("run", help="classify the packets of captures")
    run.add_argument("file", nargs="?", metavar="FILE", help="a .dpf file; - is standard input")
    run.add_argument(
        "-r",
        "--read",
        nargs="+",
        required=True,
        metavar="CAPTURE",
        help="pcap or pcapng, plain, gzip or zstd; -",
    )
    run.add_argument(
        "-w", "--write", type=Path, metavar="DIR", help="write one capture for each filter into DIR"
    )
    run.add_argument("--format", choices=("text", "json", "csv"), default="text")
    run.add_argument(
        "-j", "--jobs", type=_parse_jobs, default=1, metavar="N", help="count in N processes (1 to 256)"
    )
    run.add_argument("--engine", choices=("native", "interpreter"), help="default: native where the host can")
    _add_rules(run)
    _add_compiling(run, default="all")
    run.set_defaults(mode=None)  # so that a mode that was asked for can be told from the default


def _add_rules(run: argparse.ArgumentParser) -> None:
    run.add_argument(
        "--rules",
        metavar="FILE",
        help="instead of filters, first-match rules on the 5-tuple: ClassBench, iptables-save, or a Cisco "
        "configuration, plain or gzip; - is standard input",
    )
    run.add_argument(
        "--rules-format", choices=("classbench", "iptables", "cisco"), help="default: told from the contents"
    )
    run.add_argument("--rules-list", metavar="NAME", help="use only the rules of this chain or access list")
    run.add_argument("--all-rows", action="store_true", help="print rules without packets, too")


def _parse_instances(text: str) -> tuple[str, str]:
    name, separator, path = text.partition("=")
    if not (name and separator and path):
        raise argparse.ArgumentTypeError("write NAME=CSV, the name of a filter and a file")
    return name, path


def _parse_jobs(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and 1 <= int(text) <= 256):
        raise argparse.ArgumentTypeError("the number of processes is 1 to 256")
    return int(text)


def _parse_link_type(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and int(text) < 1 << 16):
        raise argparse.ArgumentTypeError("a link type is a number from 0 to 65535")
    return int(text)


def _add_compiling(parser: argparse.ArgumentParser, default: str) -> None:
    modes = parser.add_mutually_exclusive_group()
    for mode, meaning in (
        ("all", "report every accepting filter"),
        ("first", "the first accepting filter in file order wins"),
        ("specific", "the most specific accepting filter wins"),
    ):
        suffix = " (default)" if mode == default else ""
        modes.add_argument(f"--{mode}", dest="mode", action="store_const", const=mode, help=meaning + suffix)
    parser.set_defaults(mode=default)
    parser.add_argument(
        "--instances",
        type=_parse_instances,
        action="append",
        default=[],
        metavar="NAME=CSV",
        help="make an instance of filter NAME from each row; the header row names the parameters",
    )
    if parser.prog != "dpfc run":
        parser.add_argument(
            "--link-type",
            type=_parse_link_type,
            default=1,
            metavar="N",
            help="LINKTYPE_ number of the messages (1: Ethernet)",
        )
    add_cache(parser)
