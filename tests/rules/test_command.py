"""`dpfc run --rules` as people use it."""

from __future__ import annotations

import csv
import gzip
import io
import json
from pathlib import Path

import pytest

from dpfc.capture.reader import read_packets
from dpfc.cli import main
from dpfc.rules.extract import extract_five_tuple

ROOT = Path(__file__).parents[2]
RULES = str(ROOT / "examples" / "services.rules")
SERVICES = str(ROOT / "examples" / "captures" / "services.pcap")
WEB = str(ROOT / "examples" / "web.dpf")


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))


def _read_table(text: str) -> dict[str, tuple[int, int]]:
    return {
        row["rule"]: (int(row["packets"]), int(row["bytes"])) for row in csv.DictReader(io.StringIO(text))
    }


def _count_by_hand() -> dict[str, tuple[int, int]]:
    """Count what `examples/services.rules` says, written out in Python."""
    counts: dict[str, tuple[int, int]] = {}
    for packet in read_packets(SERVICES):
        name = _name(bytes(packet.data), packet.link_type)
        packets, size = counts.get(name, (0, 0))
        counts[name] = (packets + 1, size + packet.wire_length)
    return counts


def _name(data: bytes, link_type: int) -> str:
    found = extract_five_tuple(data, link_type)
    if found is None or found.family == "ipv6":
        return ""
    sport, dport = found.ports or (-1, -1)
    source, destination = found.src >> 8 == 0xAC10EE, found.dst >> 8 == 0xAC10EE
    host = 0xAC10EE83
    cases = (
        found.protocol == 6 and source and found.dst == host and dport == 22,
        found.protocol == 6 and found.src == host and destination and sport == 22,
        found.protocol == 6 and source and found.dst == host and dport in (20, 21),
        found.protocol == 17 and dport == 53,
        found.protocol == 17 and sport == 53,
        found.dst >> 28 == 14,
        found.protocol == 6 and source and sport >= 1024 and dport == 80,
        found.protocol == 6 and destination,
    )
    return next((f"rule[{number}]" for number, holds in enumerate(cases, 1) if holds), "")


@pytest.mark.parametrize("engine", ["native", "interpreter"])
def test_counts(engine: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["run", "--rules", RULES, "-r", SERVICES, "--engine", engine]
    assert main([*arguments, "--format", "csv"]) == 0
    table = _read_table(capsys.readouterr().out)
    assert table == _count_by_hand()
    assert len(table) > 5
    assert main([*arguments, "--format", "json"]) == 0
    described = json.loads(capsys.readouterr().out)
    named = {row["rule"]: (row["packets"], row["bytes"]) for row in described["rules"]}
    unmatched = described["unmatched"]
    assert {**named, "": (unmatched["packets"], unmatched["bytes"])} == table
    assert described["packets"] == sum(packets for packets, _ in table.values())
    assert main(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["rule", "line", "action", "packets", "bytes", "share"]
    assert [line.split()[:2] for line in lines[1:3]] == [["rule[1]", "3"], ["rule[2]", "4"]]


def test_rows_without_packets(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "x.rules.gz"
    nobody = "@1.2.3.4/32 0.0.0.0/0 0 : 65535 0 : 65535 0x00/0x00\n"
    everybody = "@0.0.0.0/0 0.0.0.0/0 0 : 65535 0 : 65535 0x00/0x00\n"
    path.write_bytes(gzip.compress((nobody + everybody + nobody).encode()))
    arguments = ["run", "--rules", str(path), "-r", SERVICES]
    assert main([*arguments, "--format", "csv"]) == 0
    assert set(_read_table(capsys.readouterr().out)) == {"rule[2]", ""}
    assert main([*arguments, "--format", "csv", "--all-rows"]) == 0
    assert set(_read_table(capsys.readouterr().out)) == {"rule[1]", "rule[2]", "rule[3]", ""}
    assert main(arguments) == 0
    assert capsys.readouterr().out.endswith("2 of 3 rules got no packet\n")


def test_each_rule_gets_its_capture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = str(tmp_path / "out")
    assert main(["run", "--rules", RULES, "-r", SERVICES, "--format", "csv", "-w", out]) == 0
    for name, (packets, size) in _read_table(capsys.readouterr().out).items():
        if name:
            written = list(read_packets(tmp_path / "out" / f"{name}.pcap"))
            assert (len(written), sum(packet.wire_length for packet in written)) == (packets, size)


def test_chains(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "firewall"
    path.write_text("*filter\n-A INPUT -i lo -j ACCEPT\n-A INPUT -p udp -j DROP\n-A OUTPUT -j ACCEPT\n")
    arguments = ["run", "--rules", str(path), "-r", SERVICES, "--format", "csv"]
    assert main([*arguments, "--rules-list", "INPUT"]) == 0
    said = capsys.readouterr()
    assert set(_read_table(said.out)) == {"INPUT[2]", ""}
    assert "warning[RUL010]: 1 of 2 rules" in said.err
    assert said.out.splitlines()[1].startswith("INPUT[2],3,DROP,")
    assert main([*arguments, "--rules-list", "FORWARD"]) == 1
    assert "error[RUL011]" in capsys.readouterr().err
    assert main([*arguments, "--rules-format", "classbench"]) == 1
    assert "firewall:1:1: error[RUL005]" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "-r", SERVICES], "give a FILE with filters, or --rules FILE"),
        (["run", WEB, "--rules", RULES, "-r", SERVICES], "not both; captures go behind -r"),
        (["run", "--rules", RULES, "-r", SERVICES, "--all"], "--all is for filters"),
        (["run", "--rules", RULES, "-r", SERVICES, "--specific"], "--specific is for filters"),
        (["run", "--rules", RULES, "-r", SERVICES, "--instances", "a=b"], "--instances goes with filters"),
        (["run", WEB, "-r", SERVICES, "--rules-list", "a"], "--rules-list goes with --rules"),
        (["run", WEB, "-r", SERVICES, "--rules-format", "cisco"], "--rules-format goes with --rules"),
        (["run", WEB, "-r", SERVICES, "--all-rows"], "--all-rows goes with --rules"),
        (["run", "--rules", "-", "-r", "-"], "standard input"),
    ],
)
def test_options_that_do_not_go_together(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    assert says in capsys.readouterr().err


def test_files_that_are_not_there_or_not_rules(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--rules", str(tmp_path / "none"), "-r", SERVICES]) == 2
    assert "No such file" in capsys.readouterr().err
    assert main(["run", "--rules", SERVICES, "-r", SERVICES]) == 1
    assert "error[RUL003]" in capsys.readouterr().err
    assert main(["run", "--rules", WEB, "-r", SERVICES]) == 1
    assert "error[RUL004]" in capsys.readouterr().err
    assert main(["run", "--rules", RULES, "-r", str(tmp_path / "none")]) == 2
    assert "CAP001" in capsys.readouterr().err
    assert main(["explain", "RUL010"]) == 0
    assert "left out" in capsys.readouterr().out


def test_first_may_be_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "--rules", RULES, "-r", SERVICES, "--first", "--format", "csv"]) == 0
    assert _read_table(capsys.readouterr().out) == _count_by_hand()
