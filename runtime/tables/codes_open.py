"""The diagnostics of open tables, for `dpfc explain`."""

from __future__ import annotations

from runtime.diagnostic import CodeEntry

OPEN_CODES: tuple[CodeEntry, ...] = (
    CodeEntry(
        code="TAB010",
        title="no address space for an open table",
        meaning="An open table has address space for the most rows that it may ever have; memory is used "
        "only for the rows that are there. The system refused to reserve it: raise its limit, or use "
        "fewer open tables.",
        bad="",
        good="",
        language="none",
    ),
    CodeEntry(
        code="TAB011",
        title="an open table is full",
        meaning="The size of an open table is part of the code that reads it, so it cannot grow for ever. "
        "Nothing was inserted. Delete rows first, or make the classifier anew for more rows.",
        bad="",
        good="",
        language="none",
    ),
)
