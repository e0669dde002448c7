"""Numbers, addresses and prefixes as text: in source files and in the cells of CSV files.

In: the characters of one literal. Out: a `syntax.Constant` or `syntax.Prefix`, or `Refused`.
"""

from __future__ import annotations

import ipaddress
import re

from dpfc.language.syntax import Constant, Prefix
from grammar.number import read_digits
from runtime.diagnostic import Diagnostic, Refused
from runtime.source import Span


def read_number(text: str, span: Span) -> Constant:
    """Return the number that `text` (decimal, 0x or 0b, with underscores) stands for.

    Raises:
        Refused: DPF004 for malformed digits or a number of more than 128 bits.
    """
    number = read_digits(text, span, "DPF004", 128, "no field is wider than 128 bits")
    return Constant(number, "number", span)


def read_ip(text: str, span: Span) -> Constant:
    """Return the IPv4 address `text`.

    Raises:
        Refused: DPF005 if it is not one.
    """
    try:
        return Constant(int(ipaddress.IPv4Address(text)), "ip", span)
    except ValueError:
        raise Refused(
            _bad_address(text, "an IPv4 address", "four numbers from 0 to 255, without leading zeros", span)
        ) from None


def read_ip6(text: str, span: Span) -> Constant:
    """Return the IPv6 address `text`.

    Raises:
        Refused: DPF005 if it is not one.
    """
    try:
        return Constant(int(ipaddress.IPv6Address(text)), "ip6", span)
    except ValueError:
        raise Refused(
            _bad_address(
                text, "an IPv6 address", "eight groups of at most four hex digits, one `::` for zeros", span
            )
        ) from None


def read_mac(text: str, span: Span) -> Constant:
    """Return the Ethernet address `text`, six pairs of hex digits with colons."""
    return Constant(int(text.replace(":", ""), 16), "mac", span)


def read_prefix(text: str, span: Span) -> Prefix:
    """Return the prefix `text`, an IPv4 or IPv6 address with a length.

    Raises:
        Refused: DPF005 for a malformed address or length, DPF006 for bits set behind the prefix's length.
    """
    address, _, digits = text.partition("/")
    base = read_ip6(address, span) if ":" in address else read_ip(address, span)
    width = 128 if base.kind == "ip6" else 32
    length = int(digits)
    if length > width:
        raise Refused(_bad_address(text, "a prefix", f"the length is 0 to {width}", span))
    spare = width - length
    if base.value & ((1 << spare) - 1):
        network = base.value >> spare << spare
        shown = ipaddress.IPv6Address(network) if width == 128 else ipaddress.IPv4Address(network)
        note = f"write `{shown}/{length}` for the network, or `{address}` for the one address"
        raise Refused(Diagnostic("DPF006", f"`{text}` has bits set behind its first {length}", span, (note,)))
    return Prefix(base.value, length, base.kind, span)


def read_literal(text: str, span: Span) -> Constant | Prefix:
    """Return the number, address or prefix `text`, whichever it looks like.

    Raises:
        Refused: DPF004, DPF005 or DPF006 if it is none.
    """
    if re.fullmatch(r"[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}", text):
        return read_mac(text, span)
    if re.fullmatch(r"[0-9a-fA-F.:]+/[0-9]{1,3}", text):
        return read_prefix(text, span)
    if ":" in text:
        return read_ip6(text, span)
    return read_ip(text, span) if "." in text else read_number(text, span)


def _bad_address(text: str, what: str, hint: str, span: Span) -> Diagnostic:
    return Diagnostic("DPF005", f"`{text}` is not {what}", span, (hint,))
