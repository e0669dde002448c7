"""Rule sets at full speed: the compiled program of a link type with a rule set's tables.

In: a `RuleSet` for IPv4. Out: a loaded function that answers with the number of the first matching rule. All
rule sets share their code; each has table memory of its own, whose bytes are proved to answer what the rules
say.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from dpfc.rules.program import PORTED, build_rules
from dpfc.rules.ruleset import RuleSet
from runtime.load.native import NativeFunction
from runtime.pipeline import compile_function, load_compiled
from runtime.policy import FILTER
from runtime.tables.boxes import Boxes, build_boxes, confirm_boxes
from runtime.tables.layout import reserve_tables

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_FULL = 0xFFFF


def load_rules(rules: RuleSet, link_type: int, cache: Path | None) -> NativeFunction | None:
    """Return the rule set compiled for a link type; None where it has to be interpreted.

    Raises:
        Refused: CHK, TAB, GEN or VAL codes.
    """
    function = build_rules(link_type) if rules.family == "ipv4" else None
    if function is None:
        return None
    compiled = compile_function(function, replace(FILTER, open_tables=True), cache)
    memory = reserve_tables(compiled.tables)
    for place in compiled.tables.places:
        assert isinstance(place.representation, Boxes), "ordered open tables are boxes"
        lows, highs, answers = _select(rules, place.name == PORTED)
        data = build_boxes(place.representation, lows, highs, answers)
        confirm_boxes(place.representation, lows, highs, answers, data)
        memory.view[place.offset : place.offset + len(data)] = data
    return load_compiled(compiled, memory)


def _select(
    rules: RuleSet, ported: bool
) -> tuple[list[NDArray[np.unsignedinteger]], list[NDArray[np.unsignedinteger]], NDArray[np.uint32]]:
    """Return lows, highs and answers of the rows for packets with ports, or of those for all ports."""
    import numpy as np

    answers = (rules.owners + 1).astype(np.uint32)
    columns = {column.name: column for column in rules.columns}
    if ported:
        return [c.lows for c in rules.columns], [c.highs for c in rules.columns], answers
    ports = (columns["sport"], columns["dport"])
    rows = np.flatnonzero(np.logical_and.reduce([(c.lows == 0) & (c.highs == _FULL) for c in ports]))
    kept = [columns[name] for name in ("src", "dst", "protocol")]
    return [c.lows[rows] for c in kept], [c.highs[rows] for c in kept], answers[rows]
