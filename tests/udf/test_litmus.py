"""Templates whose first line says what must be said about them: by the compiler or by the kernel's prover."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from runtime.diagnostic import Diagnostic, Refused
from runtime.source import Source
from runtime.template.counterexample import read_counterexample, write_counterexample
from runtime.template.install import install_templates
from runtime.template.nodes import TemplateSet
from runtime.template.replay import replay_fault
from runtime.template.result import NotInstalled
from udfc.language.load import load_files
from udfc.language.parse import parse_file, read_source
from udfc.lower import lower_files

PROGRAMS = sorted((Path(__file__).parent.parent / "litmus" / "udf").glob("*.udf"))
STATIC = {"CHK016", "CHK020", "TPL040"}
"""Codes without a counterexample: what the text declares is too much, or nobody knows."""


def judge_program(path: Path) -> tuple[TemplateSet, tuple[Diagnostic, ...], NotInstalled | None]:
    templates: TemplateSet = {}
    try:
        templates = lower_files(load_files(str(path)))
        installation = install_templates(templates)
    except NotInstalled as refusal:
        return templates, refusal.diagnostics, refusal
    except Refused as refusal:
        return templates, refusal.diagnostics, None
    assert installation.tested == frozenset(), "a litmus program says what is proved, or what is wrong"
    return templates, (), None


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.stem)
def test_program(path: Path) -> None:
    expected = path.read_text().splitlines()[0].removeprefix("# expect: ")
    templates, said, refusal = judge_program(path)
    places = [one.span.source.position(one.span.start) for one in said]
    found = [f"{one.code} at {line}:{column}" for one, (line, column) in zip(said, places)]
    assert (", ".join(found) or "accepted") == expected
    assert all(one.notes for one in said), "a refusal shows a way out"
    assert path.stem.startswith("accepted_") == (not said)
    if refusal is not None:
        check_counterexamples(templates, refusal)


def check_counterexamples(templates: TemplateSet, refusal: NotInstalled) -> None:
    shown = {number for number, _ in refusal.counterexamples}
    wanted = {number for number, one in enumerate(refusal.diagnostics) if one.code not in STATIC}
    assert shown == wanted, "a refusal that the kernel is sure of has a counterexample"
    for number, counterexample in refusal.counterexamples:
        saved = read_counterexample(write_counterexample(counterexample))
        assert saved == counterexample
        fault = replay_fault(templates, saved)
        assert fault is not None, "what a counterexample claims happens when it is run"
        notes = "\n".join(refusal.diagnostics[number].notes)
        assert all(line in notes for line in fault.lines)
        assert f"with a `{counterexample.template}` of {len(counterexample.meta)} bytes" in notes


def test_there_are_enough_programs() -> None:
    accepted = [path for path in PROGRAMS if path.stem.startswith("accepted_")]
    assert len(accepted) >= 25
    assert len(PROGRAMS) - len(accepted) >= 80


def nest_blocks(depth: int) -> str:
    return "template t : 4 bytes { partition p {" + " if 1 == 1 {" * depth + " }" * depth + " } }"


BOMBS = {
    "brackets": ("const a = " + "(" * 1_000_000, "UDF007"),
    "negations": ("define a() = " + "not " * 200_000, "UDF007"),
    "sums": ("const a = 1" + " + 1" * 200_000, "UDF007"),
    "braces": ("template t : 4 bytes " + "{" * 1_000_000, "UDF003"),
    "indices": ("const a = b" + "[b" * 500_000, "UDF007"),
    "calls": ("const a = " + "min(1, " * 100_000, "UDF007"),
    "blocks": (nest_blocks(50_000), "UDF007"),
    "elses": ("template t : 4 bytes { size { if 1 == 1 { }" + " else if 1 == 1 { }" * 20_000, "UDF007"),
    "digits": ("const a = " + "9" * 1_000_000, "UDF004"),
    "dots": ("const a = " + "a." * 100_000, "UDF003"),
    "ranges": ("template t : 4 bytes { raw_read " + "@0..4," * 20_000 + " }", "UDF003"),
    "name": ("struct " + "a" * 1_000_000 + " { x: u8 }", "UDF013"),
    "nul": ("\0" * 1_000_000, "UDF003"),
    "lines before and": ("\n" * 1_000_000 + "and", "UDF003"),
    "constants": ("".join(f"const a{n} = a{n + 1}\n" for n in range(1000)) + "const a1000 = 1\n", "UDF029"),
    "structs": (
        "struct s0 { x: u8 }\n"
        + "".join(f"struct s{n} {{ x: s{n - 1} }}\n" for n in range(1, 1000))
        + "template t : 4 bytes { layout { x: s999 } }",
        "UDF019",
    ),
    "structs from above": (
        "".join(f"struct s{n} {{ x: s{n + 1} }}\n" for n in range(1000)) + "struct s1000 { x: u8 }",
        "UDF019",
    ),
    "dimensions": ("template t : 4 bytes { layout { x: u8" + "[1]" * 100_000 + " } }", "UDF023"),
    "statements": (
        "template t : 4 bytes { layout { x: u8 }; size { var n = 0\n"
        + "n = n + x\n" * 30_000
        + "return n } }",
        "UDF029",
    ),
    "definitions": (
        "define f0(x) = x + 1\n"
        + "".join(f"define f{n}(x) = f{n - 1}(f{n - 1}(x))\n" for n in range(1, 40))
        + "template t : 4 bytes { layout { x: u8 }; size { return f39(x) } }",
        "UDF029",
    ),
    "garbage": (random.Random(7).randbytes(1 << 19).decode("latin-1"), "UDF003"),
    "much garbage": (random.Random(7).randbytes(10 << 20).decode("latin-1"), "UDF001"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused(name: str) -> None:
    text, code = BOMBS[name]
    with pytest.raises(Refused) as refusal:
        lower_files([parse_file(Source(name, text))])
    assert [one.code for one in refusal.value.diagnostics] == [code]
    assert refusal.value.diagnostics[0].notes


def test_bytes_that_are_not_text() -> None:
    with pytest.raises(Refused) as refusal:
        read_source("disk.img", b"\x53\xef\x01\x00")
    assert refusal.value.diagnostics[0].code == "UDF002"
