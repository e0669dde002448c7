"""Print a function as LLVM IR text, before any LLVM pass.

In: a checked function and its table block. Out: text: all that LLVM gets to see. LLVM is not loaded. The
text says what the IR says:

    func f(region m: read, max 99) -> (u32) {     define i64 @f(ptr %region.m, i64 %length.m) {
      %0 = const u64 2                            entry:
      %1 = load u16be m[%0]                         %t1 = getelementptr inbounds i8, ptr %region.m, i64 2
      %2 = convert u32 %1                           %t2 = load i16, ptr %t1, align 1
      return %2                                     %t3 = call i16 @llvm.bswap.i16(i16 %t2)
    }                                               %v2 = zext i16 %t3 to i32
                                                    %t4 = zext i32 %v2 to i64
                                                    ret i64 %t4

That arithmetic without `wrapping` does not wrap has been proved, so LLVM is told (`nuw`).
"""

from __future__ import annotations

from runtime.codegen.attributes import FUNCTION_ATTRIBUTES, TRIPLE, print_argument
from runtime.codegen.body import BodyWriter
from runtime.codegen.convention import list_arguments
from runtime.codegen.writer import llvm_type
from runtime.ir.nodes import Function
from runtime.tables.layout import TableBlock

_SWAPS = "".join(f"declare i{bits} @llvm.bswap.i{bits}(i{bits})\n" for bits in (16, 32, 64))


def print_function(function: Function, tables: TableBlock) -> str:
    """Return the LLVM module of `function`, which has at most `MAX_ARGUMENTS` machine arguments.

    Raises:
        Refused: GEN002 if the function calls a primitive.
    """
    body = BodyWriter(function, tables)
    for parameter in function.parameters:
        if parameter.type.bits < 64:
            cut = f"trunc i64 %parameter.{parameter.name} to {llvm_type(parameter.type)}"
            body.writer.add_line(f"%narrow.{parameter.name} = {cut}")
    if function.emits:
        body.writer.add_line("%count = alloca i64, align 8")
        body.writer.add_line("store i64 0, ptr %count, align 8")
    body.write_body(function.body)
    arguments = ", ".join(print_argument(function, argument) for argument in list_arguments(function))
    lines = [
        f'target triple = "{TRIPLE}"',
        f"define i64 @{function.name}({arguments}) {FUNCTION_ATTRIBUTES} {{",
        "entry:",
        *body.writer.lines,
        "}",
        _SWAPS,
    ]
    return "\n".join(lines)
