"""Codes: each that is raised is explained, each is provoked, and the examples tell the truth."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ashc.catalogue import CATALOGUE
from ashc.language.load import load_files
from ashc.language.parse import read_source
from runtime import limits
from runtime.diagnostic import CodeEntry, Refused
from runtime.handler.form import decode_handler, encode_handler
from runtime.handler.install import install_handler
from runtime.handler.nodes import Handler
from runtime.ir.nodes import Type
from runtime.predicate.form import decode_predicate, encode_predicate
from runtime.predicate.nodes import KernelWord, Number, Predicate, Word
from tests.ash.programs import HANDLERS, compile_text, find_codes

ROOT = Path(__file__).parents[2]
LITMUS = ROOT / "tests" / "litmus" / "ash"
EXAMPLES = [entry for entry in CATALOGUE.values() if entry.language == "ash"]
FAMILIES = ("ASH", "HND", "PRD")


@pytest.mark.parametrize("entry", EXAMPLES, ids=lambda entry: entry.code)
def test_examples(entry: CodeEntry) -> None:
    assert find_codes(entry.bad) == [entry.code]
    assert find_codes(entry.good) == []


def test_every_code_that_is_raised_is_explained() -> None:
    folders = ("ashc", "runtime/handler", "runtime/predicate")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    raised = {
        code
        for path in files
        if not path.stem.startswith("codes")
        for code in re.findall(r'"((?:ASH|HND|PRD)\d{3})"', path.read_text(encoding="utf-8"))
    }
    assert raised <= set(CATALOGUE)


CHECKS = "".join(f"        require message.b[{number}] != {number % 200}\n" for number in range(1100))
TEXTS = {
    "ASH001": "#" + " " * limits.MAX_TEMPLATE_SOURCE_BYTES,
    "ASH029": "define d0(x) = x\n"
    + "".join(f"define d{n + 1}(x) = d{n}(x) + d{n}(x)\n" for n in range(16))
    + "handler h { message { b: u8 }; commit { wake(d16(message.b)) } }",
    "ASH063": f"handler h {{\n    message {{ b: u8[1100] }}\n    initial {{\n{CHECKS}    }}\n}}\n",
    "HND010": "region 0x400000 bytes\nhandler h : up to 0x400000 bytes {\n    budget 0x1000000\n"
    "    data { consume(region[0], message.length) }\n    commit { require region[0] == 1 }\n}\n",
}
"""Programs that are too large to be litmus files."""


@pytest.mark.parametrize("code", TEXTS)
def test_large_programs(code: str) -> None:
    assert find_codes(TEXTS[code]) == [code]


def test_files_that_import_each_other(tmp_path: Path) -> None:
    (tmp_path / "one.ash").write_text("import two\n")
    (tmp_path / "two.ash").write_text("import one\n")
    assert refusal(lambda: load_files(str(tmp_path / "one.ash"))) == "ASH006"


def test_a_file_that_is_no_text() -> None:
    assert refusal(lambda: read_source("x.pcap", b"\xd4\xc3\xb2\xa1")) == "ASH002"


def refusal(provoke: Callable[[], object]) -> str:
    with pytest.raises(Refused) as caught:
        provoke()
    first = caught.value.diagnostics[0]
    assert first.notes, "a refusal shows a way out"
    return first.code


def make_handler(**changes: object) -> Handler:
    handler = compile_text((HANDLERS / "write_naive.ash").read_text("utf-8")).handlers["write_naive"]
    return replace(handler, **changes)  # type: ignore[arg-type]


FORM = encode_handler(make_handler())
NAMELESS = encode_handler(make_handler(name="?"))
PREDICATE = encode_predicate(Predicate((Word(32, KernelWord("x")),), (Number(5),)))
HOSTILE: dict[str, Callable[[], object]] = {
    "HND001": lambda: install_handler(make_handler(message=limits.MAX_MESSAGE_BYTES + 1)),
    "HND001 memory": lambda: install_handler(make_handler(memory=limits.MAX_HANDLER_MEMORY + 1)),
    "HND001 layers": lambda: install_handler(make_handler(layers=())),
    "HND001 checks": lambda: install_handler(make_handler(checks=make_handler().checks * 600)),
    "HND001 layer of a check": lambda: install_handler(
        make_handler(checks=(replace(make_handler().checks[0], layer=1),))
    ),
    "HND002": lambda: install_handler(
        make_handler(body=replace(make_handler().body, results=(Type.U32, Type.U32)))
    ),
    "HND002 recovery": lambda: install_handler(make_handler(recovery=make_handler().body)),
    "HND021": lambda: decode_handler(b"XAH0" + FORM[4:]),
    "HND022": lambda: decode_handler(FORM[: len(FORM) // 2]),
    "HND023": lambda: decode_handler(FORM + b"\0"),
    "HND024": lambda: decode_handler(encode_handler(make_handler(layers=("a",) * (limits.MAX_LAYERS + 1)))),
    "HND025": lambda: decode_handler(FORM[: FORM.index(b"write_naive") - 1] + b"\x8b\x00" + FORM[5:]),
    "HND026": lambda: mutate(FORM, decode_handler, "HND026"),
    "HND027": lambda: decode_handler(NAMELESS),
    "PRD011": lambda: decode_predicate(b"XWP0" + PREDICATE[4:]),
    "PRD012": lambda: decode_predicate(PREDICATE[:-1]),
    "PRD013": lambda: decode_predicate(PREDICATE + b"\0"),
    "PRD014": lambda: decode_predicate(encode_predicate(Predicate((), (Number(5),) * 257))),
    "PRD015": lambda: decode_predicate(PREDICATE[:-1] + b"\x85\x00"),
    "PRD016": lambda: decode_predicate(PREDICATE[:-2] + b"\xff\x05"),
}
"""What nobody can write as text: a client of the kernel, or a damaged file."""


def mutate(form: bytes, decode: Callable[[bytes], object], code: str) -> None:
    """Change one byte after the other until `code` comes; any other refusal is one, too."""
    for place in range(4, len(form)):
        try:
            decode(form[:place] + b"\x7f" + form[place + 1 :])
        except Refused as refused:
            if refused.diagnostics[0].code == code:
                raise


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_forms(name: str) -> None:
    assert refusal(HOSTILE[name]) == name.split()[0]


def test_every_code_is_provoked() -> None:
    first_lines = [path.read_text("utf-8").split("\n", 1)[0] for path in LITMUS.glob("*.ash")]
    provoked = {code for line in first_lines for code in re.findall(r"[A-Z]{3}\d{3}", line)}
    provoked |= {*TEXTS, *(name.split()[0] for name in HOSTILE), "ASH002", "ASH006"}
    assert {code for code in CATALOGUE if code.startswith(FAMILIES)} <= provoked
