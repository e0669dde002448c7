"""Turn a function into x86-64 machine code: the only door to llvmlite.

In: a checked function, without tables. Out: code bytes without relocations, an object file, or texts.
Equal input gives equal bytes on every host: target, processor and features are pinned.

What LLVM is asked to do is data, in `runtime.codegen.attributes`.
"""

from __future__ import annotations

import llvmlite.binding as llvm

from runtime.codegen.attributes import CPU, FEATURES, OPTIONS, PASSES, TRIPLE
from runtime.codegen.codes import GEN001
from runtime.codegen.convention import MAX_ARGUMENTS, Form, list_arguments
from runtime.codegen.machine_code import MachineCode
from runtime.codegen.object_file import extract_text
from runtime.codegen.text import print_function
from runtime.diagnostic import Diagnostic, Refused
from runtime.ir.nodes import Function

llvm.initialize_native_target()
llvm.initialize_native_asmprinter()
for _option in OPTIONS:
    llvm.set_option("xok", _option)


def emit_code(function: Function, form: Form = "call", guarded: bool = True) -> MachineCode:
    """Compile `function` to bytes; arguments as for `print_function`.

    Raises:
        Refused: GEN001 or GEN002 if the function has no native form.
    """
    return MachineCode(extract_text(emit_object(function, form, guarded)), 0, form)


def emit_object(function: Function, form: Form = "call", guarded: bool = True) -> bytes:
    """Compile `function` to an ELF object file with one global symbol, the function's name."""
    machine = _make_machine()
    return bytes(machine.emit_object(_optimize_module(function, form, machine, guarded)))


def print_llvm(function: Function, form: Form = "call") -> str:
    """Return the LLVM IR after LLVM's passes."""
    return str(_optimize_module(function, form, _make_machine()))


def print_assembly(function: Function, form: Form = "call") -> str:
    """Return the assembly text, in LLVM's AT&T syntax."""
    machine = _make_machine()
    return str(machine.emit_assembly(_optimize_module(function, form, machine)))


def _make_machine() -> llvm.TargetMachine:
    target = llvm.Target.from_triple(TRIPLE)
    return target.create_target_machine(cpu=CPU, features=FEATURES, opt=2, reloc="static", codemodel="small")


def _optimize_module(
    function: Function, form: Form, machine: llvm.TargetMachine, guarded: bool = True
) -> llvm.ModuleRef:
    arguments = list_arguments(function)
    if form == "call" and len(arguments) > MAX_ARGUMENTS:
        message = f"`{function.name}` needs {len(arguments)} machine arguments, and there are {MAX_ARGUMENTS}"
        notes = ("declare fewer regions or parameters, or run it with `--engine interpreter`",)
        raise Refused(Diagnostic(GEN001.code, message, function.span, notes))
    module = llvm.parse_assembly(print_function(function, form, guarded))
    module.data_layout = str(machine.target_data)
    builder = llvm.create_pass_builder(machine, llvm.create_pipeline_tuning_options(speed_level=2))
    passes = llvm.create_new_function_pass_manager()
    for name in PASSES:
        getattr(passes, f"add_{name}_pass")()
    module.verify()
    passes.run(module.get_function(function.name), builder)
    return module
