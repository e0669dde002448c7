"""The induction: owned after = owned before + gives - takes, for every object and all arguments.

Each case is a method of one template; what the prover says of it is in its name. Every accepted method is
also run on random objects, every refused one has a counterexample that was replayed (`refuse` does that).
"""

from __future__ import annotations

import random

import pytest

from runtime.template.multiset import apply_changes, count_owned
from runtime.template.nodes import TOUCHES, Method, Template
from runtime.template.replays.ask import Object
from tests.template.proving import codes, install, lower, refuse

_TEMPLATE = """
struct extent {{ logical: u32le; start: u32le; blocks: u16le; flags: u16le {{ used: 1 @0; kind: 3 @4 }} }}

template pointers : 64 bytes {{
    layout {{ pointer: u32be[16] }}
    partition pointer[p in pointer] {{ if pointer[p] != 0 {{ own(pointer[p], 1, data) }} }}
}}

template block : 128 bytes {{
    layout {{
        version: u32le
        count: u16le
        one: u16le
        direct: u32le[8]
        single: u32le
        last: u16be
        pad: u16le
        extents: extent[4] @48
    }}
    discriminator version
    partition direct[p in direct] {{
        if version != 0 and direct[p] != 0 {{ own(direct[p], 1, data) }}
    }}
    partition single {{ if single != 0 {{ own(single, 1, pointers) }} }}
    partition extents[p in extents] {{
        if extents[p].blocks != 0 {{ own(extents[p].start, extents[p].blocks, data) }}
    }}
    partition last {{ if last != 0 {{ own(last, 1, data) }} }}

{method}
}}
"""


def _text(method: str) -> str:
    return _TEMPLATE.format(method=method)


_PROVED = {
    "set": """
    method set(i: u32, b: u32) changes direct[i] gives own(b, 1, data) {
        require i < 8 and version != 0 and direct[i] == 0 and b != 0
        direct[i] = b
    }""",
    "clear": """
    method clear(i: u32) changes direct[i] takes own(direct[i], 1, data) {
        require i < 8 and version != 0 and direct[i] != 0
        direct[i] = 0
    }""",
    "clear what may be clear": """
    method clear(i: u32) changes direct[i] takes own(direct[i], 1, data) if direct[i] != 0 and version != 0 {
        require i < 8
        direct[i] = 0
    }""",
    "replace": """
    method replace(i: u32, b: u32) changes direct[i] gives own(b, 1, data) takes own(direct[i], 1, data) {
        require i < 8 and direct[i] != 0 and b != 0 and version != 0
        direct[i] = b
    }""",
    "move": """
    method move(i: u32, j: u32) changes direct[i], direct[j] {
        require i < 8 and j < 8 and direct[j] == 0
        direct[j] = direct[i]
        direct[i] = 0
    }""",
    "swap": """
    method swap(i: u32, j: u32) changes direct[i], direct[j] {
        require i < 8 and j < 8
        let x = direct[i]
        direct[i] = direct[j]
        direct[j] = x
    }""",
    "move an own": """
    method move(i: u32) changes direct[i], last {
        require i < 8 and version != 0 and direct[i] != 0 and direct[i] < 65536 and last == 0
        last = direct[i]
        direct[i] = 0
    }""",
    "touch nothing": """
    method stamp(c: u16) { count = c }""",
    "count": """
    method set(i: u32, b: u32) changes direct[i] gives own(b, 1, data) {
        require i < 8 and version != 0 and direct[i] == 0 and b != 0 and count < 65535
        direct[i] = b
        count = count + 1
    }""",
    "other version": """
    method renew(v: u32) {
        require version != 0 and v != 0
        version = v
    }""",
    "grow an extent": """
    method grow(i: u32) changes extents[i]
        gives own(extents[i].start + extents[i].blocks, 1, data) {
        require i < 4 and extents[i].blocks != 0 and extents[i].blocks < 100
        extents[i].blocks = extents[i].blocks + 1
    }""",
    "grow from nothing": """
    method grow(i: u32) changes extents[i]
        gives own(extents[i].start + extents[i].blocks, 1, data) {
        require i < 4 and extents[i].blocks < 100
        extents[i].blocks = extents[i].blocks + 1
    }""",
    "split an extent": """
    method split(i: u32, j: u32, n: u16) changes extents[i], extents[j] {
        require i < 4 and j < 4 and i != j and extents[j].blocks == 0 and n < extents[i].blocks
        require extents[i].start <= 0xffff0000
        extents[j].start = extents[i].start + n
        extents[j].blocks = extents[i].blocks - n
        extents[i].blocks = n
    }""",
    "free an extent": """
    method free(i: u32) changes extents[i] takes own(extents[i].start, extents[i].blocks, data) {
        require i < 4
        extents[i].blocks = 0
    }""",
    "bits": """
    method mark(i: u32, k: u8) {
        require i < 4 and k < 8
        extents[i].flags.kind = k
        extents[i].flags.used = 1
    }""",
    "indirect": """
    method set_single(b: u32) changes single gives own(b, 1, pointers) {
        require single == 0 and b != 0
        single = b
    }""",
    "clear all": """
    method clear_all()
        changes direct[0], direct[1], direct[2], direct[3]
        takes own(direct[0], 1, data) if direct[0] != 0, own(direct[1], 1, data) if direct[1] != 0,
            own(direct[2], 1, data) if direct[2] != 0, own(direct[3], 1, data) if direct[3] != 0 {
        require version != 0
        for i in 0..4 { direct[i] = 0 }
    }""",
    "listed twice": """
    method set(i: u32, b: u32) changes direct[i], direct[i] gives own(b, 1, data) {
        require i < 8 and version != 0 and direct[i] == 0 and b != 0
        direct[i] = b
    }""",
}

