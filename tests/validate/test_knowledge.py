"""What the validator works out of choices, upper halves of products and divisors, and what it must not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from runtime import pipeline
from runtime.check.judgement import Judgement
from runtime.codegen.emit import emit_code
from runtime.codegen.machine_code import MachineCode
from runtime.diagnostic import Refused
from runtime.ir.nodes import Function
from runtime.opt.comparisons import decide_comparisons
from runtime.opt.optimize import PASSES, optimize_function
from runtime.pipeline import compile_function
from runtime.template.engines.loops import make_loop
from runtime.template.policies import find_policy
from runtime.validate.judge import validate_code
from runtime.validate.report import Report
from tests.template.samples import make_pointers
from tests.validate.shapes import validate_shape

_ACCEPTED = {
    # mov ecx,16; cmp rsi,rcx; cmovb rcx,rsi; test rsi,rsi; je 2f; xor edx,edx
    # 1: movzx eax,byte ptr [rdi+rdx]; inc rdx; cmp rdx,rcx; jb 1b;  2: xor eax,eax; ret
    "a choice of numbers above 0": (
        "filter",
        "b9100000004839ce480f42ce4885f6740e31d20fb6041748ffc24839ca72f431c0c3",
    ),
    # and edx,31; mov rax,rdx; movabs rcx,0xaaaaaaaaaaaaaaab; mul rcx; shr rdx
    # movzx eax,byte ptr [rdi+rdx]; ret
    "a third of at most 31": (
        "scratch_n",
        "83e21f4889d048b9abaaaaaaaaaaaaaa48f7e148d1ea0fb60417c3",
    ),
    # mov rcx,rdx; cmp rdx,1; adc rcx,0; mov eax,7; xor edx,edx; div rcx; ret
    "a divisor that is 1 at least": ("scratch_n", "4889d14883fa014883d100b80700000031d248f7f1c3"),
}

_REFUSED = {
    # as above, but `test rcx,rcx; js`: the message may be empty, and the loop reads before it compares
    "a choice that may be 0": (
        "filter",
        "b9100000004839ce480f42ce4885c9780e31d20fb6041748ffc24839ca72f431c0c3",
    ),
    # as above, but `and edx,63`: 21 is behind the block's 16 bytes
    "a third of at most 63": (
        "scratch_n",
        "83e23f4889d048b9abaaaaaaaaaaaaaa48f7e148d1ea0fb60417c3",
    ),
    # as above, but `cmp rdx,0`, which never carries
    "a divisor that may be 0": ("scratch_n", "4889d14883fa004883d100b80700000031d248f7f1c3"),
}


@pytest.mark.parametrize("name", _ACCEPTED)
def test_accepted(name: str) -> None:
    shape, digits = _ACCEPTED[name]
    assert validate_shape(bytes.fromhex(digits), shape).instructions > 5


@pytest.mark.parametrize("name", _REFUSED)
def test_refused(name: str) -> None:
    shape, digits = _REFUSED[name]
    with pytest.raises(Refused):
        validate_shape(bytes.fromhex(digits), shape)


def _make_pointer_loop() -> Function:
    pointers = make_pointers()
    loop = make_loop(pointers.owns, pointers.partitions, find_policy(pointers, "owns"))
    assert loop is not None
    return optimize_function(loop.function, (decide_comparisons, *PASSES))


def test_unguarded_emits_need_room_for_every_iteration() -> None:
    """The loop runs 1,024 times at most: the same code is refused where there is room for one tuple less."""
    function = _make_pointer_loop()
    code = emit_code(function, "call", guarded=False).code
    assert validate_code(code, replace(function, emit_limit=1024))
    with pytest.raises(Refused) as caught:
        validate_code(code, replace(function, emit_limit=1023))
    assert "`emits`" in caught.value.diagnostics[0].message


def test_guards_are_in_the_code_where_they_are_asked_for() -> None:
    function = _make_pointer_loop()
    unguarded, guarded = (emit_code(function, "call", guarded=each).code for each in (False, True))
    assert unguarded != guarded
    assert validate_code(guarded, replace(function, emit_limit=4096))


def test_what_was_refused_once_is_not_judged_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A style that cannot be proved is remembered, and so is the one that was proved instead."""
    judged: list[bytes] = []
    judge = pipeline._judge
    pointers = make_pointers()
    loop = make_loop(pointers.owns, pointers.partitions, find_policy(pointers, "owns"))
    assert loop is not None
    unguarded = emit_code(_make_pointer_loop(), "call", guarded=False).code

    def refuse_unguarded(machine_code: MachineCode, function: Function) -> Report:
        judged.append(machine_code.code)
        if machine_code.code == unguarded:
            return judge(MachineCode(b"\xcc", 0, "call"), function)
        return judge(machine_code, function)

    monkeypatch.setattr(pipeline, "_judge", refuse_unguarded)
    passes = (decide_comparisons, *PASSES)
    first = compile_function(loop.function, loop.policy, tmp_path, passes=passes)
    assert judged[0] == unguarded
    assert first.machine_code.code == judged[1]
    again = compile_function(loop.function, loop.policy, tmp_path, passes=passes)
    assert again.machine_code == first.machine_code
    assert again.report == first.report
    assert len(judged) == 2
    with pytest.raises(Refused, match=r"breakpoint|int3"):
        pipeline._validate(MachineCode(unguarded, 0, "call"), first.function, tmp_path)
    assert len(judged) == 2
    assert isinstance(first.judgement, Judgement)
