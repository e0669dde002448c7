"""One run over captures: counting, writing, and what is said meanwhile. For filters and rule sets alike.

In: a classifier and the names of captures. Out: counts, and on request a capture for each filter.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from dpfc.answers import Classifies
from dpfc.capture.writer import CaptureWriter
from dpfc.count import Classified, Counter
from runtime.command.describe import print_diagnostics
from runtime.command.exit import DONE, IMPOSSIBLE, INTERRUPTED
from runtime.command.progress import Progress
from runtime.diagnostic import Diagnostic, Refused


class Warns(Classifies, Protocol):
    """A classifier that also says what the authors of its filters should know."""

    warnings: tuple[Diagnostic, ...]


@dataclass(slots=True)
class Job:
    """One run: what counts, what writes, and what has been said."""

    counter: Counter
    classifier: Warns
    writer: CaptureWriter | None = None
    names: dict[int, str] = field(default_factory=dict)
    warned: int = 0
    quiet: bool = False
    """Whether another process says what is to be said."""

    def run(self, captures: Sequence[str], directory: Path | None) -> int:
        """Count the captures, write packets into `directory` if there is one; return the exit status."""
        with ExitStack() as stack:
            if directory is not None:
                self.writer = stack.enter_context(CaptureWriter(directory, self.names))
            return self._count_all(captures)

    def warn(self) -> None:
        """Print the warnings that have not been printed."""
        if not self.quiet:
            print_diagnostics(self.classifier.warnings[self.warned :])
        self.warned = len(self.classifier.warnings)

    def _count_all(self, captures: Sequence[str]) -> int:
        """Count the captures one after another; a damaged one does not keep the next from being counted."""
        status = DONE
        with Progress() as progress:
            try:
                for capture in captures:
                    try:
                        for classified in self.counter.add(capture):
                            self._keep(classified)
                            if not self.quiet:
                                progress.show(self.counter.packets, "packets", capture)
                    except Refused as refused:
                        if not refused.diagnostics[0].code.startswith("CAP"):
                            raise
                        progress.clear()
                        if not self.quiet:
                            print_diagnostics(refused.diagnostics)
                        status = IMPOSSIBLE
            except KeyboardInterrupt:
                progress.clear()
                if not self.quiet:
                    print(f"dpfc: interrupted after {self.counter.packets:,} packets", file=sys.stderr)
                status = INTERRUPTED
        return status

    def _keep(self, classified: Classified) -> None:
        """Print new warnings of the compiler; copy packets to their filters' files."""
        self.warn()
        if self.writer is None:
            return
        self.names.update(enumerate(self.classifier.names))
        indexes: defaultdict[int, list[int]] = defaultdict(list)
        for index, ids in classified.iterate():
            for number in ids:
                indexes[number].append(index)
        for number, chosen in indexes.items():
            self.writer.write(number, classified.chunk, chosen)
