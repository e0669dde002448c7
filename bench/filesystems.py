"""The papers' file-system results, in virtual time: what `xok bench fs` prints, for all configurations.

In: nothing; or `--quick`. Out: tables, and bench/results/filesystems.json. Small files: 1,000 and 10,000 of
1 KB, the 2 x 2 of embedding and grouping, three orders of writes. Then the install workload, on a generated
tree.

Virtual times are the same everywhere: this is no measurement of the host.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from bench.timing import RESULTS
from vm.workload.bench_fs import BenchOptions, run_bench
from vm.xn.types import TypeLibrary

SIZES = (1_000, 10_000)


def main() -> int:
    """Run, print and keep."""
    quick = "--quick" in sys.argv[1:]
    cache = Path(tempfile.gettempdir()) / "xok-bench-cache"
    cache.mkdir(exist_ok=True, mode=0o700)
    options = BenchOptions(files=SIZES[:1] if quick else SIZES, quick=quick)
    report = run_bench(options, TypeLibrary(cache), lambda line: print(f"... {line}", file=sys.stderr))
    print(report.text(), end="")
    if not quick:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "filesystems.json").write_text(json.dumps(report.data()) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
