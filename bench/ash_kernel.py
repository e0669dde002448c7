"""`xok bench ash --real`, kept: what handlers gain in the kernel, beside the paper's figures.

In: nothing, or `--quick`. Out: the command's tables, and bench/results/ash_kernel.json. Virtual times are the
same on every host; the last table is real time on this one, which is described first.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from bench.timing import RESULTS, describe_machine, pin_to_one_core
from vm.workload.bench_ash import FILTERS, AshOptions, run_bench


def main() -> None:
    """Run, print and keep."""
    quick = "--quick" in sys.argv[1:]
    pin_to_one_core()
    machine = describe_machine()
    print(", ".join(f"{name}: {value}" for name, value in machine.items()))
    with tempfile.TemporaryDirectory() as cache:
        options = AshOptions(FILTERS[:1] if quick else FILTERS, cache=Path(cache))
        report = run_bench(options, lambda line: print(f"... {line}", file=sys.stderr))
    print(report.text(), end="")
    if not quick:
        kept = {"machine": machine, **json.loads(report.json())}
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "ash_kernel.json").write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
