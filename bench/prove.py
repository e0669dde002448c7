"""How long the kernel takes to install templates: every theorem, cold and from the verdict cache.

In: the shipped templates, and `examples/pointers.udf`, a block of 1,024 pointers. Out: a table, and JSON in
bench/results/prove.json. Cold is without any cache; the compiler's time is not in it. `the command` is
`udfc prove`, with Python's start, once its cache is warm.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from bench.timing import Result, pin_to_one_core, print_results, time_rounds, write_results
from runtime.template.install import Installation, install_templates
from udfc.language.find import list_shipped
from udfc.program import compile_templates

_ROOT = Path(__file__).parent.parent
_POINTERS = str(_ROOT / "examples" / "pointers.udf")
_ROUNDS = 3
_COLD_GOALS = {_POINTERS: 2.0, "cffs": 20.0}
"""Seconds."""

_CACHED_GOALS = {"cffs": 1.0}


def main() -> int:
    """Measure, print and keep; 1 if a goal is not met."""
    pin_to_one_core()
    results = [result for name in (_POINTERS, *sorted(list_shipped())) for result in measure(name)]
    print_results("installing templates", results)
    write_results("prove", results)
    return int(any(result.met is False for result in results))


def measure(name: str) -> list[Result]:
    """Return how long the templates of one file take."""
    templates = compile_templates(name)
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        start = time.perf_counter()
        found = install_templates(templates)
        cold = time.perf_counter() - start
        install_templates(templates, cache)
        command = [sys.executable, "-m", "udfc", "prove", name, "--cache", folder]
        run = partial(subprocess.run, command, cwd=_ROOT, check=True, capture_output=True)
        run()
        timed = time_rounds(
            {"install": partial(install_templates, templates, cache), "command": run}, rounds=_ROUNDS
        )
    label = Path(name).stem
    goal = _CACHED_GOALS.get(name)
    return [
        Result(f"{label}: cold", cold, "s", _COLD_GOALS.get(name), note=_describe(found)),
        Result(f"{label}: from the cache", timed["install"].median, "s", goal),
        Result(f"{label}: the command, from the cache", timed["command"].median, "s", goal),
    ]


def _describe(found: Installation) -> str:
    """Say how many theorems there were and how many methods are left to the kernel's test."""
    return f"{len(found.theorems)} theorems, {len(found.tested)} methods tested"


if __name__ == "__main__":
    sys.exit(main())
