"""The seven thefts and confusions that the released XN let pass, and their like: refused when the types are
downloaded, where that can be seen, and at run time by name.

The files in `thefts` say in their first line why they are refused.

Source: ORIGINALS.md 3.1 to 3.3 (weaknesses of the released checker and of its set comparison); issue 5.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from runtime.ir.nodes import Constant, Emit, Function, Return, Type, Value
from runtime.ir.parser import parse_function
from runtime.source import Source
from runtime.template.download.form import encode_templates
from runtime.template.nodes import Template
from tests.xn.bench import Bench, User, words
from udfc.program import compile_templates
from vm.xn.owned import DATA, Owned
from vm.xok.refusal import Code, Refusal

THEFTS = sorted((Path(__file__).parent / "thefts").glob("*.udf"))


def expect(path: Path) -> str:
    """Return the code in the first line: `# CODE: why`."""
    return path.read_text().split(":")[0].removeprefix("# ")


@pytest.mark.parametrize("path", THEFTS, ids=lambda path: path.stem)
def test_a_theft_is_refused_when_it_is_downloaded(bench: Bench, path: Path) -> None:
    user = bench.login()
    before = dict(user.xn_types()), user.xn_info().free
    form = encode_templates(compile_templates(str(path)))
    refusal = user.refuse(Code.TYPE_REFUSED, user.xn_install, "thief", form)
    code = expect(path)
    assert code in (*refusal.message.split(), refusal.code.name)
    assert (dict(user.xn_types()), user.xn_info().free) == before
    user.install("zoo")  # the name and the number are free for others


# ---- what the text cannot say is said in IR: whoever downloads need not use our compiler

OWNS = """func owns(region meta: read, size 4096; region arguments: read, size 8; %0 partition: u64)
    emits (u64, u64, u64) max 1 {{
{body}
  return
}}"""

EMIT_LOADED = """  %2 = load u16le meta[%1]
  %3 = convert u64 %2
  %4 = const u64 1
  %5 = const u64 0
  %6 = ne %3, %5
  if %6 {
    emit %3, %4, %5
  }"""

BODIES = {
    "a load at -2": ("CHK001", f"  %1 = const u64 {(1 << 64) - 2}\n{EMIT_LOADED}"),
    "a load that ends one byte past the end": ("CHK001", f"  %1 = const u64 4095\n{EMIT_LOADED}"),
    "a division by zero": (
        "CHK",
        "  %1 = const u64 1\n  %2 = const u64 0\n  %3 = udiv %1, %2\n  emit %3, %1, %2",
    ),
    "a kind that there is not": (
        "TPL010",
        "  %1 = const u64 1\n  %2 = const u64 9\n  %3 = eq %0, %1\n  if %3 {\n  emit %1, %1, %2\n  }",
    ),
    "the clock": ("CHK", "  %1 = call clock()\n  %2 = const u64 1\n  %3 = const u64 0\n  emit %1, %2, %3"),
}


def list_node() -> Template:
    return compile_templates("list")["list_node"]


def encode_owns(owns: Function) -> bytes:
    """Return the form of a `list_node` with another `owns`."""
    return encode_templates({"list_node": replace(list_node(), owns=owns)})


@pytest.mark.parametrize("name", BODIES)
def test_what_is_downloaded_as_ir_is_refused(bench: Bench, name: str) -> None:
    code, text = BODIES[name]
    user = bench.login()
    form = encode_owns(parse_function(Source("thief.ir", OWNS.format(body=text))))
    refusal = user.refuse(Code.TYPE_REFUSED, user.xn_install, "thief", form)
    assert code in refusal.message, refusal.message


def test_a_register_that_was_never_written_cannot_be_named(bench: Bench) -> None:
    """The form counts back to where a value was defined: there is no name for one that was not."""
    user = bench.login()
    one = Value(1)

    def encode(operand: int) -> bytes:
        body = (Constant(one, Type.U64, 1), Emit((one, Value(operand), one)), Return(()))
        return encode_owns(replace(list_node().owns, body=body))

    first, second = encode(1), encode(0)
    (place,) = (at for at, (left, right) in enumerate(zip(first, second)) if left != right)
    assert (first[place], second[place]) == (1, 2)
    for back in (0, 3, 4, 100, 127):
        form = first[:place] + bytes([back]) + first[place + 1 :]
        assert "IR" in user.refuse(Code.TYPE_REFUSED, user.xn_install, "thief", form).message


def test_a_form_with_a_byte_changed_is_refused_or_is_another_that_is_proved(bench: Bench) -> None:
    """Register and jump targets out of range, wrong sizes, wrong counts: whatever one byte can do."""
    user = bench.login()
    form = bench.forms.load("list")
    found: Counter[str] = Counter()
    for number, at in enumerate(range(0, len(form), len(form) // 50)):
        value = (form[at] ^ 0x80, (form[at] + 1) % 256)[number % 2]
        try:
            user.xn_install(f"changed {at}", form[:at] + bytes([value]) + form[at + 1 :])
        except Refusal as refusal:
            found[refusal.code.name] += 1
    assert set(found) == {"TYPE_REFUSED"}
    assert found["TYPE_REFUSED"] > 30


def test_garbage_is_no_form(bench: Bench) -> None:
    user = bench.login()
    form = bench.forms.load("list")
    for data in (
        b"",
        b"\0",
        b"XUT1",
        bytes(4096),
        form[:-1],
        form + b"\0",
        form[4:],
        form * 2,
        b"\xff" * 1000,
    ):
        user.refuse(Code.TYPE_REFUSED, user.xn_install, "garbage", data)


# ---- the same at run time, by libraries that write bytes


@pytest.fixture
def root(bench: Bench) -> User:
    """A node in block 100 that owns data: 300 in slot 0, and 310 to 314 in run 0."""
    root = bench.login()
    root.create("r", 100, root.install("zoo")["zoo_node"], write=False)
    root.xn_call((100, ()), "set_data", (0, 300))
    root.xn_allocate((100, ()), 240, [(1024, words(310, 5))], Owned(310, 5, DATA))
    return root


def test_freeing_one_block_while_writing_another_number(bench: Bench, root: User) -> None:
    mine = Owned(300, 1, DATA)
    root.refuse(Code.OWNS_CHANGED, root.xn_free, (100, ()), 0, [(64, words(777))], mine)
    root.refuse(Code.OWNS_CHANGED, root.xn_free, (100, ()), 0, [], mine)
    root.refuse(Code.OWNS_CHANGED, root.xn_free, (100, ()), 0, [(64, words(0))], Owned(777, 1, DATA))


def test_allocating_into_one_slot_while_overwriting_another(bench: Bench, root: User) -> None:
    two = [(68, words(400)), (72, words(777))]
    root.refuse(Code.OUTSIDE_PARTITION, root.xn_allocate, (100, ()), 1, two, Owned(400, 1, DATA))
    old = [(68, words(400)), (64, words(0))]
    root.refuse(Code.OUTSIDE_PARTITION, root.xn_allocate, (100, ()), 1, old, Owned(400, 1, DATA))
    root.refuse(Code.OUTSIDE_PARTITION, root.xn_modify, (100, ()), [1], [(64, words(0))])
    root.refuse(Code.OWNS_CHANGED, root.xn_modify, (100, ()), None, [(64, words(0))])
    root.refuse(Code.OWNS_CHANGED, root.xn_modify, (100, ()), [0, 1], [(64, words(0))])


def test_sets_are_compared_with_their_counts(bench: Bench, root: User) -> None:
    changed = Code.OWNS_CHANGED
    root.refuse(changed, root.xn_modify, (100, ()), [240], [(1028, words(6))])
    root.refuse(changed, root.xn_modify, (100, ()), None, [(1028, words(4))])
    root.refuse(changed, root.xn_modify, (100, ()), [240], [(1024, words(311, 5))])
    root.refuse(changed, root.xn_free, (100, ()), 240, [(1024, words(0, 0))], Owned(310, 4, DATA))
    root.refuse(changed, root.xn_free, (100, ()), 240, [(1024, words(0, 0))], Owned(310, 6, DATA))
    root.refuse(changed, root.xn_free, (100, ()), 240, [(1028, words(2))], Owned(310, 3, DATA))
    root.refuse(changed, root.xn_allocate, (100, ()), 241, [(1032, words(400, 2))], Owned(400, 1, DATA))
    root.refuse(changed, root.xn_allocate, (100, ()), 241, [(1032, words(400, 1))], Owned(400, 2, DATA))
    root.xn_free((100, ()), 240, [(1028, words(2))], Owned(312, 3, DATA))
    root.xn_allocate((100, ()), 240, [(1028, words(4))], Owned(312, 2, DATA))
    root.xn_modify((100, ()), [240, 241], [(1024, words(310, 1, 311, 3))])  # five are one and four
    root.refuse(changed, root.xn_modify, (100, ()), [240, 241], [(1024, words(310, 2, 311, 3))])


def test_a_block_is_not_owned_as_another_type(bench: Bench, root: User) -> None:
    node = root.install("zoo")["zoo_node"]
    changed = Code.OWNS_CHANGED
    root.refuse(changed, root.xn_allocate, (100, ()), 1, [(68, words(400))], Owned(400, 1, node))
    root.refuse(changed, root.xn_allocate, (100, ()), 112, [(512, words(400))], Owned(400, 1, DATA))
    root.refuse(changed, root.xn_modify, (100, ()), [0, 112], [(64, words(0)), (512, words(300))])
    root.refuse(changed, root.xn_free, (100, ()), 0, [(64, words(0))], Owned(300, 1, node))


def test_a_union_does_not_become_something_else(bench: Bench, root: User) -> None:
    kinds = root.install("union")
    root.create("s", 500, kinds["shelf"], write=False)
    box, member = (500, (0,)), (500, (0, 0))
    pointers, raw, side = kinds["shelf_pointers"], kinds["shelf_bytes"], kinds["xor_side"]
    wrong = Code.WRONG_TYPE
    root.refuse(wrong, root.xn_set_type, box, [(0, words(2))], pointers)
    root.refuse(wrong, root.xn_set_type, box, [(0, words(1))], raw)
    root.refuse(wrong, root.xn_set_type, box, [(0, words(1))], side)
    root.refuse(wrong, root.xn_set_type, box, [(0, words(1))], DATA)
    root.refuse(wrong, root.xn_set_type, box, [(0, words(1))], 12345)
    root.refuse(wrong, root.xn_set_type, box, [(0, words(3))], raw)
    root.refuse(wrong, root.xn_set_type, box, [], pointers)
    root.refuse(Code.OWNS_CHANGED, root.xn_set_type, box, [(0, words(1)), (8, words(777))], pointers)
    root.xn_set_type(box, [(0, words(2)), (8, words(777))], raw)
    root.refuse(wrong, root.xn_set_type, box, [(0, words(1))], pointers)
    root.refuse(Code.OWNS_CHANGED, root.xn_modify, box, None, [(0, words(1))])
    root.refuse(Code.OWNS_CHANGED, root.xn_modify, (500, ()), None, [(512, words(1))])
    root.refuse(Code.NOT_RAW, root.xn_write_bytes, member, 0, words(1))
    root.refuse(wrong, root.xn_clear_type, box, [(0, words(1))])
    root.xn_clear_type(box, [(0, words(0))])
    root.refuse(Code.OWNS_CHANGED, root.xn_set_type, box, [(0, words(1))], pointers)  # 777 is still there
    root.xn_set_type(box, [(0, words(1)), (8, words(0))], pointers)
    root.xn_call(member, "set", (3, 600))
    root.refuse(Code.OWNS_CHANGED, root.xn_call, member, "turn", (2,))
    root.refuse(Code.OWNS_CHANGED, root.xn_clear_type, box, [(0, words(0))])
    root.refuse(Code.OWNS_CHANGED, root.xn_modify, member, None, [(0, words(2))])
    root.refuse(Code.OWNS_CHANGED, root.xn_modify, member, [0], [(0, words(2))])
    root.xn_call(member, "clear", (3,))
    root.xn_call(member, "turn", (2,))  # owning nothing, it may
    root.refuse(Code.NO_SUCH_METHOD, root.xn_call, member, "set", (3, 600))
    root.xn_write_bytes(member, 8, words(777))
    root.refuse(Code.OWNS_CHANGED, root.xn_modify, box, None, [(0, words(1))])
