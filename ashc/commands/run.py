"""`ashc run`: run a handler on messages one after another, or a predicate on words.

In: a program, messages as hexadecimal digits or files, the owner's memory. Out: for each message what became
of it: verdict, the check that failed, what is sent, wake-ups, instructions charged; text or JSON. The
program is proved first.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from ashc.commands.choose import (
    add_program,
    choose,
    compile_chosen,
    means_predicate,
    parse_assignment,
)
from runtime.command.arguments import add_cache, add_format, parse_number
from runtime.command.edge import Impossible
from runtime.command.exit import DONE
from runtime.command.files import find_cache
from runtime.handler.engine import load_handler
from runtime.handler.install import install_handler
from runtime.handler.nodes import Handler
from runtime.handler.result import Outcome
from runtime.predicate.engine import load_predicate
from runtime.predicate.nodes import Predicate

_BYTES_SHOWN = 16


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    add_program(parser, "a handler or predicate in it")
    parser.add_argument(
        "-m", "--message", action="append", default=[], metavar="HEX", help="a message, as hexadecimal digits"
    )
    parser.add_argument(
        "-M",
        "--messages",
        metavar="FILE",
        help="messages, as hexadecimal digits, one in each line; - is standard input",
    )
    parser.add_argument(
        "--region", type=Path, metavar="FILE", help="the region's bytes at first (default: zeros)"
    )
    parser.add_argument(
        "--save-region", type=Path, metavar="FILE", help="write the region's bytes at the end"
    )
    parser.add_argument("--show-region", action="store_true", help="say which bytes of the region changed")
    parser.add_argument(
        "--now", type=parse_number, default=0, metavar="N", help="what `clock()` says (default 0)"
    )
    parser.add_argument(
        "-w",
        "--word",
        action="append",
        default=[],
        type=parse_assignment,
        metavar="NAME=N",
        help="a word of a predicate",
    )
    parser.add_argument(
        "--engine", choices=("native", "interpreter"), help="default: native where the host can"
    )
    add_format(parser)
    add_cache(parser)
    parser.epilog = """\
Numbers are decimal, or hexadecimal with 0x. In hexadecimal digits, blanks and colons do not matter.

examples:
  ashc run increment.ash --messages packets.txt --show-region
  ashc run web.ash:web -m 'ffffffffffff 020000000001 0800 4500...' --format json
  ashc run wait.ash:quiet --word pending=0
"""


def run(options: argparse.Namespace) -> int:
    """Run the handler on each message, or the predicate once."""
    compiled, name = compile_chosen(options)
    if options.word or means_predicate(compiled, name):
        declared = compiled.scope.predicates
        predicate = choose(compiled.predicates, name, "predicate")
        label = next(key for key, each in compiled.predicates.items() if each is predicate)
        return _ask_predicate(options, [word.name for word in declared[label].words], predicate)
    handler = choose(compiled.handlers, name, "handler")
    return _run_handler(options, handler, compiled.budgets[handler.name])


def _ask_predicate(options: argparse.Namespace, names: list[str], predicate: Predicate) -> int:
    given = dict(options.word)
    unknown = [name for name in given if name not in names]
    if unknown:
        raise Impossible(f"the predicate has no word `{unknown[0]}`", f"it has: {', '.join(names)}")
    loaded = load_predicate(predicate, options.engine, find_cache(options))
    answer = loaded.evaluate([given.get(name, 0) for name in names])
    if options.format == "json":
        print(json.dumps({"answer": answer, "instructions": loaded.instructions}))
    else:
        print(f"wakes with {answer}" if answer else "sleeps on")
    return DONE


def _run_handler(options: argparse.Namespace, handler: Handler, budget: int) -> int:
    if not options.message and options.messages is None:
        raise Impossible("there is no message", "give one with --message HEX, or a file with --messages FILE")
    cache = find_cache(options)
    loaded = load_handler(install_handler(handler, budget, cache), options.engine, cache)
    for role, reason in loaded.interpreted.items():
        print(f"ashc: the {role} is interpreted: {reason}", file=sys.stderr)
    memory = _read_region(options, handler)
    results: list[dict[str, object]] = []
    for number, message in enumerate(_read_messages(options)):
        before = bytes(memory)
        outcome = loaded.run(bytearray(message), memory, options.now)
        changes = _list_changes(before, memory) if options.show_region else []
        if options.format == "json":
            results.append({"message": number, **_describe(handler, outcome), "changes": changes})
        else:
            print("\n".join(_say(handler, number, outcome, changes)))
    if options.format == "json":
        print(json.dumps(results, indent=2))
    if options.save_region is not None:
        options.save_region.write_bytes(memory)
    return DONE


def _read_region(options: argparse.Namespace, handler: Handler) -> bytearray:
    if options.region is None:
        return bytearray(handler.memory)
    memory = bytearray(options.region.read_bytes())
    if len(memory) != handler.memory:
        message = (
            f"{options.region} has {len(memory)} bytes, and the region of `{handler.name}` {handler.memory}"
        )
        raise Impossible(message, "give a file of that size, or none for zeros")
    return memory


def _read_messages(options: argparse.Namespace) -> Iterator[bytes]:
    for text in options.message:
        yield _parse_hex(text, "--message")
    if options.messages is None:
        return
    text = sys.stdin.read() if options.messages == "-" else Path(options.messages).read_text("utf-8")
    for number, line in enumerate(text.splitlines(), 1):
        digits = line.partition("#")[0].strip()
        if digits:
            yield _parse_hex(digits, f"{options.messages}:{number}")


def _parse_hex(text: str, where: str) -> bytes:
    try:
        return bytes.fromhex(text.replace(":", ""))
    except ValueError:
        raise Impossible(
            f"{where}: this is no row of hexadecimal digits", "write for instance `08 00 45`"
        ) from None


def _list_changes(before: bytes, after: bytearray) -> list[dict[str, object]]:
    """Return the runs of bytes that have changed."""
    changes: list[dict[str, object]] = []
    start: int | None = None
    for place in range(len(before) + 1):
        differs = place < len(before) and before[place] != after[place]
        if differs and start is None:
            start = place
        elif not differs and start is not None:
            changes.append({"offset": start, "bytes": bytes(after[start:place]).hex()})
            start = None
    return changes


def _describe(handler: Handler, outcome: Outcome) -> dict[str, object]:
    return {
        "verdict": outcome.verdict,
        "check": outcome.check,
        "reason": _find_reason(handler, outcome),
        "sends": [send.hex() for send in outcome.sends],
        "wakes": list(outcome.wakes),
        "charged": outcome.charged,
    }


def _find_reason(handler: Handler, outcome: Outcome) -> str | None:
    if outcome.check is None or outcome.check >= len(handler.checks):
        return None
    return handler.checks[outcome.check].text


def _say(handler: Handler, number: int, outcome: Outcome, changes: list[dict[str, object]]) -> Iterator[str]:
    reason = _find_reason(handler, outcome)
    failed = "" if reason is None else f", check {outcome.check} failed: {reason}"
    yield f"message {number}: {outcome.verdict}, {outcome.charged} instructions{failed}"
    for send in outcome.sends:
        more = "..." if len(send) > _BYTES_SHOWN else ""
        yield f"  sends {len(send)} bytes: {send[:_BYTES_SHOWN].hex(' ')}{more}"
    for wake in outcome.wakes:
        yield f"  wakes its owner with {wake}"
    for change in changes:
        yield f"  region {change['offset']}: {change['bytes']}"
