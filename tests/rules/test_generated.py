"""Rules that were written from a model are read as the model: a packet meets the rule that the model says."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from hypothesis import given, settings
from hypothesis import strategies as st

from dpfc.rules.extract import FiveTuple
from dpfc.rules.headers import make_headers
from dpfc.rules.naive import first_match
from dpfc.rules.read import Format, read_rules
from dpfc.rules.table import split_table
from runtime.diagnostic import Refused
from runtime.source import Source

ADDRESSES = st.sampled_from([0, 1, 0x0A000001, 0x0A000101, 0x0A010001, 0xC0A80101, 0xFFFFFFFF])
PORTS = st.sampled_from([0, 1, 22, 80, 1023, 1024, 65535])
NUMBERS = st.sampled_from([1, 6, 17, 132, 255])


@dataclass(frozen=True, slots=True)
class Side:
    """An address, the bits of it that count, and a range of ports."""

    address: int
    mask: int
    low: int
    high: int

    def accepts(self, address: int, port: int | None) -> bool:
        if (address ^ self.address) & self.mask:
            return False
        return (self.low, self.high) == (0, 65535) if port is None else self.low <= port <= self.high


@dataclass(frozen=True, slots=True)
class Model:
    """A rule; without protocol it is for all."""

    source: Side
    destination: Side
    protocol: int | None

    def accepts(self, packet: FiveTuple) -> bool:
        sport, dport = packet.ports or (None, None)
        return (
            self.source.accepts(packet.src, sport)
            and self.destination.accepts(packet.dst, dport)
            and self.protocol in (None, packet.protocol)
        )


@st.composite
def sides(draw: st.DrawFn, gaps: bool) -> Side:
    length = draw(st.sampled_from([0, 1, 8, 15, 24, 31, 32]))
    mask = ((1 << length) - 1) << 32 - length
    if gaps and draw(st.booleans()):
        mask &= ~0x0000_0500
    low, high = sorted((draw(PORTS), draw(PORTS)))
    return Side(draw(ADDRESSES), mask, *((low, high) if draw(st.booleans()) else (0, 65535)))


def rules(gaps: bool) -> st.SearchStrategy[list[Model]]:
    one = st.builds(Model, sides(gaps), sides(gaps), st.one_of(st.none(), NUMBERS))
    return st.lists(one, min_size=1, max_size=8)


PACKETS = st.lists(
    st.builds(
        lambda src, dst, ports, protocol: FiveTuple("ipv4", src, dst, ports, protocol),
        ADDRESSES,
        ADDRESSES,
        st.one_of(st.none(), st.tuples(PORTS, PORTS)),
        NUMBERS,
    ),
    min_size=1,
    max_size=12,
)


def _show(address: int) -> str:
    return str(ipaddress.IPv4Address(address))


def _write_classbench(rule: Model) -> str:
    def write(side: Side) -> str:
        return f"{_show(side.address)}/{side.mask.bit_count()}"

    ports = " ".join(f"{side.low} : {side.high}" for side in (rule.source, rule.destination))
    protocol = "0x00/0x00" if rule.protocol is None else f"{rule.protocol:#04x}/0xFF"
    return f"@{write(rule.source)}\t{write(rule.destination)}\t{ports}\t{protocol}\t0x0000/0x0200\t"


def _write_iptables(rule: Model) -> str:
    def write(letter: str, side: Side) -> str:
        return f"-{letter} {_show(side.address)}/{_show(side.mask)}" if side.mask else ""

    def write_ports(letter: str, side: Side) -> str:
        if (side.low, side.high) == (0, 65535):
            return ""
        middle = (side.low + side.high) // 2
        ends = [f"{low}:{high}" for low, high in ((side.low, middle), (middle + 1, side.high)) if low <= high]
        return f"-m multiport --{letter}ports {','.join(ends)}"

    words = ["-A INPUT", write("s", rule.source), write("d", rule.destination)]
    words += [f"-p {rule.protocol}" if rule.protocol is not None else ""]
    words += [
        write_ports("s", rule.source),
        write_ports("d", rule.destination),
        '-m comment --comment "a -j b"',
    ]
    return " ".join([*filter(None, words), "-j ACCEPT"])


def _write_cisco(rule: Model) -> str:
    def write(side: Side) -> str:
        wildcard = ~side.mask & 0xFFFFFFFF
        address = "any" if wildcard == 0xFFFFFFFF else f"{_show(side.address)} {_show(wildcard)}"
        match (side.low, side.high):
            case (0, 65535):
                return address
            case (low, 65535):
                return f"{address} gt {low - 1}"
            case (0, high):
                return f"{address} lt {high + 1}"
            case (low, high) if low == high:
                return f"{address} eq {low}"
            case (low, high):
                return f"{address} range {low} {high}"
        raise AssertionError

    protocol = "ip" if rule.protocol is None else str(rule.protocol)
    return f"access-list 101 permit {protocol} {write(rule.source)} {write(rule.destination)} log"


def _check(form: Format, text: str, models: list[Model], packets: list[FiveTuple]) -> None:
    read = read_rules("x", text.encode())
    assert len(read) == len(models)
    assert not read.warnings
    wanted = [next((n for n, rule in enumerate(models) if rule.accepts(one)), -1) for one in packets]
    assert first_match(read, make_headers(packets, "ipv4")).tolist() == wanted
    assert read_rules("x", text.encode(), form).names == read.names


@settings(max_examples=150)
@given(rules(gaps=False), PACKETS)
def test_classbench(models: list[Model], packets: list[FiveTuple]) -> None:
    _check("classbench", "\n".join(map(_write_classbench, models)), models, packets)


@settings(max_examples=150)
@given(rules(gaps=True), PACKETS)
def test_iptables(models: list[Model], packets: list[FiveTuple]) -> None:
    lines = "\n".join(map(_write_iptables, models))
    _check("iptables", f"*filter\n:INPUT DROP [0:0]\n{lines}\nCOMMIT\n", models, packets)


@settings(max_examples=150)
@given(rules(gaps=True), PACKETS)
def test_cisco(models: list[Model], packets: list[FiveTuple]) -> None:
    lines = "\n".join(map(_write_cisco, models))
    _check("cisco", f"hostname r1\n!\n{lines}\nend\n", models, packets)


def test_ipv6_prefixes_beyond_either_half() -> None:
    text = (
        "@2001:db8::/32 ::/0 0 : 65535 80 : 80 0x06/0xFF\n"
        "@2001:db8:0:1::/64 2001:db8::/96 0 : 65535 0 : 65535 0x00/0x00\n"
        "@::/0 2001:db8::1/128 0 : 65535 0 : 65535 0x00/0x00\n"
    )
    rules = read_rules("x", text.encode())
    assert rules.family == "ipv6"

    def packet(src: str, dst: str, dport: int) -> FiveTuple:
        first, second = (int(ipaddress.IPv6Address(text)) for text in (src, dst))
        return FiveTuple("ipv6", first, second, (1, dport), 6)

    packets = [
        packet("2001:db8:ffff::1", "::", 80),
        packet("2001:db8:0:1:ffff::", "2001:db8::ffff:ffff", 81),
        packet("2001:db8:0:1:ffff::", "2001:db8::1:0:0", 81),
        packet("2001:db8:0:2::", "2001:db8::1", 81),
        packet("2001:db9::", "2001:db8::2", 81),
    ]
    assert first_match(rules, make_headers(packets, "ipv6")).tolist() == [0, 1, -1, 2, -1]


def test_names_lines_and_actions() -> None:
    text = """\
