"""`dpfc run`: classify the packets of captures; a row for each filter, and on request a capture for each.

In: a DPF file and captures. Out: a table on standard output. A damaged capture is reported, and the table
shows what was counted before the damage. With `--rules`, `dpfc.commands.run_rules` does the work.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from dataclasses import asdict

from dpfc.classifier import ETHERNET, Classifier, default_engine
from dpfc.commands.inputs import read_program, read_rows
from dpfc.commands.job import Job
from dpfc.commands.parallel import run_in_parallel
from dpfc.count import Counter, Counts, Row
from runtime.command.files import find_cache

NOBODY = "(no filter)"


def run(options: argparse.Namespace) -> int:
    """Count all captures, print the table, return the exit status."""
    if options.rules is not None:
        from dpfc.commands.run_rules import run_rules  # NumPy, which filters do without

        return run_rules(options)
    engine = options.engine or default_engine()
    files = (read_program(options.file),)
    classifier = Classifier(files, options.mode or "all", engine, read_rows(options), find_cache(options))
    job = Job(Counter(classifier), classifier)
    if options.jobs > 1:
        status = run_in_parallel(job, options.read, options.jobs)
    else:
        status = job.run(options.read, options.write)
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
