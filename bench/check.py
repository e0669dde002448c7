"""How long the proof takes: every example and litmus program that reaches the checker, imports excluded.

In: `examples/*.dpf`, `tests/litmus`, and the ten filters of the other benchmarks. Timed is what the kernel
does with a downloaded program: verify that it is well formed, and prove that it keeps its policy, accepted or
not. What others say of theirs: Linux's verifier 0.1 ms, PREVAIL 5 ms for a typical program.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench.filters import TEN, dpf_text
from bench.timing import Result, pin_to_one_core, print_results, time_rounds, write_results
from dpfc.language.parse import parse_file, read_source
from dpfc.program import build_program
from dpfc.resolve import resolve_files
from runtime.check.prove import check_function
from runtime.diagnostic import Refused
from runtime.ir.nodes import Function
from runtime.ir.parser import parse_function
from runtime.ir.verify import verify_function
from runtime.policy import FILTER, FILTER_ALL, Policy
from runtime.source import Source

_ROOT = Path(__file__).parent.parent
_ROUNDS = 5
_GOAL_MS = 30
_ETHERNET = 1


@dataclass(frozen=True, slots=True)
class Program:
    """A program that reaches the checker."""

    name: str
    function: Function


def measure() -> tuple[Result, ...]:
    """Check every program a few times; report medians over the programs."""
    programs = (*_list_dpf(), *_list_ir())
    milliseconds: dict[str, float] = {}
    obligations = by_ranges = 0
    for program in programs:
        timing = time_rounds({"check": partial(_check, program.function)}, _ROUNDS)["check"]
        milliseconds[program.name] = timing.median * 1000
        found = check_function(program.function, _choose_policy(program.function)).statistics
        obligations += found.obligations
        by_ranges += found.proved_by_ranges
    print("\nchecking, ms (median of five)")
    for name, time in sorted(milliseconds.items(), key=lambda item: item[1]):
        print(f"  {time:9.3f}  {name}")
    slowest = max(milliseconds, key=milliseconds.__getitem__)
    count = f"{len(programs)} programs"
    share = 100 * by_ranges / obligations
    return (
        Result("check, median program", statistics.median(milliseconds.values()), "ms", _GOAL_MS, note=count),
        Result("check, slowest program", milliseconds[slowest], "ms", note=slowest),
        Result("obligations proved without z3", share, "%", note=f"of {obligations}"),
    )


def _check(function: Function) -> None:
    verify_function(function)
    check_function(function, _choose_policy(function))


def _choose_policy(function: Function) -> Policy:
    return FILTER_ALL if function.emits else FILTER


def _list_dpf() -> Iterator[Program]:
    """Yield the filter files that a function can be made from: others are refused before the checker."""
    paths = sorted((*_ROOT.glob("examples/*.dpf"), *_ROOT.glob("tests/litmus/*/*.dpf")))
    sources = [(path.relative_to(_ROOT).as_posix(), path.read_bytes()) for path in paths]
    for name, data in (*sources, ("ten filters", dpf_text(TEN).encode())):
        try:
            file = parse_file(read_source(name, data))
            filters = resolve_files((file,), _ETHERNET).filters
            yield Program(name, build_program(filters, "all").function)
        except Refused:
            continue


def _list_ir() -> Iterator[Program]:
    """Yield the well-formed functions of the IR litmus tests."""
    for path in sorted(_ROOT.glob("tests/litmus/ir/*.ir")):
        try:
            function = parse_function(Source(path.name, path.read_text(encoding="utf-8")))
            verify_function(function)
        except Refused:
            continue
        yield Program(path.relative_to(_ROOT).as_posix(), function)


def main() -> None:
    pin_to_one_core()
    results = measure()
    print_results("checking, imports excluded", results)
    write_results("check", results)


if __name__ == "__main__":
    main()
