"""What a scenario counted, as tables for people and as one JSON document.

In: a scenario that was run. Out: rows for filters, handlers, environments, card and link.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

from vm.machine import costs
from vm.scenario.build import Finished

_FILTER = ("messages", "bytes", "consumed", "delivered", "dropped", "cycles")
_HANDLER = ("runs", "consumed", "delivered", "recovered", "skipped", "sent", "wakes", "refused", "cycles")


def describe(finished: Finished) -> dict[str, object]:
    """Return everything as plain values."""
    filters: list[dict[str, object]] = []
    handlers: list[dict[str, object]] = []
    environments: list[dict[str, object]] = []
    for description, (environment, done) in zip(
        finished.scenario.environments, finished.environments, strict=True
    ):
        bound = list(zip(description.bindings, done.filters, strict=True))
        for binding, number in bound:
            counts = asdict(finished.network.filters.table[number].counts)
            filters.append(
                {
                    "filter": binding.filter,
                    "environment": description.name,
                    "handler": binding.handler,
                    **counts,
                }
            )
        for name, number in done.handlers.items():
            counts = asdict(finished.network.handlers[number].counts)
            handlers.append({"handler": name, "environment": description.name, **counts})
        environments.append(
            {"environment": description.name, "taken": done.taken, "cycles": environment.cycles}
        )
    return {
        "filters": filters,
        "handlers": handlers,
        "environments": environments,
        "card": finished.network.ports[0].summary(),
        "replays": [asdict(replay.counts) for replay in finished.replays],
        "incoming": asdict(finished.incoming.counts),
        "outgoing": asdict(finished.outgoing.counts),
        "microseconds": finished.kernel.clock.now // costs.CYCLES_PER_MICROSECOND,
        "dumped": finished.dumped,
    }


def write_json(finished: Finished) -> str:
    """Return one JSON document."""
    return json.dumps(describe(finished), indent=2) + "\n"


def write_text(finished: Finished) -> str:
    """Return tables."""
    found = describe(finished)
    lines = _write_table("filter", found["filters"], _FILTER)
    if found["handlers"]:
        lines += ["", *_write_table("handler", found["handlers"], _HANDLER)]
    lines += ["", *_write_counts("card", found["card"])]
    for number, replay in enumerate(finished.replays, 1):
        lines += _write_counts(f"replay {number}", asdict(replay.counts))
    lines += _write_counts("link in", found["incoming"]) + _write_counts("link out", found["outgoing"])
    lines.append(f"virtual time: {finished.kernel.clock.now / costs.CYCLES_PER_SECOND:.6f} s")
    return "\n".join(lines) + "\n"


def _write_table(what: str, rows: object, columns: Sequence[str]) -> list[str]:
    """Return a table of filters or handlers; below a row, why runs were aborted."""
    assert isinstance(rows, list), "a list of rows"
    head = (what, "environment", *columns, "aborted")
    cells = [head, *((*_cells(row, (what, "environment", *columns)), _sum(row["aborted"])) for row in rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(head))]
    lines = []
    for place, row in enumerate(cells):
        texts = [
            each.ljust(width) if column < 2 else each.rjust(width)
            for column, (each, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append("  ".join(texts).rstrip())
        if place:
            aborted = rows[place - 1]["aborted"]
            lines += [f"    aborted {count:,}: {why}" for why, count in sorted(aborted.items())]
    return lines


def _cells(row: Mapping[str, object], keys: Sequence[str]) -> list[str]:
    return [f"{row[key]:,}" if isinstance(row[key], int) else str(row[key]) for key in keys]


def _sum(aborted: Mapping[str, int]) -> str:
    return f"{sum(aborted.values()):,}"


def _write_counts(what: str, counts: object) -> list[str]:
    assert isinstance(counts, dict), "counts by name"
    return [f"{what}: " + ", ".join(f"{value:,} {name}" for name, value in counts.items())]
