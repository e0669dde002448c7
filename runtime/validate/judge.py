"""Judge machine code: the one function that lists the validator's steps."""

from __future__ import annotations

from runtime.codegen.convention import Form
from runtime.diagnostic import Diagnostic, Refused
from runtime.ir.nodes import Function
from runtime.validate.contract import make_contract
from runtime.validate.decode import decode_code
from runtime.validate.explore import Effort, explore
from runtime.validate.flow import build_graph
from runtime.validate.memory import Obligation
from runtime.validate.refuse import describe_place
from runtime.validate.report import Report


def validate_code(code: bytes, function: Function, entry: int = 0, form: Form = "call") -> Report:
    """Prove that `code` does no harm when it is called as `function`.

    Args:
        code: all bytes of one function, position-independent, padding allowed behind it.
        function: its declaration; the body is not looked at.
        entry: offset of the first instruction.
        form: how it is called.

    Raises:
        Refused: a VAL code, naming the address and what could not be proved.
    """
    instructions = decode_code(code)
    graph = build_graph(instructions, entry)
    exploration = explore(graph, make_contract(function, form), Effort())
    if exploration.judgement.open:
        effort = Effort(reach=2, suspects=exploration.suspects())
        exploration = explore(graph, make_contract(function, form), effort)
    judgement = exploration.judgement
    if judgement.open:
        from runtime.validate.smt import find_unproved  # loads z3, which most code does not need

        unproved = find_unproved(exploration)
        if unproved is not None:
            raise Refused(_explain(unproved))
    return Report(len(instructions), judgement.proved, len(judgement.open), judgement.deepest)


def _explain(obligation: Obligation) -> Diagnostic:
    message = f"{describe_place(obligation.instruction)}: {obligation.fact}"
    return Diagnostic(obligation.code.code, message, notes=("neither linear facts nor z3 prove it",))
