"""`dpfc run --rules`: which rule of a rule set each packet meets first; a row for each rule that got packets.

In: a rule file and captures. Out: a table on standard output; rules without packets only on request.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from dpfc.classifier import default_engine
from dpfc.commands.job import Job
from dpfc.commands.parallel import run_in_parallel
from dpfc.count import Counter, Counts
from dpfc.rules.classifier import RuleClassifier
from dpfc.rules.read import read_rules
from dpfc.rules.ruleset import RuleSet
from runtime.command.files import find_cache, read_bytes

NOBODY = "(no rule)"


def run_rules(options: argparse.Namespace) -> int:
    """Count all captures, print the table, return the exit status."""
    name = "<stdin>" if options.rules == "-" else options.rules
    rules = read_rules(name, read_bytes(options.rules), options.rules_format, options.rules_list)
    classifier = RuleClassifier(rules, options.engine or default_engine(), find_cache(options))
    job = Job(Counter(classifier), classifier)
    job.warn()
    if options.jobs > 1:
        status = run_in_parallel(job, options.read, options.jobs)
    else:
        status = job.run(options.read, options.write)
    counts = job.counter.counts()
    rows = list(_list_rows(rules, counts, options.all_rows))
    match options.format:
        case "json":
            _print_json(rows, counts)
        case "csv":
            _print_csv(rows, counts)
        case _:
            _print_table(rows, counts, len(rules))
    return status


@dataclass(frozen=True, slots=True)
class _Row:
    """What one rule got; `line` is empty for packets that no rule matches."""

    rule: str
    line: int | None
    action: str
    packets: int
    bytes: int


def _list_rows(rules: RuleSet, counts: Counts, every: bool) -> Iterator[_Row]:
    lines: list[int] = rules.lines.tolist()
    for row, line, action in zip(counts.rows, lines, rules.actions, strict=True):
        if every or row.packets:
            yield _Row(row.name, line, action, row.packets, row.bytes)


def _print_table(rows: Sequence[_Row], counts: Counts, total: int) -> None:
    last = _Row(NOBODY, None, "", counts.unmatched.packets, counts.unmatched.bytes)
    width = max(len(row.rule) for row in (*rows, last))
    action = max(len(row.action) for row in (*rows, _Row("", None, "action", 0, 0)))
    print(
        f"{'rule':<{width}}  {'line':>7}  {'action':<{action}}  {'packets':>13}  {'bytes':>17}  {'share':>7}"
    )
    for row in (*rows, last):
        share = f"{100 * row.packets / counts.packets:.2f}%" if counts.packets else "-"
        start = f"{row.rule:<{width}}  {row.line or '':>7}  {row.action:<{action}}"
        print(f"{start}  {row.packets:>13,}  {row.bytes:>17,}  {share:>7}")
    print(f"{'all packets':<{width}}  {'':>7}  {'':<{action}}  {counts.packets:>13,}")
    if len(rows) < total:
        print(f"{total - len(rows):,} of {total:,} rules got no packet")


def _print_json(rows: Sequence[_Row], counts: Counts) -> None:
    unmatched = {"packets": counts.unmatched.packets, "bytes": counts.unmatched.bytes}
    described = [asdict(row) for row in rows]
    print(json.dumps({"packets": counts.packets, "rules": described, "unmatched": unmatched}, indent=2))


def _print_csv(rows: Sequence[_Row], counts: Counts) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(("rule", "line", "action", "packets", "bytes", "share"))
    for row in (*rows, _Row("", None, "", counts.unmatched.packets, counts.unmatched.bytes)):
        share = row.packets / counts.packets if counts.packets else 0.0
        line = "" if row.line is None else row.line
        writer.writerow((row.rule, line, row.action, row.packets, row.bytes, f"{share:.6f}"))
