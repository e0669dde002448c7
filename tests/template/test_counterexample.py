"""Counterexamples as files and as text: what is written is read, what is hostile is refused."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.diagnostic import Refused
from runtime.template.counterexample import Counterexample, read_counterexample, write_counterexample
from runtime.template.replay import replay
from runtime.template.replays.dump import dump_object
from tests.template.proving import lower, refuse

_NAMES = st.text(max_size=20)
_NUMBERS = st.integers(0, (1 << 64) - 1)
_COUNTEREXAMPLES = st.builds(
    Counterexample,
    _NAMES,
    _NAMES,
    _NAMES,
    st.dictionaries(_NAMES, st.binary(max_size=100), max_size=3).map(lambda each: tuple(each.items())),
    st.dictionaries(_NAMES, _NUMBERS, max_size=3).map(lambda each: tuple(each.items())),
    st.lists(st.tuples(_NAMES, st.lists(_NUMBERS, max_size=3).map(tuple)), max_size=3).map(tuple),
)

_BLOCK = """
template block(unit_bytes: u32 in {512, 1024}) : 64 bytes {
    layout { tag: u32le { low: 4 @0 }; slot: u32le[7]; name: bytes[16]; packed: u12le[10] @48 }
    discriminator tag
    partition slot[p in slot] { if slot[p] != 0 { own(slot[p], 1, data) } }
    partition name reads slot[2] {
        if slot[2] == 9 and name[0] == 0x41 { own(slot[2], unit_bytes / 512, data) }
    }
    method set(i: u32, b: u32) changes slot[i] gives own(b, 1, data) { require i < 7; slot[i] = b }
    acl(credential, operation) { return clock() / (after.tag + slot[0] * 0) > 5 }
}
"""


@given(_COUNTEREXAMPLES)
def test_a_file_is_read_as_it_was_written(counterexample: Counterexample) -> None:
    assert read_counterexample(write_counterexample(counterexample)) == counterexample


def _valid() -> dict[str, object]:
    region = {"length": 4, "rows": {"0": "01 02"}}
    return {
        "version": 1,
        "theorem": "safe",
        "template": "block",
        "function": "owns",
        "numbers": {"p": 3},
        "answers": [["clock", [5]]],
        "regions": {"meta": region},
    }


def test_the_valid_file_is_valid() -> None:
    assert read_counterexample(json.dumps(_valid())).meta == b"\1\2\0\0"


@pytest.mark.parametrize(
    "key, value",
    [
        ("version", 2),
        ("theorem", 5),
        ("template", "x" * 1000),
        ("function", None),
        ("numbers", []),
        ("numbers", {"p": -1}),
        ("numbers", {"p": 1 << 64}),
        ("numbers", {"p": True}),
        ("numbers", {"p": 1.5}),
        ("numbers", {str(number): 1 for number in range(100)}),
        ("answers", {}),
        ("answers", [["clock"]]),
        ("answers", [["clock", ["5"]]]),
        ("regions", {"meta": 5}),
        ("regions", {"meta": {"length": 4}}),
        ("regions", {"meta": {"length": 1 << 60, "rows": {}}}),
        ("regions", {"meta": {"length": 4, "rows": {"3": "01 02"}}}),
        ("regions", {"meta": {"length": 4, "rows": {"-1": "01"}}}),
        ("regions", {"meta": {"length": 4, "rows": {"x": "01"}}}),
        ("regions", {"meta": {"length": 4, "rows": {"0": "0g"}}}),
        ("regions", {"meta": {"length": 4, "rows": {"0": 7}}}),
        ("regions", {"a": {"length": 1 << 24, "rows": {}}, "b": {"length": 1, "rows": {}}}),
    ],
)
def test_damaged_files_are_refused(key: str, value: object) -> None:
    with pytest.raises(Refused) as caught:
        read_counterexample(json.dumps(_valid() | {key: value}))
    assert caught.value.diagnostics[0].code == "TPL050"


@pytest.mark.parametrize("text", ["", "5", "[]", "{", "{" * 100_000, "[" * 100_000, '{"version": 1}', "\0"])
def test_other_files_are_refused(text: str) -> None:
    with pytest.raises(Refused):
        read_counterexample(text)


def test_a_refusal_shows_the_object_with_its_fields() -> None:
    refusal = refuse(lower(_BLOCK))
    notes = {each.code: each.notes for each in refusal.diagnostics}
    assert set(notes) == {"CHK004"}
    assert "with a `block` of 64 bytes, all of them 0" in notes["CHK004"]
    assert any("as it would be afterwards` of 64 bytes" in note for note in notes["CHK004"])
    assert any(note.startswith("`acl` faults: ") for note in notes["CHK004"])


def test_a_saved_counterexample_is_replayed() -> None:
    templates = lower(_BLOCK.replace("clock() /", "clock() >").replace(" > 5", " "))
    refusal = refuse(templates)
    assert [each.code for each in refusal.diagnostics] == ["TPL013", "TPL016"]
    for (_, counterexample), found in zip(refusal.counterexamples, refusal.diagnostics, strict=True):
        lines = replay(templates, read_counterexample(write_counterexample(counterexample)))
        assert lines[0] == f"theorem: {counterexample.theorem}"
        assert lines[1:] == found.notes[:-1]


def test_what_does_not_happen_is_said_not_to_happen() -> None:
    templates = lower(_BLOCK)
    counterexample = Counterexample("zeros own nothing", "block", "", (("meta", bytes(64)),), (("p", 0),))
    assert replay(templates, counterexample)[-1] == "nothing that is forbidden happens"
    for theorem, regions in (
        ("safe", (("meta", bytes(64)),)),
        ("no such theorem", ()),
        ("read sets disjoint", (("meta", bytes(63)),)),
        ("owned after = before + gives - takes", (("meta", bytes(64)), ("arguments", b""))),
    ):
        hostile = Counterexample(theorem, "block", "set", regions, (("p", 1 << 63), ("q", 7)))
        assert replay(templates, hostile)[-1] == "nothing that is forbidden happens"
    assert "no template" in replay(templates, Counterexample("safe", "nobody", "", (), ()))[0]


def test_a_dump_names_the_fields_of_the_bytes_that_matter() -> None:
    template = lower(_BLOCK)["block"]
    content = bytearray(64)
    content[8], content[40], content[51] = 1, 2, 3
    rows = dump_object(template, bytes(content), [9, 33])
    assert [row[:8] for row in rows] == ["  000000", "  *", "  000020", "  000030"]
    assert rows[0].endswith("  slot[1]")
    assert rows[2].endswith("  name[1]")
    assert rows[3].endswith("  packed[2]")


def test_a_dump_fits_on_a_screen() -> None:
    template = lower("template big : 65536 bytes { layout { byte: u8[65536] } }")["big"]
    rows = dump_object(template, b"\1" * 65536)
    assert len(rows) < 30
    assert rows[-1].startswith("  ... and ")
    assert all(len(row) < 110 for row in rows)
