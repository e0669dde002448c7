"""Remove dead code: instructions whose values nobody uses and that do nothing else.

    %0 = const u64 12                              return %9
    %1 = load u16be message[%0]        becomes
    return %9

One walk from the end to the start: when an instruction is reached, everything that could use it has been
seen.
"""

from __future__ import annotations

from dataclasses import replace

from runtime.ir.nodes import Body, Call, Emit, For, Function, If, Instruction, Return, Store, Value, Yield
from runtime.opt.operands import list_operands, list_targets
from runtime.opt.renumber import renumber_values


def remove_dead_code(function: Function) -> Function:
    """Return `function` without instructions that neither are used nor have an effect."""
    return renumber_values(replace(function, body=_sweep_body(function.body, set())))


def _sweep_body(body: Body, used: set[Value]) -> Body:
    """Return `body` swept, adding to `used` what it reads."""
    kept: list[Instruction] = []
    for place in range(len(body) - 1, -1, -1):
        instruction = body[place]
        last = place == len(body) - 1
        if not last and not _has_effect(instruction) and used.isdisjoint(list_targets(instruction)):
            continue
        kept.append(_sweep_bodies(instruction, used))
        used.update(list_operands(kept[-1]))
    return tuple(reversed(kept))


def _sweep_bodies(instruction: Instruction, used: set[Value]) -> Instruction:
    match instruction:
        case If(targets=targets):
            keep = [place for place, target in enumerate(targets) if target in used]
            return replace(
                instruction,
                targets=tuple(targets[place] for place in keep),
                then=_sweep_body(_keep_yields(instruction.then, keep), used),
                otherwise=_sweep_body(_keep_yields(instruction.otherwise, keep), used),
            )
        case For(body=body):
            return replace(instruction, body=_sweep_body(body, used))
        case _:
            return instruction


def _keep_yields(arm: Body, keep: list[int]) -> Body:
    """Return the arm yielding only the values at the places in `keep`."""
    last = arm[-1]
    if not isinstance(last, Yield):
        return arm
    return (*arm[:-1], replace(last, values=tuple(last.values[place] for place in keep)))


def _has_effect(instruction: Instruction) -> bool:
    """True when executing it can be noticed other than by its targets."""
    match instruction:
        case Store() | Call() | Emit() | Return():
            return True
        case If(then=then, otherwise=otherwise):
            return any(_has_effect(each) for each in (*then, *otherwise))
        case For(body=body):
            return any(_has_effect(each) for each in body)
        case _:
            return False
