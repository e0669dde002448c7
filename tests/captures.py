"""The shared captures: real files, not in this repository, listed by their manifest.

They are in `../shared/data` beside the checkout; where they are missing, tests that want them skip and say
so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data"
MISSING = "the shared captures are not beside the checkout"


@dataclass(frozen=True, slots=True)
class SharedCapture:
    """One row of the manifest.

    `packets` is what the manifest's own reader counted; `broken` says that tcpdump 4.99.3 fails on it.
    """

    name: str
    path: Path
    form: str
    packets: int
    link_types: tuple[int, ...]
    snaplens: tuple[int, ...]
    exercises: str
    licence: str
    broken: bool


def shared_captures() -> tuple[SharedCapture, ...]:
    """Return all captures of the manifest in its order; none where the shared data is missing."""
    manifest = SHARED / "MANIFEST.tsv"
    if not manifest.exists():
        return ()
    rows = [line.split("\t") for line in manifest.read_text(encoding="utf-8").splitlines()]
    return tuple(_read_row(row) for row in rows if row[0].startswith("pcap/"))


def _read_row(row: list[str]) -> SharedCapture:
    return SharedCapture(
        name=row[0].removeprefix("pcap/"),
        path=SHARED / row[0],
        form=row[7],
        packets=int(row[8]),
        link_types=tuple(int(number) for number in re.findall(r"\((\d+)\)", row[9])),
        snaplens=tuple(int(number) for number in row[10].split(",") if number),
        exercises=row[11],
        licence=row[4],
        broken=row[12].startswith("rc=1"),
    )
