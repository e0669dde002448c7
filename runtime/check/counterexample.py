"""A counterexample: concrete inputs that make a function violate an obligation, replayed before it is shown.

In: inputs that the solver proposes. Out: where the reference interpreter faults on them, if it does.
"""

from __future__ import annotations

from dataclasses import dataclass

from runtime.ir.interpret import Fault, run_function
from runtime.ir.nodes import Function, Table
from runtime.ir.primitives import PRIMITIVES, Primitive
from runtime.ir.table_map import TableMap

_BYTES_A_LINE = 16
_MAX_SHOWN = 512  # bytes of one region in the notes; the rest is in `Counterexample.regions`


@dataclass(frozen=True, slots=True)
class Counterexample:
    """The inputs of one call.

    Args:
        regions: name and bytes of each region, in the order of the declarations.
        parameters: name and number of each parameter.
        answers: the primitive and its results, for each call in the order of execution.
        contents: the open table and its answer, for each lookup in the order of execution.
    """

    regions: tuple[tuple[str, bytes], ...]
    parameters: tuple[tuple[str, int], ...]
    answers: tuple[tuple[str, tuple[int, ...]], ...] = ()
    contents: tuple[tuple[str, int], ...] = ()

    def render(self) -> tuple[str, ...]:
        """Return the lines for a diagnostic's notes: a hex dump of each region, and the parameters."""
        lines: list[str] = []
        for name, content in self.regions:
            lines.append(f"with `{name}` of {len(content)} bytes{':' if content else ''}")
            lines += _dump(content)
        lines += [f"with `{name}` = {number}" for name, number in self.parameters]
        for name, numbers in self.answers:
            lines.append(f"with `{name}` answering {', '.join(map(str, numbers))}")
        lines += [f"with table `{name}` answering {number}" for name, number in self.contents]
        return tuple(lines)


def replay_counterexample(function: Function, inputs: Counterexample, budget: int) -> Fault | None:
    """Run `function` on `inputs` in the reference interpreter and return its fault; None: it has none.

    Args:
        function: verified.
        inputs: fitting its declarations.
        budget: instructions after which the replay is given up.
    """
    writable = {region.name for region in function.regions if region.rights != "read"}
    memories = {name: bytearray(content) if name in writable else content for name, content in inputs.regions}
    parameters = [number for _, number in inputs.parameters]
    services = {primitive.name: _Replayed(primitive, inputs) for primitive in PRIMITIVES}
    tables = {table.name: _answer_in_turn(table, inputs) for table in function.tables if table.open}
    try:
        run_function(function, memories, parameters, services, budget, tables)
    except Fault as fault:
        return None if fault.kind == "budget" else fault
    return None


def _answer_in_turn(table: Table, inputs: Counterexample) -> TableMap:
    """Return a map that answers as the counterexample says, and the default when it says nothing."""
    numbers = iter([number for name, number in inputs.contents if name == table.name])
    return lambda _keys: next(numbers, table.default)


class _Replayed:
    """A kernel service that answers as the counterexample says, and 0 when it says nothing."""

    def __init__(self, primitive: Primitive, inputs: Counterexample) -> None:
        self._left = [numbers for name, numbers in reversed(inputs.answers) if name == primitive.name]
        self._otherwise = (0,) * len(primitive.results)

    def __call__(self, *_arguments: int) -> int | tuple[int, ...]:
        numbers = self._left.pop() if self._left else self._otherwise
        return numbers[0] if len(numbers) == 1 else numbers


def _dump(content: bytes) -> list[str]:
    """Return a hex dump, runs of equal lines shortened to `*` as usual."""
    lines: list[str] = []
    previous = b""
    for start in range(0, min(len(content), _MAX_SHOWN), _BYTES_A_LINE):
        row = content[start : start + _BYTES_A_LINE]
        if row != previous:
            lines.append(f"  {start:06x}  {row.hex(' ')}")
        elif lines[-1] != "  *":
            lines.append("  *")
        previous = row
    if len(content) > _MAX_SHOWN:
        lines.append(f"  ... and {len(content) - _MAX_SHOWN} more bytes")
    return lines
