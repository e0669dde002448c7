"""The processor's data caches: which of them a table of so many bytes fits into."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_CACHES = Path("/sys/devices/system/cpu/cpu0/cache")
_UNITS = {"K": 10, "M": 20}


@dataclass(frozen=True, slots=True, order=True)
class Cache:
    """One data cache: `level` 1 is the nearest."""

    level: int
    bytes: int


@cache
def list_caches() -> tuple[Cache, ...]:
    """Return the data caches, nearest first; none where the system does not tell."""
    found = set()
    for directory in _CACHES.glob("index*"):
        with contextlib.suppress(OSError):
            if _read(directory / "type") != "Instruction":
                found.add(Cache(int(_read(directory / "level")), _read_size(_read(directory / "size"))))
    return tuple(sorted(found))


def describe_place(size: int, caches: tuple[Cache, ...]) -> str:
    """Return `size` in words, with the nearest cache that holds it all."""
    fitting = next((f"fits L{one.level}" for one in caches if size <= one.bytes), "in memory")
    return f"{size / 1024:,.1f} KB, {fitting}" if caches else f"{size / 1024:,.1f} KB"


def describe_caches(caches: tuple[Cache, ...]) -> str:
    """Return one line about the caches."""
    return ", ".join(f"L{one.level} {one.bytes >> 10:,} KB" for one in caches) or "not known"


def _read(path: Path) -> str:
    return path.read_text(encoding="ascii").strip()


def _read_size(text: str) -> int:
    """Read `32K` or `1M`."""
    unit = _UNITS.get(text[-1])
    return int(text) if unit is None else int(text[:-1]) << unit
