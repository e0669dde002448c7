"""What is wrong with a rule file is said with a code, at its place, with a way out."""

from __future__ import annotations

import gzip
import random
import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dpfc.rules.codes import CODES
from dpfc.rules.read import Format, read_rules
from dpfc.rules.ruleset import MAX_ROWS, RuleSet
from dpfc.rules.text import read_text
from dpfc.rules.trace import read_trace
from runtime import limits
from runtime.diagnostic import CodeEntry, Diagnostic, Refused

GOOD = "@10.0.0.0/8 10.0.0.1/32 0 : 65535 80 : 80 0x06/0xFF\n"
SIX = "@2001:db8::/32 ::/0 0 : 65535 80 : 80 0x06/0xFF\n"
ACCEPT = "-A INPUT -p tcp -j ACCEPT\n"


def judge(data: str | bytes, list_name: str | None = None) -> tuple[Diagnostic, ...]:
    raw = data.encode() if isinstance(data, str) else data
    try:
        return read_rules("x", raw, None, list_name).warnings
    except Refused as refused:
        return refused.diagnostics


def _say(diagnostics: tuple[Diagnostic, ...]) -> list[str]:
    """Return `CODE line:column word` of each; only the code where there is no place."""
    said = []
    for one in diagnostics:
        source = one.span.source
        word = source.text[one.span.start : one.span.end]
        line, column = source.position(one.span.start)
        said.append(f"{one.code} {line}:{column} {word}" if source.text else one.code)
    return said


@pytest.mark.parametrize(
    "entry", [one for one in CODES if one.language == "rules"], ids=lambda entry: entry.code
)
def test_examples(entry: CodeEntry) -> None:
    assert [one.code for one in judge(entry.bad)] == [entry.code]
    assert judge(entry.good) == ()


def test_every_code_is_explained_and_used() -> None:
    folder = Path(__file__).parents[2] / "dpfc" / "rules"
    texts = [path.read_text() for path in folder.glob("*.py") if path.stem != "codes"]
    used = {code for text in texts for code in re.findall(r'"(RUL\d{3})"', text)}
    assert used == {entry.code for entry in CODES}


