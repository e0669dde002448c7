"""Compiled rule sets answer what the naive engine answers: over headers, and over packets."""

from __future__ import annotations

import struct
from array import array
from pathlib import Path

import numpy as np
import pytest

from dpfc.rules.classifier import RuleClassifier
from dpfc.rules.lockstep import HeaderClassifier
from dpfc.rules.naive import first_match
from dpfc.rules.read import read_rules
from dpfc.rules.ruleset import LAYOUTS, Headers, RuleSet
from runtime.load.batch import Messages
from runtime.load.native import native_available

pytestmark = pytest.mark.skipif(not native_available(), reason="this host cannot run x86-64 code")

IPV4 = b"""\
@10.0.0.0/8\t192.168.1.0/24\t0 : 65535\t80 : 80\t0x06/0xFF
@10.1.0.0/16\t0.0.0.0/0\t1024 : 65535\t0 : 65535\t0x11/0xFF
@0.0.0.0/0\t192.168.0.0/16\t0 : 65535\t0 : 65535\t0x00/0x00
@10.1.2.3/32\t8.8.8.8/32\t0 : 65535\t0 : 65535\t0x01/0xFF
"""
IPV6 = b"""\
@2001:db8::/32\t::/0\t0 : 65535\t443 : 443\t0x06/0xFF
@::/0\t2001:db8:0:1::/64\t0 : 1023\t0 : 65535\t0x00/0x00
@2001:db8::1/128\t2001:db8::2/128\t0 : 65535\t0 : 65535\t0x3a/0xFF
"""


def _draw(rules: RuleSet, count: int) -> Headers:
    chance = np.random.default_rng(7)
    rows = chance.integers(0, len(rules.owners), count)
    columns = []
    for column, (_, kind) in zip(rules.columns, LAYOUTS[rules.family], strict=True):
        low, high = column.lows[rows], column.highs[rows]
        outside = chance.integers(0, np.iinfo(kind).max, count, dtype=kind, endpoint=True)
        columns.append(np.choose(chance.integers(0, 3, count), (low, high, outside)).astype(kind))
    return Headers(rules.family, tuple(columns), np.ones(count, dtype=np.bool_))


@pytest.mark.parametrize("text", [IPV4, IPV6, IPV4[:0] + IPV4.splitlines()[0] + b"\n"])
def test_headers_are_answered_as_the_naive_engine_does(text: bytes) -> None:
    rules = read_rules("tiny", text)
    headers = _draw(rules, 1003)
    expected = first_match(rules, headers) + 1
    assert len(set(expected.tolist())) > 1
    assert HeaderClassifier(rules).classify(headers).tolist() == expected.tolist()


def _frame(link_type: int, src: int, dst: int, protocol: int, fragment: int, tail: bytes) -> bytes:
    start = {1: bytes(12) + b"\x08\x00", 101: b"", 113: bytes(14) + b"\x08\x00"}[link_type]
    head = b"\x45" + bytes(5) + struct.pack(">HBBHII", fragment, 64, protocol, 0, src, dst)
    return start + head + tail


@pytest.mark.parametrize("link_type", [1, 101, 113])
def test_packets_are_answered_as_the_naive_engine_does(link_type: int, tmp_path: Path) -> None:
    rules = read_rules("tiny", IPV4)
    addresses = (0x0A010203, 0x08080808, 0xC0A80105, 0x0B000001)
    tails = (b"", b"\x04\x00\x00", struct.pack(">HH", 1025, 80), struct.pack(">HHI", 5, 81, 0))
    frames = [
        _frame(link_type, src, dst, protocol, fragment, tail)
        for src in addresses
        for dst in addresses
        for protocol in (1, 6, 17)
        for fragment in (0, 0x2000, 9)
        for tail in tails
    ]
    frames += [frame[:length] for frame in frames[:40] for length in (0, 13, 20, 33, len(frame) - 1)]
    lengths = array("I", map(len, frames))
    offsets = array("Q", [0])
    for length in lengths[:-1]:
        offsets.append(offsets[-1] + length)
    messages = Messages(b"".join(frames), offsets, lengths, len(frames))
    naive = RuleClassifier(rules, "interpreter", None).classify_messages(messages, link_type)
    compiled = RuleClassifier(rules, "native", None).classify_messages(messages, link_type)
    assert len(set(naive.ids)) == 5, "every rule wins somewhere, and none too"
    assert compiled.ids == naive.ids
