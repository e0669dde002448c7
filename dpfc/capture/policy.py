"""What the capture programs may touch and spend: the walks over records, and the tallies of answers.

A capture is hostile input, so its walker is downloaded code like any filter: proved, compiled and validated.
"""

from __future__ import annotations

from dataclasses import replace

from dpfc.capture.chunk import MAX_RECORDS, RECORD_BYTES
from runtime.ir.nodes import Type
from runtime.policy import Policy, RegionGrant

MAX_WINDOW_BYTES = 1 << 26
MAX_ANSWERS = 1 << 20
"""The most filter numbers that one tally of all answers takes."""

MAX_COUNTERS_BYTES = 1 << 28
COUNTER_BYTES = 16
"""One filter's counters: packets u64, wire bytes u64."""

_RECORD = (Type.U32, Type.U32, Type.U32, Type.U32)

WALK = Policy(
    name="capture walk",
    regions=(RegionGrant("capture", "read", MAX_WINDOW_BYTES),),
    parameters=(Type.U64, Type.U64),
    results=(Type.U64, Type.U32),
    emits=_RECORD,
    emit_limit=MAX_RECORDS,
    primitives=(),
    deterministic=True,
    budget=1 << 23,
)
"""In: a window, where to start, two bounds. Out: where it stopped, why, and a record for each packet."""

TALLY = Policy(
    name="tally",
    regions=(
        RegionGrant("records", "read", MAX_RECORDS * RECORD_BYTES),
        RegionGrant("answers", "read", (MAX_RECORDS + MAX_ANSWERS) * 4),
        RegionGrant("counters", "read_write", MAX_COUNTERS_BYTES),
    ),
    parameters=(),
    results=(Type.U64,),
    emits=(),
    emit_limit=0,
    primitives=(),
    deterministic=True,
    budget=1 << 23,
)
"""Records and one filter number for each in, counters updated; how many records were tallied out."""

TALLY_ALL = replace(TALLY, name="tally of all answers", budget=1 << 26)
"""The same with several answers for a record."""