CASES = {
    # ClassBench
    GOOD + "\n# a comment\n@10.0.0.0/8 10.0.0.1/33 0 : 65535 80 : 80 0x06/0xFF\n": "RUL006 4:13 10.0.0.1/33",
    GOOD + "@10.0.0.0/8 10.0.0.1/32 0 : 65535 80 : 65536 0x06/0xFF": "RUL006 2:40 65536",
    GOOD + "@10.0.0.0/8 10.0.0.1/32 0 : 65535 8_0 : 80 0x06/0xFF": "RUL006 2:35 8_0",
    GOOD + "@10.0.0.0/8 10.0.0.1/32 0 : 65535 -1 : 80 0x06/0xFF": "RUL006 2:35 -1",
    GOOD + "@10.0.0.0/8 10.0.0.1/32 0 : 65535 \u0661 : 80 0x06/0xFF": "RUL006 2:35 \u0661",
    "@10.0.0/8 10.0.0.1/32 0 : 65535 80 : 80 0x06/0xFF": "RUL006 1:1 @10.0.0/8",
    "@010.0.0.1/8 10.0.0.1/32 0 : 65535 80 : 80 0x06/0xFF": "RUL006 1:1 @010.0.0.1/8",
    "@10.0.0.0/8 10.0.0.1/32 0 : 65535 80 : 80 0x06/0xF1": "RUL006 1:43 0x06/0xF1",
    "@10.0.0.0/8 10.0.0.1/32 0 : 65535 80 : 80 0x106/0xFF": "RUL006 1:43 0x106/0xFF",
    "@10.0.0.0/8 10.0.0.1/32 0 : 65535 80 : 80 6": "RUL006 1:43 6",
    "@10.0.0.0/8 10.0.0.1/32 9 : 8 80 : 80 0x06/0xFF": "RUL007 1:25 9",
    "@10.0.0.0/8 10.0.0.1/32 9 - 8 80 : 80 0x06/0xFF": "RUL005 1:27 -",
    GOOD + GOOD[1:]: "RUL005 2:1 10.0.0.0/8",
    GOOD + "@10.0.0.0/8 10.0.0.1/32": "RUL005 2:1 @10.0.0.0/8 10.0.0.1/32",
    GOOD + GOOD.rstrip() + " 0x0/0x0 1": "RUL005 2:1 " + GOOD.rstrip() + " 0x0/0x0 1",
    GOOD + SIX: "RUL008 2:1 @2001:db8::/32",
    SIX + GOOD: "RUL008 2:1 @10.0.0.0/8",
    SIX + SIX.replace("::/0", "::/129"): "RUL006 2:16 ::/129",
    GOOD + "@10.0.0.0/99 10.0.0.1/32 9 : 8 80 : 80 x\n@y": "RUL005 3:1 @y",
    GOOD + "@10.0.0.0/8 10.0.0.1/99 9 : 8 80 : 80 x": "RUL006 2:13 10.0.0.1/99",
    # iptables
    ACCEPT + "-A INPUT -s 10.0.0 -j DROP": "RUL006 2:13 10.0.0",
    ACCEPT + "-A INPUT -s 10.0.0.1,10.0.0.999 -j DROP": "RUL006 2:13 10.0.0.1,10.0.0.999",
    ACCEPT + "-A INPUT -s": "RUL005 2:10 -s",
    ACCEPT + "-A": "RUL005 2:1 -A",
    ACCEPT + "-A INPUT -j": "RUL005 2:10 -j",
    ACCEPT + "-A INPUT tcp -j DROP": "RUL005 2:10 tcp",
    ACCEPT + "-A INPUT -p 256 -j DROP": "RUL006 2:13 256",
    ACCEPT + "-A INPUT -p tcp --dport http -j DROP": "RUL006 2:25 http",
    ACCEPT + "-A INPUT -p tcp --dport 90:80 -j DROP": "RUL007 2:25 90:80",
    ACCEPT + "-A INPUT -s 10.0.0.1 -d ::1 -j DROP": "RUL008 2:25 ::1",
    ACCEPT + "-A INPUT -s ::1 -j DROP\n-A INPUT -s 1.2.3.4 -j DROP": "RUL008 3:1 -A INPUT -s 1.2.3.4 -j DROP",
    "*filter\nCOMMIT\n": "RUL009",
    # Cisco
    "access-list 1 permit 10.0.0": "RUL006 1:22 10.0.0",
    "access-list 101 permit tcp any": "RUL005 1:28 any",
    "access-list 101 permit tcp any ::1 0.0.0.0": "RUL008 1:32 ::1",
    "access-list 101 permit tcp any any eq 70000": "RUL006 1:39 70000",
    "access-list 101 permit tcp any any gt 65535": "RUL007 1:39 65535",
    "access-list 101 permit tcp any any range 9 8": "RUL007 1:44 8",
    "access-list ": "RUL005 1:1 access-list",
    # none of them
    "": "RUL004",
    "hello\n": "RUL004",
    "# only a comment": "RUL004",
    "\0": "RUL003",
}


@pytest.mark.parametrize("text", CASES, ids=lambda text: repr(text[-40:]))
def test_place(text: str) -> None:
    said = judge(text)
    assert _say(said) == [CASES[text]]
    assert "\n  note: " in said[0].render() or said[0].message.endswith("should"), "a refusal shows a way out"


def test_files() -> None:
    packed = gzip.compress(GOOD.encode() * 3)
    assert judge(packed) == ()
    assert _say(judge(packed[:-9])) == ["RUL002"]
    assert _say(judge(packed[:20] + b"x" + packed[21:])) == ["RUL002"]
    assert _say(judge(b"#" * (limits.MAX_SOURCE_BYTES + 1))) == ["RUL001"]
    assert _say(judge(gzip.compress(b"#" * (limits.MAX_SOURCE_BYTES * 4)))) == ["RUL001"]
    assert judge(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()) == ()
    assert judge(b"# caf\xe9\n" + GOOD.encode()) == ()


def test_lists() -> None:
    text = "*nat\n-A INPUT -j ACCEPT\n*filter\n-A INPUT -j DROP\n-A OUTPUT -j ACCEPT\n"
    assert read_rules("x", text.encode()).names == ("nat/INPUT[1]", "INPUT[1]", "OUTPUT[1]")
    assert read_rules("x", text.encode(), None, "INPUT").actions == ("DROP",)
    (said,) = judge(text, "FORWARD")
    assert (said.code, said.notes) == ("RUL011", ("it has `nat/INPUT`, `INPUT`, `OUTPUT`",))
    assert _say(judge(GOOD, "INPUT")) == ["RUL011"]


