"""Print a function as LLVM IR text, before any LLVM pass.

In: a checked function. Out: text: all that LLVM gets to see. LLVM is not loaded. The text says what the IR
says:

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

from runtime.codegen.attributes import TRIPLE
from runtime.codegen.batch_frame import write_batch
from runtime.codegen.call_frame import write_call
from runtime.codegen.convention import Form
from runtime.codegen.writer import LIKELY, LIKELY_METADATA
from runtime.ir.nodes import Function

_SWAPS = "".join(f"declare i{bits} @llvm.bswap.i{bits}(i{bits})\n" for bits in (16, 32, 64))

_PREFETCH = "declare void @llvm.prefetch.p0(ptr, i32, i32, i32)"


def print_function(function: Function, form: Form = "call", guarded: bool = True) -> str:
    """Return the LLVM module of `function`, which has machine arguments in this form.

    Args:
        function: checked.
        form: `batch` has guards always.
        guarded: whether emits in loops have guards.

    Raises:
        Refused: GEN002 if the function calls a primitive.
    """
    lines = write_batch(function) if form == "batch" else write_call(function, guarded)
    fetches = any("@llvm.prefetch" in line for line in lines)
    text = "\n".join((f'target triple = "{TRIPLE}"', *lines, *[_PREFETCH] * fetches, _SWAPS))
    return text + LIKELY_METADATA if LIKELY in text else text
