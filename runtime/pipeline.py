"""The stages between IR that nobody trusts and code that runs: every stage, in order, one line each.

In: a function and the policy that it must keep. Out: machine code that has been judged, ready to load. LLVM
and the
optimizer are not believed: what they made is validated, also when it comes out of the cache.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from runtime.check.judgement import Judgement
from runtime.check.prove import check_function
from runtime.codegen.machine_code import MachineCode
from runtime.diagnostic import Accepted, Diagnostic, Refused, Rejected, Unknown
from runtime.ir.nodes import Function
from runtime.ir.verify import verify_function
from runtime.load.cache import find_code, keep_code
from runtime.load.native import NativeFunction, load_native
from runtime.opt.optimize import optimize_function
from runtime.policy import Policy
from runtime.tables.layout import TableBlock, build_tables
from runtime.validate.cache import keep_report, make_key, recall_report
from runtime.validate.report import Report


@dataclass(frozen=True, slots=True)
class Compiled:
    """A function that has passed every stage.

    Args:
        function: as optimized: what the code was made from.
        judgement: of the function as it was given.
        tables: the bytes of its tables.
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


def compile_function(function: Function, policy: Policy, cache: Path | None = None) -> Compiled:
    """Take `function` through every stage.

    Args:
        function: from a compiler of ours, or downloaded.
        policy: what it may do.
        cache: a directory of earlier proofs and machine code; None: nothing is kept.

    Raises:
        Refused: IR, CHK, GEN or VAL codes, by the stage that refuses.
    """
    judgement = prove_function(function, policy, cache)
    optimized = optimize_function(function)
    tables = build_tables(optimized)
    machine_code = _generate_code(optimized, tables, cache)
    report = _validate(machine_code, optimized, tables, cache)
    # Translation validation (the code computes what `optimized` says) is the next judge; it goes here.
    return Compiled(optimized, judgement, tables, machine_code, report)


def load_function(function: Function, policy: Policy, cache: Path | None = None) -> NativeFunction:
    """Compile `function` and load it; arguments and refusals as for `compile_function`."""
    return load_compiled(compile_function(function, policy, cache))


def load_compiled(compiled: Compiled) -> NativeFunction:
    """Put compiled code into memory."""
    return load_native(compiled.function, compiled.machine_code, compiled.tables.data)


def _generate_code(function: Function, tables: TableBlock, cache: Path | None) -> MachineCode:
    """Return the machine code from the cache, or from LLVM, which is loaded only then."""
    known = None if cache is None else find_code(cache, function, tables)
    if known is not None:
        return known
    from runtime.codegen.emit import emit_code  # LLVM takes longer to load than all the rest

    machine_code = emit_code(function, tables)
    if cache is not None:
        keep_code(cache, function, tables, machine_code)
    return machine_code


def _validate(
    machine_code: MachineCode, function: Function, tables: TableBlock, cache: Path | None
) -> Report:
    """Return the report on the machine code, from an earlier run or by judging every byte of it."""
    key = make_key(machine_code.code, function, len(tables.data), machine_code.entry)
    known = None if cache is None else recall_report(cache, key)
    if known is not None:
        return known
    from runtime.validate.judge import validate_code  # loads capstone

    report = validate_code(machine_code.code, function, len(tables.data), machine_code.entry)
    if cache is not None:
        keep_report(cache, key, report)
    return report