# Generated by iptables-save
*filter
:INPUT DROP [0:0]
[5:300] -A INPUT -i lo -j ACCEPT
[5:300] -A INPUT -s 10.0.0.1 -j DROP
-A OUTPUT -c 1 2 -p udp -j REJECT --reject-with icmp-port-unreachable
COMMIT
*nat
-A OUTPUT -p tcp --dport 80 -j DNAT --to-destination 10.0.0.1
"""
    rules = read_rules("x", text.encode())
    assert rules.names == ("INPUT[2]", "OUTPUT[1]", "nat/OUTPUT[1]")
    assert rules.lines.tolist() == [5, 6, 9]
    assert rules.actions == ("DROP", "REJECT", "DNAT")
    (warning,) = rules.warnings
    assert (warning.code, warning.notes) == ("RUL010", ("1 for `-i` (first: line 4)",))
    text = """\
access-list 9 remark nothing
access-list 9 permit 10.0.0.1 log
access-list 9 deny 10.0.0.0 0.0.0.255
interface x
 ip access-group 9 in
ip access-list extended inside
 10 permit tcp any any eq www 443
 remark permit ip any any
 deny ip any any
ipv6 access-list six
 permit tcp any any
"""
    rules = read_rules("x", text.encode())
    assert rules.names == ("9[1]", "9[2]", "inside[1]", "inside[2]")
    assert rules.lines.tolist() == [2, 3, 7, 9]
    assert rules.actions == ("permit", "deny", "permit", "deny")
    assert rules.owners.tolist() == [0, 1, 2, 2, 3]
    assert [one.notes for one in rules.warnings] == [
        ("1 for an access list that is not for IPv4 addresses (first: line 11)",)
    ]


@settings(max_examples=200)
@given(
    st.lists(st.sampled_from(["a", "b ", "\t", "\n", "#", "\r", "a b\n", "a  b\r\n", "a b c\n"]), max_size=12)
)
def test_even_texts_are_split_like_others(parts: list[str]) -> None:
    """A comment in front keeps a text from being split the quick way."""
    text = "".join(parts)
    quick, slow = _split(text), _split("#\n" + text)
    if isinstance(quick, str):
        assert quick == slow
    else:
        assert not isinstance(slow, str)
        assert slow == (quick[0], [line + 1 for line in quick[1]])


def _split(text: str) -> tuple[tuple[tuple[str, ...], ...], list[int]] | str:
    try:
        table = split_table(Source("x", text), 2, 3, "two words or three")
    except Refused as refused:
        return refused.diagnostics[0].message
    return tuple(column[:] for column in table.columns[:2]), table.lines