_REFUTED = {
    "overwrites": ("TPL032", _PROVED["set"].replace(" and direct[i] == 0", "")),
    "nil given": ("TPL032", _PROVED["set"].replace(" and b != 0", "")),
    "wrong version": ("TPL032", _PROVED["set"].replace(" and version != 0", "")),
    "two blocks": ("TPL032", _PROVED["set"].replace("own(b, 1, data)", "own(b, 2, data)")),
    "other block": ("TPL032", _PROVED["set"].replace("own(b, 1, data)", "own(b + 1, 1, data)")),
    "other kind": ("TPL032", _PROVED["set"].replace("own(b, 1, data)", "own(b, 1, pointers)")),
    "takes what it gives": ("TPL032", _PROVED["set"].replace("gives", "takes")),
    "other slot": ("TPL031", _PROVED["set"].replace("direct[i] = b", "direct[i ^ 1] = b")),
    "other field": ("TPL031", _PROVED["set"].replace("direct[i] = b", "single = b")),
    "half a number": ("TPL031", _PROVED["set"].replace("direct[i] = b", "one = 7; direct[i] = b; last = 1")),
    "leaks": ("TPL032", _PROVED["clear"].replace("takes own(direct[i], 1, data)", "")),
    "forgets a case": ("TPL032", _PROVED["clear what may be clear"].replace(" and version != 0", "")),
    "changes nothing": ("TPL032", _PROVED["clear"].replace("direct[i] = 0", "count = 0")),
    "doubles": ("TPL032", _PROVED["move"].replace("direct[i] = 0", "count = 0")),
    "moves over": ("TPL032", _PROVED["move"].replace(" and direct[j] == 0", "")),
    "moves one unlisted": (
        "TPL031",
        _PROVED["swap"].replace("changes direct[i], direct[j]", "changes direct[i]"),
    ),
    "nil version": ("TPL031", _PROVED["other version"].replace(" and v != 0", "")),
    "from nil version": ("TPL031", _PROVED["other version"].replace("version != 0 and ", "")),
    "grows by two": ("TPL032", _PROVED["grow an extent"].replace("blocks + 1", "blocks + 2")),
    "splits itself": (
        "TPL032",
        _PROVED["split an extent"].replace("i != j and ", "").replace("== 0 and", "== 5 and"),
    ),
    "splits and loses": (
        "TPL032",
        _PROVED["split an extent"].replace("extents[i].start + n", "extents[i].start"),
    ),
    "one too few": ("TPL031", _PROVED["clear all"].replace("0..4", "0..5")),
    "one too many": ("TPL032", _PROVED["clear all"].replace("0..4", "0..3")),
}


