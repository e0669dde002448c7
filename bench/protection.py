"""Protection is off the critical path: workloads with and without what XN does to protect.

In: nothing. Out: tables, and bench/results/protection.json.

The kernel has no switch for this: everything here replaces parts of it while a workload runs, and puts them
back. What is compared:

    protected   the product
    unchecked   the same calls; no `acl` is asked, no `owns` is compared, nothing is looked at for crashes
    unguarded   besides, a call that looks at something or changes it costs what a library's own function
                costs: only requests to the disk enter the kernel, as for a file system that owns its disk
    paper       as protected, and three more system calls for each change of shared state, as in the paper
    tested      as protected, but no proof is believed: every method is compared before and after

Orders of writes are the same in all of them: what order costs is in `bench.filesystems`, where temporary file
systems keep none. A difference of a few hundred microseconds may cost or save a revolution of the disk: the
column `computing` is free of such luck.

Source: Kaashoek et al., SOSP 1997, section 6.2: 41.1 against 39.7 s, 300,000 against 81,000 system calls.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from time import thread_time
from typing import Literal
from unittest.mock import patch

from bench.timing import (
    Result,
    Timing,
    median_ratio,
    pin_to_one_core,
    print_columns,
    print_results,
    write_results,
)
from vm.machine import costs
from vm.workload.install import run_install
from vm.workload.meter import Usage
from vm.workload.rig import BOTH, NEITHER, Configuration, make_rig
from vm.workload.small_files import run_small_files
from vm.workload.source_tree import generate_tree
from vm.xn import bind, judge, method, modify
from vm.xn.change import Change
from vm.xn.types import TypeLibrary
from vm.xok import storage_table
from vm.xok.call import Call

Variant = Literal["protected", "unchecked", "unguarded", "paper", "tested"]

FILES = 1_000
GOAL = 0.05
VARIANTS: tuple[Variant, ...] = ("protected", "unchecked", "unguarded", "paper", "tested")
_TIMED: tuple[Variant, ...] = ("protected", "tested", "unchecked")
_ROUNDS = 5
_EXTRA_CALLS = 3

_LOOK = costs.SYSTEM_CALL + costs.REGISTRY_LOOKUP
_FUNCTION = costs.UDF_CALL + 100 * costs.UDF_INSTRUCTION
_TEST = 4 * _FUNCTION + 4 * costs.EXTENT_COMPARE
_DISK = frozenset(("xn_read", "xn_write", "xn_flush"))
_RARE = frozenset(("xn_install", "xn_create_root", "xn_delete_root", "xn_shutdown"))
_SHARED = frozenset(
    f"xn_{each}"
    for each in ("call", "allocate", "free", "modify", "set_type", "clear_type", "swap", "write_bytes")
)

Workload = Callable[[Configuration, TypeLibrary], Usage]


# ---- variants of the kernel


def price_call(call: Call, variant: Variant) -> int:
    """Return what a call of XN costs in a variant."""
    if call.name in _RARE or variant == "protected":
        return call.cycles
    own = _FUNCTION if call.name == "xn_call" else 0  # the change itself, whoever makes it
    match variant:
        case "tested":
            return call.cycles + (_TEST if call.name == "xn_call" else 0)
        case "paper":
            return call.cycles + (_EXTRA_CALLS * costs.SYSTEM_CALL if call.name in _SHARED else 0)
        case "unchecked":
            return call.cycles if call.name in _DISK else min(call.cycles, _LOOK + own)
        case "unguarded":
            return call.cycles if call.name in _DISK else min(call.cycles, costs.LIBRARY_CALL + own)


@contextmanager
def change_kernel(variant: Variant) -> Iterator[None]:
    """Turn the kernel into a variant of it."""
    with ExitStack() as stack:
        for name, call in vars(storage_table).copy().items():
            if isinstance(call, Call):
                changed = replace(call, cycles=price_call(call, variant))
                stack.enter_context(patch.object(storage_table, name, changed))
        if variant in ("unchecked", "unguarded"):
            for module, function in _list_checks():
                stack.enter_context(patch.object(module, function, _say_nothing))
        if variant == "tested":
            for module in (method, modify):
                stack.enter_context(patch.object(module, "conclude", _test(module.conclude)))
        yield


def _list_checks() -> Sequence[tuple[object, str]]:
    """Return the functions of the kernel that can only refuse."""
    return (
        (judge, "check_access"),
        (judge, "compare"),
        (judge, "check_atomic"),
        (bind, "check_access"),
        (bind, "check_block_access"),
    )


def _say_nothing(*_: object) -> None:
    """Allow it."""


def _test(conclude: Callable[..., None]) -> Callable[..., None]:
    """Return `conclude`, believing no proof."""

    def run(state: object, owner: object, each: Change, capability: object, proved: bool) -> None:
        if proved:
            each.partitions = each.partitions or None
        conclude(state, owner, each, capability, proved=False)

    return run


@contextmanager
def count_checks() -> Iterator[Counter[str]]:
    """Count the checks that the kernel makes."""
    counts: Counter[str] = Counter()

    def counted(name: str, function: Callable[..., object]) -> Callable[..., object]:
        def run(*given: object, **named: object) -> object:
            counts[name] += 1
            return function(*given, **named)

        return run

    with ExitStack() as stack:
        for module, name in (*_list_checks(), (judge, "plan_change")):
            wrapped = counted(name, getattr(module, name))
            stack.enter_context(patch.object(module, name, wrapped))
        yield counts


# ---- workloads


def run_small(configuration: Configuration, library: TypeLibrary) -> Usage:
    """Return what the small-file workload takes."""
    steps = run_small_files(make_rig(configuration, library), FILES)
    return sum((step.usage for step in steps), Usage())


def run_sources(configuration: Configuration, library: TypeLibrary, cold: bool = True) -> Usage:
    """Return what the install workload takes."""
    steps = run_install(make_rig(configuration, library), generate_tree(), cold)
    return sum((step.usage for step in steps), Usage())


def run_sources_warm(configuration: Configuration, library: TypeLibrary) -> Usage:
    """Return what the install workload takes if what one program leaves in core, the next one finds."""
    return run_sources(configuration, library, cold=False)


WORKLOADS: dict[str, Workload] = {
    f"small files, {FILES:,}": run_small,
    "install, cold": run_sources,
    "install, warm": run_sources_warm,
}


def measure_virtual(library: TypeLibrary) -> list[Result]:
    """Print what each variant takes in virtual time; return the costs of protection."""
    rows: list[tuple[str, ...]] = [
        ("", "", "kernel", "seconds", "computing", "system calls", "requests", "checks")
    ]
    results: list[Result] = []
    for title, workload in WORKLOADS.items():
        for configuration in (BOTH, NEITHER):
            found: dict[Variant, Usage] = {}
            for variant in VARIANTS:
                with change_kernel(variant):
                    found[variant] = workload(configuration, library)
            with count_checks() as checks:
                workload(configuration, library)
            for variant, usage in found.items():
                noted = ", ".join(f"{name} {count:,}" for name, count in sorted(checks.items()))
                rows.append(_make_row(title, configuration, variant, usage, noted))
            results += _compare(f"{title}, {configuration.name}", found)
    print_columns(rows)
    return results


def _make_row(
    title: str, configuration: Configuration, variant: Variant, usage: Usage, checks: str
) -> tuple[str, ...]:
    return (
        title,
        configuration.name,
        variant,
        f"{usage.seconds:.3f}",
        f"{usage.computing / costs.CYCLES_PER_SECOND:.3f}",
        f"{usage.calls:,}",
        f"{usage.requests:,}",
        checks if variant == "protected" else "",
    )


def _compare(title: str, found: dict[Variant, Usage]) -> Iterator[Result]:
    def cost(variant: Variant, against: Variant) -> float:
        return 100 * (found[variant].elapsed / found[against].elapsed - 1)

    yield Result(f"{title}: protection", cost("protected", "unguarded"), "%", 100 * GOAL)
    yield Result(f"{title}: of that, the checks", cost("protected", "unchecked"), "%")
    yield Result(f"{title}: with the paper's three calls", cost("paper", "unguarded"), "%", 100 * GOAL)
    yield Result(f"{title}: if no proof were believed", cost("tested", "unguarded"), "%")


def measure_real(library: TypeLibrary) -> list[Result]:
    """Return how long the host takes for the small-file workload."""
    results = []
    for configuration in (BOTH, NEITHER):
        seconds: dict[Variant, list[float]] = {variant: [] for variant in _TIMED}
        for number in range(_ROUNDS + 1):
            for variant in _TIMED:
                rig = make_rig(configuration, library)
                with change_kernel(variant):
                    start = thread_time()
                    run_small_files(rig, FILES)
                    if number:
                        seconds[variant].append(thread_time() - start)
        timings = {variant: Timing(tuple(rounds)) for variant, rounds in seconds.items()}
        for variant, timing in timings.items():
            title = f"{configuration.name}, small files, {variant}"
            results.append(Result(title, timing.median, "s", note=timing.spread(1, "s")))
        for variant in _TIMED[:2]:
            ratio = median_ratio(timings[variant], timings["unchecked"])
            results.append(Result(f"{configuration.name}, {variant} / unchecked", ratio, "times"))
    return results


def main() -> int:
    """Measure, print and keep."""
    pin_to_one_core()
    cache = Path(tempfile.gettempdir()) / "xok-bench-cache"
    cache.mkdir(exist_ok=True, mode=0o700)
    library = TypeLibrary(cache)
    virtual = measure_virtual(library)
    print_results("virtual time that protection costs", virtual)
    real = measure_real(library)
    print_results("real time of the emulation, with and without", real)
    write_results("protection", [*virtual, *real])
    return 0


if __name__ == "__main__":
    sys.exit(main())
