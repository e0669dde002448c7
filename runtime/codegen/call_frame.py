"""The form `call`: the body once, from machine arguments to rax.

In: a function. Out: the LLVM function, as lines:

    define i64 @f(ptr %region.m, i64 %length.m, i64 %parameter.p) {
    entry:
      %narrow.p = trunc i64 %parameter.p to i16
      ... body ...
      ret i64 %answer
    }
"""

from __future__ import annotations

from runtime.codegen.attributes import FUNCTION_ATTRIBUTES, print_argument
from runtime.codegen.body import BodyWriter
from runtime.codegen.convention import has_results_pointer, list_arguments
from runtime.codegen.emits import must_guard_emits, should_guard_emits
from runtime.codegen.writer import Writer, llvm_type
from runtime.ir.nodes import Function, Type


def write_call(function: Function, guarded: bool = True) -> list[str]:
    """Return the lines of `function` in the form `call`; `guarded` is whether emits in loops have guards.

    Raises:
        Refused: GEN002 if the function calls a primitive.
    """
    guarded = should_guard_emits(function) if guarded else must_guard_emits(function)
    body = BodyWriter(function, _CallFrame(function, guarded), guarded)
    for parameter in function.parameters:
        if parameter.type.bits < 64:
            cut = f"trunc i64 %parameter.{parameter.name} to {llvm_type(parameter.type)}"
            body.writer.add_line(f"%narrow.{parameter.name} = {cut}")
    if function.emits:
        body.writer.add_line("%count = alloca i64, align 8")
        body.writer.add_line("store i64 0, ptr %count, align 8")
    body.write_body(function.body)
    arguments = ", ".join(print_argument(function, argument) for argument in list_arguments(function))
    start = f"define i64 @{function.name}({arguments}) {FUNCTION_ATTRIBUTES} {{"
    return [start, "entry:", *body.writer.lines, "}"]


class _CallFrame:
    """Returns leave the LLVM function.

    Args:
        function: what is written.
        guarded: whether its emits are guarded. Then the answer is cut to `emit_limit` + 1, which changes
            nothing, but spares the validator finding out that the count stays below.
    """

    def __init__(self, function: Function, guarded: bool) -> None:
        self._function = function
        self._guarded = guarded

    def write_return(self, writer: Writer, operands: tuple[tuple[str, Type], ...]) -> None:
        """Append stores of the results, or widen the only one, and the return."""
        wide = [writer.widen(operand, type_, "i64") for operand, type_ in operands]
        if has_results_pointer(self._function):
            for index, number in enumerate(wide):
                place = writer.index("%results", str(index * 8))
                writer.add_line(f"store i64 {number}, ptr {place}, align 8")
            wide = ["0"]
        if self._function.emits:
            wide = [self._write_count(writer)]
        writer.add_line(f"ret i64 {wide[0] if wide else 0}")

    def _write_count(self, writer: Writer) -> str:
        count = writer.add_value("load i64, ptr %count, align 8")
        if not self._guarded:
            return count
        most = self._function.emit_limit + 1
        fits = writer.add_value(f"icmp ult i64 {count}, {most}")
        return writer.add_value(f"select i1 {fits}, i64 {count}, i64 {most}")

    def write_overflow(self, writer: Writer) -> None:
        """Append the return of a number that no correct call returns."""
        writer.add_line(f"ret i64 {self._function.emit_limit + 1}")
