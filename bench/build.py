"""Build a classifier in a process of its own, and say what that took: `bench.insertion` starts it.

    python -m bench.build FILTERS.dpf [TEMPLATE ROWS.csv]

prints one JSON object: seconds of each phase from the first import on, the peak of the resident memory, and
which heavy libraries were loaded; z3 among them would mean that the proof has asked it.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path


def main(arguments: list[str]) -> None:
    """Parse, check, compile and load; print the report."""
    start = time.perf_counter()
    from dpfc.engine import Settings, load_program
    from dpfc.language.parse import parse_file, read_source
    from dpfc.names.instances import read_instances
    from dpfc.program import build_program, prove_program
    from dpfc.resolve import resolve_files

    seconds = {"imports": time.perf_counter() - start}

    def finish(phase: str) -> None:
        seconds[phase] = time.perf_counter() - start - sum(seconds.values())

    path, *instances = arguments
    file = parse_file(read_source(path, Path(path).read_bytes()))
    rows = {}
    if instances:
        template, table = instances
        rows[template] = read_instances(read_source(table, Path(table).read_bytes()))
    finish("read")
    resolved = resolve_files((file,), 1, rows)
    finish("resolve")
    program = build_program(resolved.filters, "specific", resolved.tables)
    finish("merge")
    statistics = prove_program(program, None).statistics
    finish("check")
    loaded = load_program(program, Settings("specific", "native", None))
    finish("check again, compile, load")
    loaded.classify(bytes(64))
    finish("first packet")
    report = {
        "seconds": seconds,
        "total": time.perf_counter() - start,
        "filters": len(resolved.names) - 1,
        "peak": read_peak(),
        "obligations": statistics.obligations,
        "by_solver": statistics.proved_by_solver,
        "effort": statistics.solver_effort,
        "z3": "z3" in sys.modules,
    }
    print(json.dumps(report))


def read_peak() -> int:
    """Return the peak of the resident memory in bytes, 0 where the system does not tell.

    `getrusage` will not do: on Linux its peak is that of the parent, where that was larger.
    """
    status = Path("/proc/self/status")
    lines = status.read_text(encoding="ascii").splitlines() if status.exists() else []
    return next((int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM:")), 0)


if __name__ == "__main__":
    main(sys.argv[1:])
