"""ACE's workloads: all 218 where they are shared; elsewhere the six that are shipped, and generated ones."""

from __future__ import annotations

from pathlib import Path

from vm.crash.generate import sample_sequences
from vm.crash.parse import decode_workload, parse_workload
from vm.crash.workload import Workload

SHIPPED = Path(__file__).parent / "workloads"
COUNT = 218
SHARED = Path(__file__).parents[3] / "shared" / "data" / "ace"


def list_files() -> list[Path]:
    folder = SHARED if SHARED.is_dir() else SHIPPED
    return sorted(
        (path for path in folder.iterdir() if path.name.startswith("seq")),
        key=lambda path: [int(part) for part in path.name.removeprefix("seq").split("-")],
    )


def read_file(path: Path) -> Workload:
    return parse_workload(decode_workload(path.name, path.read_bytes()))


def read_all() -> list[Workload]:
    """Return as many workloads as ACE made."""
    found = [read_file(path) for path in list_files()]
    return [*found, *sample_sequences(2, COUNT - len(found), 218)]
