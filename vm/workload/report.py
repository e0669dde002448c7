"""What `xok bench fs` says: tables for people (`vm.workload.tables`), and the same as JSON.

In: runs. Out: text.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from vm.machine.costs import CYCLES_PER_SECOND
from vm.workload.run import Pair, Run, compare_steps, list_pairs, share_time
from vm.workload.small_files import NO_READ_AHEAD, SMALL_FILES
from vm.workload.tables import describe_install, describe_small


@dataclass(frozen=True, slots=True)
class Report:
    """All that was run.

    Args:
        drive: name of the drive.
        runs: in the order in which they were run.
    """

    drive: str
    runs: tuple[Run, ...]

    def text(self) -> str:
        """Return tables for people."""
        lines = [f"virtual time of a 200 MHz Pentium Pro with a {self.drive}"]
        for workload, size, runs in self._by_workload():
            small = workload in (SMALL_FILES, NO_READ_AHEAD)
            lines += ["", *(describe_small if small else describe_install)(workload, size, runs)]
        return "\n".join(lines) + "\n"

    def json(self) -> str:
        """Return one JSON document."""
        return json.dumps(self.data(), indent=1) + "\n"

    def data(self) -> dict[str, object]:
        """Return the same as values of JSON; times in cycles."""
        return {
            "drive": self.drive,
            "cycles_per_second": CYCLES_PER_SECOND,
            "runs": [_encode_run(run) for run in self.runs],
            "comparisons": [
                {"workload": workload, "size": size, "pair": pair.title, "steps": _encode_pair(pair)}
                for workload, size, runs in self._by_workload()
                for pair in list_pairs(runs)
            ],
        }

    def _by_workload(self) -> Iterator[tuple[str, int, list[Run]]]:
        for workload, size in dict.fromkeys((run.workload, run.size) for run in self.runs):
            yield workload, size, [run for run in self.runs if (run.workload, run.size) == (workload, size)]


def _encode_run(run: Run) -> dict[str, object]:
    return {
        "workload": run.workload,
        "size": run.size,
        "configuration": asdict(run.configuration),
        "steps": [
            asdict(step) | {"shares": {part: round(x, 4) for part, x in share_time(step.usage).items()}}
            for step in run.steps
        ],
    }


def _encode_pair(pair: Pair) -> list[dict[str, object]]:
    return [asdict(compare_steps(ours, theirs)) for ours, theirs in pair.steps()]
