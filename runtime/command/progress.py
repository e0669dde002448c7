"""A line on standard error that says how far long work is: only for a person, and only when it is long.

In: counts. Out: one line, rewritten in place, when standard error is a terminal; otherwise nothing.
"""

from __future__ import annotations

import sys
import time
from types import TracebackType

_PATIENCE = 1.0
"""Seconds of work before the first line."""

_INTERVAL = 0.2
"""Seconds between two lines."""


class Progress:
    """Use it in a `with` statement: leaving it clears the line."""

    def __init__(self) -> None:
        self._visible = sys.stderr.isatty()
        self._start = time.monotonic()
        self._next = self._start + _PATIENCE
        self._shown = 0

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.clear()

    def show(self, done: int, what: str, where: str) -> None:
        """Say that `done` things were done, which are called `what`, the last of them `where`."""
        now = time.monotonic()
        if not self._visible or now < self._next:
            return
        self._next = now + _INTERVAL
        rate = done / (now - self._start)
        speed = f"{rate / 1e6:.1f} million" if rate >= 1e5 else f"{rate:,.0f}"
        line = f"{done:,} {what}, {speed}/s, {where}"[:100]
        print(f"\r{line:<{self._shown}}", end="", file=sys.stderr, flush=True)
        self._shown = len(line)

    def clear(self) -> None:
        """Remove the line."""
        if self._shown:
            print(f"\r{'':<{self._shown}}\r", end="", file=sys.stderr, flush=True)
            self._shown = 0
