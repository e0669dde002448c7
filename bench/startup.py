"""How long a command takes from nothing: `dpfc --version`, and `dpfc check` with and without its cache.

Each run is a process of its own; the bare interpreter is measured beside them: no command can be faster.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.filters import TEN, dpf_text
from bench.timing import Result, Timing, pin_to_one_core, print_results, time_rounds, write_results

_ROUNDS = 15
_ENTRY = "import sys; from dpfc.cli import main; sys.exit(main())"
_ROOT = Path(__file__).parent.parent


def measure() -> tuple[Result, ...]:
    """Time the commands; the cold check gets an empty cache directory each time."""
    with tempfile.TemporaryDirectory() as directory:
        source = Path(directory) / "ten.dpf"
        source.write_text(dpf_text(TEN), encoding="utf-8")
        kept = Path(directory) / "kept"
        timings = time_rounds(
            {
                "python -c pass": lambda: _run("-c", "pass"),
                "dpfc --version": lambda: _run("-c", _ENTRY, "--version"),
                "dpfc check, cold": lambda: _check(source, Path(tempfile.mkdtemp(dir=directory))),
                "dpfc check, cached": lambda: _check(source, kept),
            },
            _ROUNDS,
        )
    return (
        _result("python -c pass", timings, None),
        _result("dpfc --version", timings, 60),
        _result("dpfc check, cold", timings, 600),
        _result("dpfc check, cached", timings, 150),
    )


def _result(name: str, timings: dict[str, Timing], goal: float | None) -> Result:
    timing = timings[name]
    return Result(name, timing.median * 1000, "ms", goal, note=timing.spread(1000, "ms"))


def _check(source: Path, cache: Path) -> None:
    _run("-c", _ENTRY, "check", "--all", "--cache", str(cache), str(source))


def _run(*arguments: str) -> None:
    """Run the interpreter from the checkout as a user does, with compiled Python files beside the sources."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run(
        [sys.executable, *arguments], cwd=_ROOT, env=environment, stdout=subprocess.DEVNULL, check=True
    )


def main() -> None:
    pin_to_one_core()
    results = measure()
    print_results("start-up, ten filters", results)
    write_results("startup", results)


if __name__ == "__main__":
    main()
