"""Filters in download form, from text: what a library does before it asks the kernel."""

from __future__ import annotations

from functools import cache

from dpfc.formula import And, Field, Formula, Start, Test
from dpfc.language.parse import parse_file
from dpfc.resolve import resolve_files
from runtime.source import Source
from vm.net.download import Download, Follow
from vm.net.form import encode_filter


@cache
def formula_of(text: str) -> Formula:
    (one,) = resolve_files((parse_file(Source("<test>", f"filter f {{ {text} }}\n")),), 1, {}).filters
    return one.formula


@cache
def form_of(text: str, priority: int = 0, follow: Follow | None = None) -> bytes:
    return encode_filter(Download(formula_of(text), priority, follow))


def word(offset: int, value: int, bits: int = 16) -> Test:
    """`offset:bits == value`, bytes from the start of the frame."""
    return Test(Field(Start(), 8 * offset, bits), ((value, value),))


def raw(*tests: Test, priority: int = 0, follow: Follow | None = None) -> bytes:
    return encode_filter(Download(And(tests), priority, follow))


FRAGMENTS = Follow(
    first=And((word(12, 0x0800), Test(Field(Start(), 8 * 20 + 2, 1), ((1, 1),)))),
    later=And((word(12, 0x0800), Test(Field(Start(), 8 * 20 + 3, 13), ((1, 0x1FFF),)))),
    key=tuple(Field(Start(), 8 * offset, bits) for offset, bits in ((26, 32), (30, 32), (23, 8), (18, 16))),
)
