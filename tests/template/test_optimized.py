"""Optimized functions are kept, proved again when they are found, and never needed."""

from __future__ import annotations

import pytest

from runtime.ir.binary import encode_function
from runtime.load.native import native_available
from runtime.template.engine import load_template
from runtime.template.engines.optimized import compile_optimized
from runtime.template.policies import find_policy
from udfc.program import compile_templates

pytestmark = pytest.mark.skipif(not native_available(), reason="the native engine needs an x86-64 host")

EXTENTS = compile_templates("ext")["ext_extents"]
BLOCK = bytes.fromhex("0af3 0200 5401 0000 00000000") + bytes.fromhex(
    "00000000 0300 0000 64000000  03000000 0180 0000 c8000000"
)
ARGUMENTS = (1024, 0, 0)
OWNED = [[100, 3], [200, 1]]


def ask(cache):
    found = load_template(EXTENTS, "native", cache).owns(BLOCK.ljust(1024, b"\0"), ARGUMENTS)
    data = [number for number, kind in enumerate(EXTENTS.kinds) if kind.template == "data"]
    assert set(found[:, 2].tolist()) == set(data)
    return found[:, :2].tolist()


def test_kept_or_not_the_answers_are_the_same(tmp_path):
    assert ask(None) == OWNED
    assert ask(tmp_path) == OWNED
    assert ask(tmp_path) == OWNED


def test_what_is_kept_is_the_optimized_function(tmp_path):
    policy = find_policy(EXTENTS, "owns")
    first = compile_optimized(EXTENTS.owns, policy, tmp_path)
    again = compile_optimized(EXTENTS.owns, policy, tmp_path)
    assert again.machine_code == first.machine_code
    assert again.function != EXTENTS.owns


@pytest.mark.parametrize("damage", ["cut", "zeros", "empty"])
def test_a_damaged_store_costs_time_and_nothing_else(tmp_path, damage):
    ask(tmp_path)
    for path in tmp_path.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            spoiled = {"cut": data[: len(data) // 2], "zeros": bytes(len(data)), "empty": b""}[damage]
            path.write_bytes(spoiled)
    assert ask(tmp_path) == OWNED


def test_kept_functions_are_proved_again(tmp_path, monkeypatch):
    forged = encode_function(compile_templates("ext")["ext_super"].owns)
    monkeypatch.setattr("runtime.template.engines.optimized.read_entry", lambda cache, key: forged)
    compiled = compile_optimized(EXTENTS.owns, find_policy(EXTENTS, "owns"), tmp_path)
    assert (
        compiled.function.regions == EXTENTS.owns.regions
    )  # the forged one reads a superblock, and is refused
