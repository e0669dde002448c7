"""Loops over messages are proved in one walk, and the guess of what they change is right."""

from __future__ import annotations

import pytest

from runtime.validate.carried import guess_changes
from runtime.validate.contract import make_contract
from runtime.validate.decode import decode_code
from runtime.validate.explore import Effort, explore
from runtime.validate.flow import build_graph
from tests.validate.batch_samples import BATCH_SAMPLES
from tests.validate.samples import Sample
from tests.validate.shapes import SHAPES

_STRAIGHT = [sample for sample in BATCH_SAMPLES if "loop" not in sample.name and "sum" not in sample.name]


@pytest.mark.parametrize("sample", _STRAIGHT, ids=lambda sample: sample.name)
def test_few_walks_are_enough(sample: Sample) -> None:
    """Twice where only the comparison at the end of an iteration bounds the next, which is one more walk."""
    instructions = decode_code(sample.code)
    graph = build_graph(instructions, 0)
    assert len(graph.loops) == 1
    exploration = explore(graph, make_contract(SHAPES[sample.shape], "batch"), Effort())
    assert not exploration.judgement.open
    assert exploration.steps < 2.5 * len(instructions)


# Intel syntax                                                                         what changes
_GUESSES = (
    ("ffc1 ebfc", {1}),  # again: inc ecx; jmp again                                      rcx
    ("48897c2408 89cf 488b7c2408 ebf2", set()),  # mov [rsp+8],rdi; mov edi,ecx; mov rdi,[rsp+8]: nothing
    ("48897c2408 89cf 488b7c2410 ebf2", {7}),  # the same from another slot               rdi
    ("4889f8 4889c7 ebf8", {0}),  # mov rax,rdi; mov rdi,rax                             rax
    ("48ff442408 ebf9", {(-48, 8)}),  # inc qword ptr [rsp+8]                            the slot
    ("c644240c00 ebf9", {(-48, 8)}),  # mov byte ptr [rsp+12],0                          the slot around it
    ("4839f7 7403 4889f7 ebf6", {7}),  # cmp rdi,rsi; je 1f; mov rdi,rsi; 1:             rdi
)


@pytest.mark.parametrize(("digits", "changed"), _GUESSES)
def test_guess_of_changes(digits: str, changed: set[object]) -> None:
    graph = build_graph(decode_code(bytes.fromhex(digits)), 0)
    start: dict[object, object] = {number: f"register {number}" for number in (0, 1, 6, 7)}
    start[(-48, 8)] = "register 7"
    start[(-40, 8)] = "unknown"
    assert guess_changes(0, tuple(graph.blocks.values()), start, -56) == changed
