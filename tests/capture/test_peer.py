"""All shared captures, compared with tcpdump: the same packets with the same bytes, times and wire lengths.

tcpdump writes what it reads to its output as a classic capture, which is read back; what differs is reading.
"""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path

import pytest

from dpfc.capture.reader import read_packets
from runtime.diagnostic import Refused
from tests.captures import MISSING, SharedCapture, shared_captures

CAPTURES = shared_captures()

INTERFACES = "libpcap gives up where interfaces differ; each packet has its own here"
NO_INTERFACE = "libpcap wants an interface even where there is no packet"
LINK_TYPE = "tcpdump wants to know the link type"

_PLUS = "seladb_PcapPlusPlus/Packet++Test__PacketExamples__"
_FUZZ = "seladb_PcapPlusPlus/Fuzzers__RegressionTests__regression_samples__"
_FUZZ += "clusterfuzz-testcase-minimized-FuzzTarget-"

DIFFERENCES = {
    **{
        f"google_gopacket/pcapgo__tests__{order}__test{number}.pcapng": reason
        for order in ("be", "le")
        for number, reason in (
            ("002", NO_INTERFACE),
            ("014", INTERFACES),
            ("017", NO_INTERFACE),
            ("200", INTERFACES),
        )
    },
    _PLUS + "GrePackets.pcap": INTERFACES,
    _PLUS + "WireGuard.pcap": INTERFACES,
    _PLUS + "ipsec.pcapng": INTERFACES,
    _PLUS + "ipv4-malformed.pcap": INTERFACES,
    _PLUS + "ldap.pcapng": INTERFACES,
    "seladb_PcapPlusPlus/Pcap++Test__PcapExamples__too_many_interfaces.pcapng": INTERFACES,
    "zeek_zeek/ldap__modify-request.pcapng": INTERFACES,
    _FUZZ + "5685520970809344": LINK_TYPE,
    _FUZZ + "5755755617189888": LINK_TYPE,
}
"""Captures of which tcpdump 4.99.3 reads less than is read here, and why."""

Row = tuple[int, bytes, int, int]


def _read(origin: Path | io.BytesIO) -> tuple[list[Row], bool]:
    """Return the packets, and whether they end in a refusal."""
    rows: list[Row] = []
    try:
        for packet in read_packets(origin):
            row = packet.timestamp_ns, bytes(packet.data), packet.wire_length, packet.link_type
            rows.append(row)
    except Refused:
        return rows, True
    return rows, False


def _ask_tcpdump(capture: SharedCapture) -> tuple[list[Row], bool]:
    precision = ["--nano"] if capture.form.endswith("-ns") else []
    command = ["tcpdump", "-nn", *precision, "-r", str(capture.path), "-w", "-"]
    done = subprocess.run(command, capture_output=True, check=False)
    rows = _read(io.BytesIO(done.stdout))[0] if done.stdout else []
    return rows, done.returncode != 0


@pytest.mark.skipif(not CAPTURES, reason=MISSING)
@pytest.mark.skipif(not shutil.which("tcpdump"), reason="tcpdump is not installed")
def test_tcpdump_reads_the_same() -> None:
    wrong = []
    for capture in CAPTURES:
        ours, theirs = _read(capture.path), _ask_tcpdump(capture)
        if capture.name in DIFFERENCES:
            expected = len(ours[0]) == capture.packets and theirs[1] and len(theirs[0]) <= len(ours[0])
        else:
            expected = ours == theirs
        if not expected:
            wrong.append(capture.name)
    assert wrong == []


@pytest.mark.skipif(not CAPTURES, reason=MISSING)
def test_the_manifest_is_read() -> None:
    assert len(CAPTURES) == 768
    assert sum(capture.broken for capture in CAPTURES) == 33
    assert {capture.name for capture in CAPTURES} > set(DIFFERENCES)
    assert {1, 101, 113} <= {number for capture in CAPTURES for number in capture.link_types}
