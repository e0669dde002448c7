"""Every rule file of the shared data is read: as many rules as it has lines, counted in another way."""

from __future__ import annotations

import gzip
import ipaddress
import re
from pathlib import Path

import numpy as np
import pytest

from dpfc.rules.read import read_rules
from dpfc.rules.ruleset import RuleSet
from dpfc.rules.text import read_text
from dpfc.rules.trace import read_trace
from tests.captures import SHARED

RULES = SHARED / "rules"
CLASSBENCH = sorted(
    path
    for folder in ("classbench", "classbench_generated", "dpdk-test-acl")
    for path in (RULES / folder).glob("*")
    if "trace" not in path.name
)
TRACES = sorted(RULES.glob("*/*trace*"))
IPTABLES = sorted((RULES / "iptables").glob("*"))
CISCO = sorted((RULES / "cisco-stanford").glob("*config.txt"))

pytestmark = pytest.mark.skipif(not RULES.exists(), reason="the shared rule sets are not beside the checkout")


def _unpack(path: Path) -> str:
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode("latin-1")


def _left_out(rules: RuleSet) -> int:
    if not rules.warnings:
        return 0
    (warning,) = rules.warnings
    assert (warning.code, warning.severity) == ("RUL010", "warning")
    counts = [int(note.split()[0].replace(",", "")) for note in warning.notes]
    assert int(warning.message.split()[0].replace(",", "")) == sum(counts)
    return sum(counts)


@pytest.mark.parametrize("path", CLASSBENCH, ids=lambda path: path.name)
def test_classbench(path: Path) -> None:
    lines = [line for line in _unpack(path).splitlines() if line.startswith("@")]
    rules = read_rules(path.name, path.read_bytes())
    assert len(rules) == len(rules.owners) == len(lines)
    assert rules.family == ("ipv6" if "ipv6" in path.name else "ipv4")
    for row in range(0, len(lines), 97):
        assert _row(rules, row) == _read_slowly(lines[row])


def _row(rules: RuleSet, row: int) -> list[int]:
    return [int(end[row]) for column in rules.columns for end in (column.lows, column.highs)]


def _read_slowly(line: str) -> list[int]:
    """Return the ends of a rule's ranges, with another library and another way to cut the line."""
    found = re.match(r"@(\S+)\s+(\S+)\s+(\d+) : (\d+)\s+(\d+) : (\d+)\s+(\S+)/(\S+)", line)
    assert found is not None
    ends: list[int] = []
    for text in found.group(1, 2):
        network = ipaddress.ip_network(text, strict=False)
        low, high = int(network[0]), int(network[-1])
        half = (1 << 64) - 1
        ends += [low, high] if network.version == 4 else [low >> 64, high >> 64, low & half, high & half]
    ends += map(int, found.group(3, 4, 5, 6))
    number, mask = (int(word, 0) for word in found.group(7, 8))
    return [*ends, number if mask else 0, number if mask else 255]


@pytest.mark.parametrize("path", TRACES, ids=lambda path: path.name)
def test_traces(path: Path) -> None:
    lines = [line.split() for line in _unpack(path).splitlines() if line and not line.startswith("#")]
    headers = read_trace(read_text(path.name, path.read_bytes()))
    assert len(headers) == len(lines)
    assert headers.has_ports.all()
    for index in range(0, len(lines), 97):
        wanted = [int(word, 0) for word in lines[index][:5]]
        assert [int(column[index]) for column in headers.columns] == wanted


@pytest.mark.parametrize("path", IPTABLES, ids=lambda path: path.name)
def test_iptables(path: Path) -> None:
    text = _unpack(path)
    rules = read_rules(path.name, path.read_bytes())
    assert len(rules) + _left_out(rules) == len(re.findall(r"^-A ", text, re.MULTILINE))
    assert rules.family == ("ipv6" if "ip6tables" in path.name else "ipv4")
    lines = text.splitlines()
    for name, line, action in zip(rules.names, rules.lines.tolist(), rules.actions, strict=True):
        chain = name.rpartition("/")[2].partition("[")[0]
        assert lines[line - 1].startswith(f"-A {chain} ")
        assert f"-j {action}" in lines[line - 1]


@pytest.mark.parametrize("path", CISCO, ids=lambda path: path.name)
def test_cisco(path: Path) -> None:
    text = _unpack(path)
    entries = re.findall(r"^(?:access-list \S+)? (?:permit|deny) ", text, re.MULTILINE)
    rules = read_rules(path.name, path.read_bytes())
    assert len(rules) + _left_out(rules) == len(entries)
    lines = text.splitlines()
    for line, action in zip(rules.lines.tolist(), rules.actions, strict=True):
        assert f" {action} " in lines[line - 1]


def test_a_mask_with_gaps_has_a_row_for_each_range() -> None:
    path = RULES / "cisco-stanford" / "coza_rtr_config.txt"
    rules = read_rules(path.name, path.read_bytes())
    text = path.read_text(encoding="latin-1").splitlines()
    wide = [rule for rule, line in enumerate(rules.lines.tolist()) if "0.0.255.0" in text[line - 1]]
    assert wide
    counts = np.bincount(rules.owners, minlength=len(rules))
    assert all(counts[rule] == 256 for rule in wide)
