"""The stages between IR that nobody trusts and code that runs: every stage, in order, one line each.

In: a function and the policy that it must keep. Out: machine code that has been judged, ready to load. LLVM
and the
optimizer are not believed: what they made is validated, also when it comes out of the cache.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from runtime.check.judgement import Judgement
from runtime.check.prove import check_function
from runtime.codegen.batch_convention import choose_form
from runtime.codegen.convention import Form
from runtime.codegen.emits import may_omit_guards
from runtime.codegen.machine_code import MachineCode
from runtime.codegen.object_file import extract_text
from runtime.diagnostic import Accepted, Diagnostic, Refused, Rejected, Unknown
from runtime.ir.nodes import Function
from runtime.ir.verify import verify_function
from runtime.load.cache import find_code, keep_code
from runtime.load.native import NativeFunction, load_native
from runtime.opt.optimize import PASSES, Pass, optimize_function
from runtime.policy import Policy
from runtime.tables.choose import ALL, Choices
from runtime.tables.layout import TableBlock, build_tables
from runtime.tables.memory import TableMemory
from runtime.tables.specialize import specialize_tables
from runtime.validate.cache import keep_refusal, keep_report, make_key, recall_refusal, recall_report
from runtime.validate.report import Report


@dataclass(frozen=True, slots=True)
class Compiled:
    """A function that has passed every stage.

    Args:
        function: specialized and optimized: what the code was made from.
        judgement: of the function as it was given.
        tables: how its tables are represented, and the bytes of those that are not open.
        machine_code: validated.
        report: what the validator proved.
    """

    function: Function
    judgement: Judgement
    tables: TableBlock
    machine_code: MachineCode
    report: Report


class Disproved(Refused):
    """A refusal by the checker; it has the inputs that show the faults.

    Args:
        judgement: not accepted.
    """

    def __init__(self, judgement: Judgement, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__(*diagnostics)
        self.judgement = judgement


def prove_function(function: Function, policy: Policy, cache: Path | None = None) -> Judgement:
    """Verify `function` and prove that it keeps `policy`.

    Args:
        function: from a compiler of ours, or downloaded.
        policy: what it may do.
        cache: a directory of earlier proofs; None: prove everything again.

    Raises:
        Refused: IR codes when it is not well formed.
        Disproved: CHK codes; `unknown` from the prover is a refusal too.
    """
    verify_function(function)
    judgement = check_function(function, policy, cache)
    match judgement.verdict:
        case Accepted():
            return judgement
        case Rejected(diagnostics=diagnostics) | Unknown(diagnostics=diagnostics):
            raise Disproved(judgement, diagnostics)


def compile_function(
    function: Function,
    policy: Policy,
    cache: Path | None = None,
    choices: Choices = ALL,
    passes: Sequence[Pass] = PASSES,
) -> Compiled:
    """Take `function` through every stage.

    Args:
        function: from a compiler of ours, or downloaded.
        policy: what it may do.
        cache: a directory of earlier proofs and machine code; None: nothing is kept.
        choices: how tables may be represented.
        passes: of the optimizer.

    Raises:
        Refused: IR, CHK, TAB, GEN or VAL codes, by the stage that refuses.
    """
    judgement = prove_function(function, policy, cache)
    tables = build_tables(function, choices)
    optimized = optimize_function(specialize_tables(function, tables), passes)
    machine_code, report = _make_code(optimized, cache)
    # Translation validation (the code computes what `optimized` says) is the next judge; it goes here.
    return Compiled(optimized, judgement, tables, machine_code, report)


def export_object(compiled: Compiled) -> bytes:
    """Return an object file for other linkers: its one symbol is the function in the form `call`.

    Raises:
        Refused: GEN or VAL codes.
    """
    from runtime.codegen.emit import emit_object  # loads LLVM

    object_file = emit_object(compiled.function)
    _judge(MachineCode(extract_text(object_file), 0, "call"), compiled.function)
    return object_file


def load_function(function: Function, policy: Policy, cache: Path | None = None) -> NativeFunction:
    """Compile `function` and load it; arguments and refusals as for `compile_function`."""
    return load_compiled(compile_function(function, policy, cache))


def load_compiled(compiled: Compiled, memory: TableMemory | None = None) -> NativeFunction:
    """Put compiled code into memory.

    Args:
        compiled: by `compile_function`.
        memory: of its tables, by `reserve_tables`; whoever keeps it changes the open tables. None: all are
            closed.
    """
    tables = compiled.tables
    assert memory is not None or tables.size == len(tables.data), "open tables need memory"
    return load_native(compiled.function, compiled.machine_code, tables.data if memory is None else memory)


def _make_code(function: Function, cache: Path | None) -> tuple[MachineCode, Report]:
    """Return validated machine code, in the fastest style that can be proved.

    A filter inside the loop over messages may have too much to remember across the loop; called from a loop
    that is not part of the code, it is proved message by message. Emits in a loop need no guards where the
    validator finds out how the count of tuples is bounded.
    """
    *styles, last = _list_styles(function)
    if cache is not None:
        for style in (*styles, last):
            known = _recall_code(function, style, cache)
            if known is not None:
                return known
    for style in styles:
        with suppress(Refused):
            code = _generate_code(function, style, cache)
            return code, _validate(code, function, cache)
    code = _generate_code(function, last, cache)
    return code, _validate(code, function, cache)


_Style: TypeAlias = tuple[Form, bool]
"""The form of the code, and whether emits in loops are guarded."""


def _list_styles(function: Function) -> tuple[_Style, ...]:
    """Return the styles to try, the fastest first; the last is the easiest to prove."""
    if choose_form(function) == "batch":
        return ("batch", True), ("call", True)
    if may_omit_guards(function):
        return ("call", False), ("call", True)
    return (("call", True),)


def _recall_code(function: Function, style: _Style, cache: Path) -> tuple[MachineCode, Report] | None:
    """Return the machine code of an earlier run, if it was validated then."""
    code = find_code(cache, function, *style)
    if code is None:
        return None
    report = recall_report(cache, make_key(code.code, function, code.entry, code.form))
    return None if report is None else (code, report)


def _generate_code(function: Function, style: _Style, cache: Path | None) -> MachineCode:
    """Return the machine code from the cache, or from LLVM, which is loaded only then."""
    known = None if cache is None else find_code(cache, function, *style)
    if known is not None:
        return known
    from runtime.codegen.emit import emit_code  # LLVM takes longer to load than all the rest

    machine_code = emit_code(function, *style)
    if cache is not None:
        keep_code(cache, function, machine_code, style[1])
    return machine_code


def _validate(machine_code: MachineCode, function: Function, cache: Path | None) -> Report:
    """Return the report on the machine code, from an earlier run or by judging every byte of it."""
    if cache is None:
        return _judge(machine_code, function)
    key = make_key(machine_code.code, function, machine_code.entry, machine_code.form)
    known, refused = recall_report(cache, key), recall_refusal(cache, key)
    if known is not None:
        return known
    if refused is not None:
        raise refused
    try:
        report = _judge(machine_code, function)
    except Refused as refusal:
        keep_refusal(cache, key, refusal)
        raise
    keep_report(cache, key, report)
    return report


def _judge(machine_code: MachineCode, function: Function) -> Report:
    from runtime.validate.judge import validate_code  # loads capstone

    return validate_code(machine_code.code, function, machine_code.entry, machine_code.form)
