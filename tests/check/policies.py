"""Policies for tests: the litmus tests' own, and one that grants whatever a generated function declares."""

from __future__ import annotations

from dataclasses import replace

from runtime.ir.nodes import Function, Type
from runtime.policy import FILTER, Policy, RegionGrant

HANDLER = Policy(
    name="handler",
    regions=(
        RegionGrant("message", "read", 1 << 24),
        RegionGrant("memory", "read_write", 4096, constant=True),
    ),
    parameters=(Type.U64, Type.U32),
    results=(Type.U32,),
    emits=(Type.U64,),
    emit_limit=4,
    primitives=("clock",),
    deterministic=True,
    budget=1 << 20,
)

CLASSIFIER = replace(FILTER, name="classifier", open_tables=True)

BY_NAME = {"filter": FILTER, "handler": HANDLER, "classifier": CLASSIFIER}


def grant_everything(function: Function) -> Policy:
    return Policy(
        name="test",
        regions=tuple(
            RegionGrant(region.name, region.rights, region.maximum, region.constant)
            for region in function.regions
        ),
        parameters=tuple(parameter.type for parameter in function.parameters),
        results=function.results,
        emits=function.emits,
        emit_limit=function.emit_limit,
        primitives=("clock",),
        deterministic=False,
        budget=1 << 30,
        open_tables=True,
    )
