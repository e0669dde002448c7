"""What LLVM is told about every function: the target, pinned, and the attributes that keep the code simple.

Nothing here depends on the host: equal functions give equal bytes everywhere. Integer registers only, no jump
tables, no red zone, no unwinding: the validator accepts nothing else.
"""

from __future__ import annotations

from runtime.codegen.convention import Argument
from runtime.ir.nodes import Function
from runtime.tables.layout import TABLES_REGION

TRIPLE = "x86_64-unknown-linux-gnu"
CPU = "x86-64-v2"
# without idivq-to-divl, a division is one instruction, and not a choice of two that the validator must follow
# prfchw only makes LLVM write `prefetcht0`, which every x86-64 processor has, without the vector registers
FEATURES = "-mmx,-sse,-sse2,-sse3,-ssse3,-sse4.1,-sse4.2,-x87,+prfchw,-idivq-to-divl,-popcnt"

OPTIONS = ("-disable-lsr", "-disable-cgp-select2branch", "-x86-cmov-converter=false")
"""Loop strength reduction would replace `region + index` by pointers that run through the region. A `select`
shall stay one: whether a key is found is as good as random, and a wrong guess costs more than the load."""

PASSES = (
    "sroa",
    "instruction_combine",
    "simplify_cfg",
    "reassociate",
    "new_gvn",
    "instruction_combine",
    "simplify_cfg",
    "aggressive_dce",
)
"""LLVM's passes, in order, by their names in llvmlite.

Short on purpose. The validator must understand the code, so nothing may turn loops around (no unrolling,
vectorizing or strength reduction), call the C library or make tables: loops and lookups are written as they
should come out.
"""

FUNCTION_ATTRIBUTES = " ".join(
    (
        "nounwind noimplicitfloat noredzone",
        '"no-jump-tables"="true"',
        '"no-builtins"',
        f'"target-cpu"="{CPU}"',
        f'"target-features"="{FEATURES}"',
    )
)


def print_argument(function: Function, argument: Argument) -> str:
    """Return a machine argument as a parameter of the LLVM function.

    The convention says that what the pointers point to does not overlap (`noalias`), and our code keeps no
    pointer (`captures(none)`).
    """
    match argument.kind:
        case "region":
            region = next(region for region in function.regions if region.name == argument.name)
            access = {"read": "readonly ", "write": "writeonly ", "read_write": ""}[region.rights]
            return f"ptr noalias captures(none) {access}%region.{argument.name}"
        case "length":
            return f"i64 %length.{argument.name}"
        case "parameter":
            return f"i64 %parameter.{argument.name}"
        case "tables":
            return f"ptr noalias captures(none) readonly %region.{TABLES_REGION}"
        case "emits":
            return "ptr noalias captures(none) writeonly %emits"
        case "results":
            return "ptr noalias captures(none) writeonly %results"
