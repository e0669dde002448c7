"""The header library against libpcap: the same expression accepts the same packets of real captures."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from dpfc.language.parse import parse_file
from dpfc.naive import accepts
from dpfc.resolve import resolve_files
from runtime.source import Source
from tests.dpf.pcap import read_pcap

CAPTURES = Path("/work/shared/data/pcap")
FILES = [
    *(
        f"the-tcpdump-group_tcpdump/{name}"
        for name in ("dhcp-rfc3004.pcap", "icmpv6_nodeinfo_queryipv4.pcap")
    ),
    "zeek_zeek/linux_dlt_sll2.pcap",
    "zeek_zeek/dns__ech.pcap",
    "zeek_zeek/http__261__variant-09-te_obs_fold.pcap",
    "OISF_suricata-verify/issue-3341-tcphdr-01__urgent11_cve_2019_12260.pcap",
    "OISF_suricata-verify/detect-bsize-0__input.pcap",
]
PAIRS = [
    ("ip", "ipv4"),
    ("ip6", "ipv6"),
    ("arp", "arp"),
    ("ip proto 6", "ipv4.protocol == 6"),
    ("tcp dst port 80 and ip", "ipv4; tcp.dport == 80"),
    ("ip and udp src port 53", "ipv4; udp.sport == 53"),
    ("ip src net 10.0.0.0/8", "ipv4.src == 10.0.0.0/8"),
    ("ip host 192.168.1.1", "ipv4.src == 192.168.1.1 or ipv4.dst == 192.168.1.1"),
    ("icmp[icmptype] == 8", "icmp.type == 8"),
    ("ip[6:2] & 0x1fff != 0", "ipv4.fragment_offset != 0"),
    ("ip6 src net 2001:db8::/32", "ipv6.src == 2001:db8::/32"),
    ("ip6 dst net fe80::/10", "ipv6.dst in {fe80::/10}"),
    ("ip and tcp[tcpflags] & tcp-syn != 0", "ipv4; tcp.syn == 1"),
    ("ip and not tcp", "ipv4; not (tcp)"),
]


@pytest.mark.parametrize("name", FILES)
def test_library_agrees_with_libpcap(name: str) -> None:
    capture = CAPTURES / name
    tcpdump = shutil.which("tcpdump")
    if tcpdump is None or not capture.exists():
        pytest.skip("needs tcpdump and the shared captures")
    link_type, packets = read_pcap(capture.read_bytes())
    text = "\n".join(f"filter f{number} {{ {pair[1]} }}" for number, pair in enumerate(PAIRS))
    filters = resolve_files([parse_file(Source("pairs", text))], link_type).filters
    for (expression, text), one in zip(PAIRS, filters):
        dumped = subprocess.run(
            [tcpdump, "-r", str(capture), "-w", "-", expression], capture_output=True, check=False
        )
        if dumped.returncode != 0:
            continue  # libpcap cannot say it on this link type
        ours = [packet for packet in packets if accepts(one.formula, packet)]
        assert ours == read_pcap(dumped.stdout)[1], f"{expression} / {text} on {name}"
