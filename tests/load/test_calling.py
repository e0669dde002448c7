"""The loop that calls: its listings are what they say, and it answers like the loop around the filter."""

from __future__ import annotations

import array
import random
import shutil
import subprocess
from pathlib import Path

import capstone
import pytest

from runtime.codegen.emit import emit_code
from runtime.load.batch import Messages, run_emitting_filter, run_filter
from runtime.load.native import load_native, native_available
from runtime.load.trampoline import EMITTING_LISTING, FILTER_LISTING, place_loop, read_listing
from runtime.tables.layout import build_tables
from runtime.tables.specialize import specialize_tables
from tests.load.filters import make_byte_emitter, make_port_filter

native_only = pytest.mark.skipif(not native_available(), reason="needs an x86-64 host")


def test_listing_is_what_the_assembler_makes(tmp_path: Path) -> None:
    assembler = shutil.which("as")
    objcopy = shutil.which("objcopy")
    if assembler is None or objcopy is None:
        pytest.skip("needs binutils")
    for listing in (FILTER_LISTING, EMITTING_LISTING):
        lines = [line[21:] if line.startswith("    ") else line for line in listing.splitlines()]
        source, made, code = (tmp_path / name for name in ("loop.s", "loop.o", "loop.bin"))
        source.write_text(".intel_syntax noprefix\n" + "\n".join(lines) + "\n.p2align 6, 0xcc\nfunction:\n")
        subprocess.run([assembler, "--64", source, "-o", made], check=True)
        subprocess.run([objcopy, "-O", "binary", "-j", ".text", made, code], check=True)
        assert code.read_bytes() == place_loop(listing)


@pytest.mark.parametrize("listing", (FILTER_LISTING, EMITTING_LISTING), ids=("filter", "emitting"))
def test_listing_decodes(listing: str) -> None:
    """Each line of the listing is one instruction; the stack is balanced."""
    code = read_listing(listing)
    decoded = list(capstone.Cs(capstone.CS_ARCH_X86, capstone.CS_MODE_64).disasm(code, 0))
    lines = [line for line in listing.splitlines() if line.startswith("    ")]
    assert [each.bytes.hex() for each in decoded] == [line[4:21].replace(" ", "") for line in lines]
    pushed = [each.op_str for each in decoded if each.mnemonic == "push"]
    popped = [each.op_str for each in decoded if each.mnemonic == "pop"]
    assert popped == pushed[::-1]
    reserved = (
        sum(int(each.op_str.split(", ")[1], 0) for each in decoded if each.op_str.startswith("rsp, ")) // 2
    )
    assert (8 + 8 * len(pushed) + reserved) % 16 == 0, "the stack is aligned at the call"
    assert sum(each.mnemonic == "call" for each in decoded) == 1
    assert decoded[-1].mnemonic == "ret"


@native_only
@pytest.mark.parametrize("make", [make_port_filter, make_byte_emitter])
def test_both_loops_answer_alike(make: object) -> None:
    assert callable(make)
    function = make()
    tables = build_tables(function)
    specialized = specialize_tables(function, tables)
    chance = random.Random(5)
    messages = [bytes(chance.choice((0, 80, 1, 187)) for _ in range(chance.randrange(9))) for _ in range(500)]
    offsets = array.array("Q", [0])
    for message in messages[:-1]:
        offsets.append(offsets[-1] + len(message))
    batch = Messages(b"".join(messages), offsets, array.array("I", map(len, messages)), len(messages))
    outcomes = []
    for form in ("batch", "call"):
        native = load_native(specialized, emit_code(specialized, form), tables.data)
        assert native.takes_messages
        answers = array.array("I", bytes(4 * len(messages)))
        ids = array.array("I", bytes(4 * 8 * len(messages)))
        if function.emits:
            progress = run_emitting_filter(native, batch, answers, ids)
        else:
            progress = run_filter(native, batch, answers)
        outcomes.append((progress, answers, ids))
    assert outcomes[0] == outcomes[1]
    assert any(outcomes[0][1]), "some message is answered"
