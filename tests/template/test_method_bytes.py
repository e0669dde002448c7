"""What a method may not do though its partitions own what it says: give or write a part, move the unit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runtime.template.nodes import Kind
from tests.template.proving import codes, install, lower, refuse

_UNION = """
template item : 16 bytes {
    layout { pointer: u32le }
    partition one { if pointer != 0 { own(pointer, 1, data) } }
}

template either : 64 bytes {
    layout { low: u32le @8; note: u32le @56; tag: u32le @60 }
    discriminator tag
    unit 1024 << (tag & 3)
    partition one { if tag & 4 != 0 { part(0, item) } }
    METHOD
}
"""


def _text(method: str) -> str:
    return _UNION.replace("METHOD", method)


@pytest.mark.parametrize(
    ("method", "code"),
    [
        ("method m(to: u32) { low = to }", "TPL034"),
        ("method m(to: u32) { require tag & 4 != 0; low = to }", "TPL034"),
        ("method m() { require tag == 0; tag = 1 }", "TPL033"),
        ("method m() { require tag in {1..3}; tag = tag - 1 }", "TPL033"),
        ("method m() changes one { require tag == 0; tag = 4 }", "TPL032"),
        ("method m() changes one { require tag == 4; tag = 0 }", "TPL032"),
    ],
)
def test_changes_of_units_and_parts_are_refused(method: str, code: str) -> None:
    assert codes(refuse(lower(_text(method)))) == [code]


@pytest.mark.parametrize(
    "method",
    [
        "method m(to: u32) { note = to }",
        "method m(to: u32) { require tag & 4 == 0; low = to }",  # while there is no part there
        "method m() { require tag == 1; tag = 9 }",  # another tag, the same unit
        "method m() changes one { require tag == 0; low = 0 }",
    ],
)
def test_other_changes_are_proved(method: str) -> None:
    assert install(_text(method)).tested == frozenset()


def test_parts_cannot_be_given() -> None:
    method = "method m() changes one gives own(0, 16, data) { require tag == 0; tag = 4 }"
    templates = lower(_text(method))
    either = templates["either"]
    part = either.kinds.index(Kind("part", "item", 0))
    data = either.kinds.index(Kind("own", "data", 0))
    kinds = list(either.kinds)
    kinds[data] = kinds[part]  # as no compiler of ours would write it: what is given is the part itself
    forged = {**templates, "either": replace(either, kinds=tuple(kinds))}
    assert codes(refuse(forged)) == ["TPL010"]
