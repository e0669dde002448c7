"""DPDK's librte_acl with a rule set, by `acl.c` in a process of its own; see `bench.peers.acl_exact`.

In: IPv4 rules, and frames. librte_acl wants prefixes, which is what ClassBench has.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
import weakref
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.peers.acl_exact import OTHER_LINES, compile_acl
from dpfc.rules.ruleset import Column, RuleSet

_ROUNDS = 15


@dataclass(frozen=True, slots=True, eq=False)
class AclReport:
    """What librte_acl took.

    Args:
        nanoseconds: per packet, the median round of the best back end.
        memory: bytes that it has allocated for classification, without the rules.
        seconds: to build.
        answers: one per frame.
        note: the back ends.
    """

    nanoseconds: float
    memory: int
    seconds: float
    answers: NDArray[np.uint32]
    note: str


class AclRules:
    """The compiled program; `find_acl_rules` makes it. Its directory goes when this object does."""

    def __init__(self, program: Path, directory: tempfile.TemporaryDirectory[str]) -> None:
        self._program = program
        weakref.finalize(self, directory.cleanup)

    def measure(self, rules: RuleSet, frames: NDArray[np.uint8]) -> AclReport | str:
        """Build `rules` and classify `frames`; a string is the reason why that fails."""
        with tempfile.TemporaryDirectory() as directory:
            rows, packets, answers = (Path(directory) / name for name in ("rules", "frames", "answers"))
            rows.write_bytes(write_rows(rules).tobytes())
            packets.write_bytes(frames.tobytes())
            command = [*map(str, (self._program, rows, packets, answers, _ROUNDS))]
            run = subprocess.run(command, capture_output=True, text=True, check=False)
            if run.returncode != 0:
                lines = run.stderr.strip().splitlines() or [f"it ended with {run.returncode}"]
                return f"librte_acl fails ({lines[-1]})"
            rows_of = rules.owners.astype(np.int64) + 1
            found = np.frombuffer(answers.read_bytes(), dtype=np.uint32).astype(np.int64)
            owners = np.concatenate((np.zeros(1, np.int64), rows_of))[found].astype(np.uint32)
            return _read_report(run.stdout, owners)


def write_rows(rules: RuleSet) -> NDArray[np.uint32]:
    """Return ten numbers for each row, as `acl.c` reads them."""
    source, target, sport, dport, protocol = rules.columns
    exact = protocol.lows == protocol.highs
    assert np.all(exact | ((protocol.lows == 0) & (protocol.highs == 255))), "a protocol is one, or any"
    columns = (
        source.lows,
        _count_bits(source),
        target.lows,
        _count_bits(target),
        sport.lows,
        sport.highs,
        dport.lows,
        dport.highs,
        protocol.lows,
        np.where(exact, 0xFF, 0),
    )
    return np.stack(columns, axis=1).astype("<u4")


def _count_bits(column: Column) -> NDArray[np.int64]:
    """Return the lengths of the prefixes that the ranges are."""
    spare = column.highs.astype(np.int64) - column.lows.astype(np.int64)
    assert not np.any(spare & (spare + 1)), "a range of addresses is a prefix"
    return 32 - np.log2(spare + 1).astype(np.int64)


def _read_report(report: str, answers: NDArray[np.uint32]) -> AclReport:
    """Return the fastest back end of what `acl.c` prints."""
    facts = dict(re.findall(r"^(\w+) ([\d.]+)", report, re.MULTILINE))
    times = {name: float(figure) for name, figure in facts.items() if name not in OTHER_LINES}
    best = min(times, key=times.__getitem__)
    note = ", ".join(f"{name} {nanoseconds:.1f}" for name, nanoseconds in times.items())
    return AclReport(times[best], int(facts["memory"]), float(facts["build"]), answers, note)


def find_acl_rules() -> AclRules | str:
    """Compile `acl.c`; a string is the reason why not."""
    compiled = compile_acl()
    return compiled if isinstance(compiled, str) else AclRules(*compiled)