def test_too_many_rows() -> None:
    gaps = "access-list 101 permit ip 10.0.1.0 0.0.255.0 10.0.1.0 0.0.255.0\n"
    (said,) = judge(gaps * (MAX_ROWS // 65536 + 1))
    assert (said.code, said.span.source.position(said.span.start)) == ("RUL001", (MAX_ROWS // 65536 + 1, 1))
    (said,) = judge("@\n" * (MAX_ROWS + 1))
    assert said.code == "RUL001"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1 2 3 4", "RUL005"),
        ("1 2 3 4 5 6 7 8", "RUL005"),
        ("4294967296 2 3 4 5", "RUL006"),
        ("1 2 65536 4 5", "RUL006"),
        ("1 2 3 4 256", "RUL006"),
        ("# nothing", "RUL009"),
    ],
)
def test_traces(text: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        read_trace(read_text("x", text.encode()))
    assert refused.value.diagnostics[0].code == code


BOMBS = {
    "quotes": "-A INPUT " + '"' * 1_000_000,
    "escapes": "-A INPUT " + '"\\' * 500_000,
    "odd escapes": "-A INPUT " + '"\\"\\ ' * 200_000,
    "words": "-A INPUT " + "-m tcp " * 200_000,
    "commas": "-A INPUT -s " + "," * 1_000_000,
    "ports": "-A INPUT --dports " + ",".join(map(str, range(0, 65536, 2))) + " --sports "
    + ",".join(map(str, range(0, 65536, 2))) + " -j DROP",
    "digits": GOOD + "@10.0.0.0/" + "9" * 1_000_000 + " 10.0.0.1/32 0 : 1 0 : 1 0x06/0xFF",
    "distinct mistakes": "".join(f"@x{n} y{n} a{n} : b{n} c{n} : d{n} e{n}\n" for n in range(100_000)),
    "empty lines": "\n" * 1_000_000 + "@",
    "comments": "#\n" * 1_000_000,
    "blanks": " " * 5_000_000 + "x",
    "blank lines": (" " * 1000 + "\n") * 5000 + "x",
    "lists": "".join(f"access-list n{n} permit any\n" for n in range(100_000)),
    "chains": "".join(f"-A c{n} -m a{n} -j ACCEPT\n" for n in range(100_000)),
    "many eq": "access-list 101 permit tcp any any eq" + " 1" * 500_000,
    "garbage": random.Random(5).randbytes(1 << 20).replace(b"\0", b"@").decode("latin-1"),
}  # fmt: skip


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_end_soon(name: str) -> None:
    try:
        assert isinstance(read_rules(name, BOMBS[name].encode()), RuleSet)
    except Refused as refused:
        for one in refused.diagnostics:
            assert len(one.render()) < 10_000


FORMATS: tuple[Format | None, ...] = (None, "classbench", "iptables", "cisco")
VOCABULARY = (
    "-A INPUT -s -d -p tcp --dport 80 80:90 -j DROP ! -m multiport 10.0.0.0/8 ::/0 [1:2] *filter access-list "
    "101 9 permit deny ip any host eq range gt 0.0.0.255 10.0.0.1 remark log extended @10.0.0.0/8 0 : 65535 "
    '0x06/0xFF "a # / , \\ \u00e9'
)
WORDS = st.sampled_from([*VOCABULARY.split(), *"\n\n\n"])


@settings(max_examples=200)
@given(st.one_of(st.lists(WORDS, max_size=40).map(" ".join), st.text(max_size=200)))
@example("-A \x1b[31m -j DROP")
@example("access-list 101 \u00b2 permit")
@example("ip access-list extended x\n\u00b2 permit ip any any")
def test_any_text_is_read_or_refused(text: str) -> None:
    said: list[Diagnostic] = []
    for form in FORMATS:
        try:
            rules = read_rules("x", text.encode("utf-8", "surrogatepass"), form)
            assert all(name.isprintable() for name in rules.names)
        except Refused as refused:
            said += [one for one in refused.diagnostics if one.render()]
    assert all(one.code.startswith("RUL") for one in said)