@pytest.mark.parametrize("name", _PROVED)
def test_proved(name: str) -> None:
    text = _text(_PROVED[name])
    installation = install(text)
    assert not installation.tested
    template = installation.templates["block"]
    changed = sum(_keeps_its_word(template, template.methods[0], seed) for seed in range(200))
    assert changed > 0


@pytest.mark.parametrize("name", _REFUTED)
def test_refuted(name: str) -> None:
    code, method = _REFUTED[name]
    assert codes(refuse(lower(_text(method)))) == [code]


def _keeps_its_word(template: Template, method: Method, seed: int) -> bool:
    """Run a method on a random object, and say whether it did anything."""
    generator = random.Random(seed)
    meta = bytearray(generator.choice([0, 0, 0, 1, 2, 255]) for _ in range(template.maximum))
    numbers = [generator.choice([0, 1, 2, 3, 5, 300]) for _ in method.parameters]
    arguments = b"".join(number.to_bytes(8, "little") for number in numbers).ljust(8, b"\0")
    subject = Object(template, bytes(meta), arguments)
    result, after, changes = subject.change(method)
    if result != 0:
        assert after == subject.meta
        return False
    listed = dict.fromkeys(change[1] for change in changes if change[0] == TOUCHES)
    for p in range(subject.partitions()):
        if p not in listed:
            assert subject.owns(p) == subject.owns(p, after)
    before = [owned for p in listed for owned in subject.owns(p)]
    owned_after = [owned for p in listed for owned in subject.owns(p, after)]
    assert count_owned(owned_after, template.kinds) == apply_changes(before, changes, template.kinds)
    return True


_LOOP = """
template runs : 64 bytes {
    layout { count: u32le; one: u32le; two: u32le; slot: u32le[8] @32 }
    partition pair reads one, two {
        if one != 0 { own(one, 1, data) }
        if two != 0 { own(two, 1, data) }
    }
    partition all reads count, slot {
        if count <= 8 { for i in 0..count max 8 { if slot[i] != 0 { own(slot[i], 1, data) } } }
    }
    METHOD
}
"""


def _judge(method: str) -> str:
    installation = install(_LOOP.replace("METHOD", method))
    return "tested" if installation.tested else "proved"


def test_the_order_in_which_a_partition_owns_does_not_matter() -> None:
    swap = "method swap() { let x = one; one = two; two = x }"
    assert _judge(swap) == "proved"
    refusal = refuse(lower(_LOOP.replace("METHOD", swap.replace("two = x", "two = one"))))
    assert codes(refusal) == ["TPL031"]


@pytest.mark.parametrize("count", [0, 3, 8])
def test_loops_that_a_method_cuts_short(count: int) -> None:
    empty = " and ".join(f"slot[{number}] == 0" for number in range(8))
    cut = f"method cut() {{ require {empty}; count = {count} }}"
    assert _judge(cut) == "proved"
    refusal = refuse(lower(_LOOP.replace("METHOD", cut.replace("slot[0] == 0", "slot[0] == 7"))))
    assert codes(refusal) == ["TPL031"]


def test_a_method_on_a_long_loop_is_tested() -> None:
    method = "method set(i: u32, b: u32) { require i < 8 and slot[i] == b; slot[i] = b }"
    assert _judge(method) == "proved"
    text = (
        _LOOP.replace("METHOD", method).replace("u32le[8] @32", "u32le[4000] @32").replace(": 64", ": 17000")
    )
    long = text.replace("count <= 8", "count <= 4000").replace("max 8", "max 4000")
    assert install(long).tested == {("runs", "set")}
