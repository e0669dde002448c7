"""Programs whose first line says what must be said about them, and every diagnostic's own examples."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from dpfc.codes_meaning import MEANING_CODES
from dpfc.codes_text import TEXT_CODES
from dpfc.language.parse import parse_file, read_source
from dpfc.resolve import resolve_files
from runtime import limits
from runtime.diagnostic import CodeEntry, Diagnostic, Refused
from runtime.source import Source

PROGRAMS = sorted((Path(__file__).parent.parent / "litmus" / "dpf").glob("*.dpf"))
WITH_EXAMPLES = [entry for entry in (*TEXT_CODES, *MEANING_CODES) if entry.language == "dpf"]


def judge(source: Source) -> tuple[Diagnostic, ...]:
    try:
        return resolve_files([parse_file(source)], 1).warnings
    except Refused as refusal:
        return refusal.diagnostics


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_program(path: Path) -> None:
    source = read_source(path.name, path.read_bytes())
    expected = source.text.splitlines()[0].removeprefix("# expect: ")
    said = judge(source)
    places = [one.span.source.position(one.span.start) for one in said]
    found = [f"{one.code} at {line}:{column}" for one, (line, column) in zip(said, places)]
    assert (found or ["accepted"]) == [expected]
    assert all(one.notes for one in said), "a refusal shows a way out"


@pytest.mark.parametrize("entry", WITH_EXAMPLES, ids=lambda entry: entry.code)
def test_examples_of_codes(entry: CodeEntry) -> None:
    assert [one.code for one in judge(Source("bad", entry.bad))] == [entry.code]
    assert judge(Source("good", entry.good)) == ()


BOMBS = {
    "brackets": ("filter x {" + "(" * 1_000_000, "DPF007"),
    "negations": ("filter x {" + "not " * 1_000_000, "DPF007"),
    "negations in brackets": ("filter x {" + ("not " * 20 + "(") * 60, "DPF007"),
    "sums": ("filter x { 0:8 == 1" + " + 1" * 1_000_000, "DPF007"),
    "braces": ("set x = " + "{" * 1_000_000, "DPF003"),
    "digits": ("filter x { 0:8 == " + "9" * 1_000_000, "DPF004"),
    "colons": ("filter x { " + ":" * 1_000_000, "DPF003"),
    "groups": ("filter x { " + "a:" * 1_000_000, "DPF003"),
    "dots": ("filter x { " + "1." * 1_000_000, "DPF003"),
    "slashes": ("filter x { " + "a/" * 300_000, "DPF003"),
    "name": ("filter " + "a" * 1_000_000 + " { }", "DPF014"),
    "nul": ("\0" * 1_000_000, "DPF003"),
    "lines before and": ("\n" * 1_000_000 + "and", "DPF003"),
    "shifts": ("filter x {" + "shift 0:8;" * 100 + "0:8 == 1 }", "DPF043"),
    "constants": ("".join(f"const a{n} = a{n + 1}\n" for n in range(1000)), "DPF015"),
    "references": (
        "filter f0 { tcp }\n"
        + "".join(f"filter f{n} {{ @f{n - 1} or not @f{n - 1} }}\n" for n in range(1, 16)),
        "DPF043",
    ),
    "tunnels": ("filter x { vxlan; gre; mpls; pppoe; vlan; ah; dns }", "DPF042"),
    "garbage": (random.Random(7).randbytes(10 << 20).decode("latin-1"), "DPF003"),
    "too long": ("#" * (limits.MAX_SOURCE_BYTES + 1), "DPF001"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused(name: str) -> None:
    text, code = BOMBS[name]
    assert [one.code for one in judge(Source(name, text))] == [code]


def test_bytes_that_are_not_text() -> None:
    with pytest.raises(Refused) as refusal:
        read_source("capture.pcap", b"filter\xd4\xc3")
    assert refusal.value.diagnostics[0].code == "DPF002"
    assert "byte 6 (0xd4)" in refusal.value.diagnostics[0].message
    with pytest.raises(Refused) as refusal:
        read_source("long.dpf", b" " * (limits.MAX_SOURCE_BYTES + 1))
    assert refusal.value.diagnostics[0].code == "DPF001"
