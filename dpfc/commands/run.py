"""`dpfc run`: classify the packets of captures; a row for each filter, and on request a capture for each.

In: a DPF file and captures. Out: a table on standard output. A damaged capture is reported, and the table
shows what was counted before the damage.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field

from dpfc.capture.writer import CaptureWriter
from dpfc.classifier import ETHERNET, Classifier, default_engine
from dpfc.commands.files import find_cache
from dpfc.commands.inputs import print_diagnostics, read_program, read_rows
from dpfc.commands.progress import Progress
from dpfc.count import Classified, Counter, Counts, Row
from dpfc.exit import DONE, IMPOSSIBLE, INTERRUPTED
from runtime.diagnostic import Refused

NOBODY = "(no filter)"


def run(options: argparse.Namespace) -> int:
    """Count all captures, print the table, return the exit status."""
    engine = options.engine or default_engine()
    files = (read_program(options.file),)
    classifier = Classifier(files, options.mode, engine, read_rows(options), find_cache(options))
    job = _Job(Counter(classifier), classifier)
    with ExitStack() as stack:
        if options.write is not None:
            job.writer = stack.enter_context(CaptureWriter(options.write, job.names))
        status = job.count_all(options.read)
    if not job.counter.packets:
        classifier.prepare(ETHERNET)  # no packet has made it compile the filters: say what is wrong with them
    match options.format:
        case "json":
            _print_json(job.counter.counts())
        case "csv":
            _print_csv(job.counter.counts())
        case _:
            _print_table(job.counter.counts())
    return status


@dataclass(slots=True)
class _Job:
    """One run: what counts, what writes, and what has been said."""

    counter: Counter
    classifier: Classifier
    writer: CaptureWriter | None = None
    names: dict[int, str] = field(default_factory=dict)
    warned: int = 0

    def count_all(self, captures: list[str]) -> int:
        """Count the captures one after another; a damaged one does not keep the next from being counted."""
        status = DONE
        with Progress() as progress:
            try:
                for capture in captures:
                    try:
                        for classified in self.counter.add(capture):
                            self.keep(classified)
                            progress.show(capture, self.counter.packets)
                    except Refused as refused:
                        if not refused.diagnostics[0].code.startswith("CAP"):
                            raise
                        progress.clear()
                        print_diagnostics(refused.diagnostics)
                        status = IMPOSSIBLE
            except KeyboardInterrupt:
                progress.clear()
                print(f"dpfc: interrupted after {self.counter.packets:,} packets", file=sys.stderr)
                status = INTERRUPTED
        return status

    def keep(self, classified: Classified) -> None:
        """Print new warnings of the compiler; copy packets to their filters' files."""
        print_diagnostics(self.classifier.warnings[self.warned :])
        self.warned = len(self.classifier.warnings)
        if self.writer is None:
            return
        self.names.update(enumerate(self.classifier.names))
        indexes: defaultdict[int, list[int]] = defaultdict(list)
        for index, ids in classified.iterate():
            for number in ids:
                indexes[number].append(index)
        for number, chosen in indexes.items():
            self.writer.write(number, classified.chunk, chosen)


def _print_table(counts: Counts) -> None:
    rows = [*counts.rows, Row(NOBODY, counts.unmatched.packets, counts.unmatched.bytes)]
    width = max(len(row.name) for row in (*rows, Row("filter", 0, 0)))
    print(f"{'filter':<{width}}  {'packets':>13}  {'bytes':>17}  {'share':>7}")
    for row in rows:
        share = f"{100 * row.packets / counts.packets:.2f}%" if counts.packets else "-"
        print(f"{row.name:<{width}}  {row.packets:>13,}  {row.bytes:>17,}  {share:>7}")
    print(f"{'all packets':<{width}}  {counts.packets:>13,}")


def _print_json(counts: Counts) -> None:
    unmatched = {"packets": counts.unmatched.packets, "bytes": counts.unmatched.bytes}
    rows = [asdict(row) for row in counts.rows]
    print(json.dumps({"packets": counts.packets, "filters": rows, "unmatched": unmatched}, indent=2))


def _print_csv(counts: Counts) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("filter", "packets", "bytes", "share"))
    for row in (*counts.rows, counts.unmatched):
        share = row.packets / counts.packets if counts.packets else 0.0
        writer.writerow((row.name, row.packets, row.bytes, f"{share:.6f}"))
