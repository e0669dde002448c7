"""Diagnostics for programs that do not mean anything: DPF010 to DPF069.

In: nothing. Out: a table, part of `dpfc.codes`.
"""

from __future__ import annotations

from runtime.diagnostic import CodeEntry


def _entry(code: str, title: str, meaning: str, bad: str = "", good: str = "") -> CodeEntry:
    return CodeEntry(code, title, meaning, bad, good, "dpf" if bad else "none")


def _count_references(count: int) -> str:
    """Return a program in which `count` filters refer to one another in a row, each to the next."""
    return "".join(f"filter f{n} {{ @f{n + 1} }}\n" for n in range(1, count)) + f"filter f{count} {{ tcp }}\n"


_MANY_PARENTS = "".join(
    f"header h{n} on udp.dport == {n} {{ x : 8\n length = 1 }}\n" for n in range(1, 34)
) + ("header last on " + ", ".join(f"h{n}.x == 1" for n in range(1, 34)) + " { y : 8 }\n")


MEANING_CODES: tuple[CodeEntry, ...] = (
    _entry(
        "DPF010",
        "a name that means nothing",
        "There is no header, constant, set or parameter of this name. Filters are referred to with `@name`.",
        "filter web { tpc.dport == 80 }",
        "filter web { tcp.dport == 80 }",
    ),
    _entry(
        "DPF011",
        "a field that the header does not have",
        "The note names the field that is most like it, or all fields of the header.",
        "filter web { tcp.port == 80 }",
        "filter web { tcp.dport == 80 }",
    ),
    _entry(
        "DPF012",
        "a name that is defined twice",
        "Names are defined once: headers, filters and instances, constants and sets, the parameters of a "
        "filter, the fields of a header. The library's headers count.",
        "filter web { tcp }\nfilter web { udp }",
        "filter web { tcp }\nfilter other { udp }",
    ),
    _entry(
        "DPF013",
        "a filter that does not exist",
        "`@name`, `instance` and `--instances` refer to filters of the program.",
        "filter web { tcp }\nfilter rest { not @wbe }",
        "filter web { tcp }\nfilter rest { not @web }",
    ),
    _entry(
        "DPF014",
        "a name that cannot be given",
        "`length` is the captured length of the message, and names have at most 80 characters.",
        "const length = 5",
        "const size = 5",
    ),
    _entry(
        "DPF015",
        "a definition that needs itself",
        "Constants and filters may refer to one another, but not in a circle, and constants at most 32 in "
        "a row.",
        "filter one { not @two }\nfilter two { @one }",
        "filter one { not @two }\nfilter two { tcp }",
    ),
    _entry(
        "DPF020",
        "a value that does not fit in the field",
        "The comparison would be the same for every message.",
        "filter odd { ipv4.protocol == 300 }",
        "filter odd { ipv4.protocol == 30 }",
    ),
    _entry(
        "DPF021",
        "an address compared with something of another width",
        "IPv4 addresses have 32 bits, Ethernet addresses 48, IPv6 addresses 128: so must the field have.",
        "filter host { ipv6.src == 10.0.0.1 }",
        "filter host { ipv4.src == 10.0.0.1 }",
    ),
    _entry(
        "DPF022",
        "arithmetic on 128 bits",
        "Fields and numbers of more than 64 bits can be compared and tested for membership, not computed "
        "with.",
        "filter host { ipv6.src & 1 == 1 }",
        "filter host { ipv6.src == 2001:db8::/32 }",
    ),
    _entry(
        "DPF023",
        "a set where one value is needed",
        "Sets, ranges and prefixes stand behind `==`, `!=`, `in` and `not in`, and as arguments.",
        "set ports = {80, 443}\nfilter web { tcp.dport < ports }",
        "set ports = {80, 443}\nfilter web { tcp.dport in ports }",
    ),
    _entry(
        "DPF024",
        "constant arithmetic without a result",
        "Arithmetic is exact, on numbers from 0 to 2**64 - 1: this divides by zero, shifts too far, or "
        "leaves them.",
        "filter odd { 0:8 == 1 - 2 }",
        "filter odd { 0:8 == 2 - 1 }",
    ),
    _entry(
        "DPF025",
        "an empty set",
        "Nothing is a member of it, so the condition would always be false.",
        "filter none { tcp.dport in {} }",
        "filter none { false }",
    ),
    _entry(
        "DPF026",
        "an empty range",
        "A range goes from its smaller to its larger end; both ends are in it.",
        "filter web { tcp.dport in 90..80 }",
        "filter web { tcp.dport in 80..90 }",
    ),
    _entry(
        "DPF027",
        "a constant is needed",
        "Sets and arguments are known before any message arrives; a comparison may depend on the message "
        "on both sides.",
        "filter same { tcp.dport in {tcp.sport} }",
        "filter same { tcp.dport == tcp.sport }",
    ),
    _entry(
        "DPF030",
        "a header's condition looks too far",
        "Each condition behind `on` looks at the fields of exactly one header, the parent, and with raw "
        "loads at the new header itself. It cannot refer to filters.",
        "header odd on udp.dport == 1 and tcp.dport == 1 { x : 8 }",
        "header odd on udp.dport == 1, tcp.dport == 1 { x : 8 }",
    ),
    _entry(
        "DPF031",
        "a little-endian load that is not whole bytes",
        "Byte order is about bytes: 8, 16, 24, ... 64 bits.",
        "filter odd { 0:12 le == 1 }",
        "filter odd { 0:16 le == 1 }",
    ),
    _entry(
        "DPF032",
        "a chain in a header without length",
        "The walk over the chain starts where the header ends.",
        "header odd on udp.dport == 1 { n : 8\n chain last from n limit 4 { 1 -> next 0:8 skip 8 } }",
        "header odd on udp.dport == 1 { n : 8\n length = 1\n chain last from n limit 4 { 1 -> next 0:8 "
        "skip 8 } }",
    ),
    _entry(
        "DPF033",
        "a header behind one that has no length",
        "`length = ...` says where the next header starts; without it, nothing can follow.",
        "header inner on arp.operation == 9 { x : 8 }",
        "header inner on udp.dport == 9 { x : 8 }",
    ),
    _entry(
        "DPF040",
        "too many alternatives",
        "`or` between conditions that name different headers is multiplied out, to find the stacks of each "
        "alternative. At most 256 are allowed; values in a set, and an `or` on the same headers, do not "
        "count.",
        "filter many {\n" + 9 * "(arp or llc)\n" + "}",
        "filter few {\n" + 8 * "(arp or llc)\n" + "}",
    ),
    _entry(
        "DPF041",
        "too many stacks",
        "A filter is read on at most 64 stacks of headers. Naming a header in between leaves those that "
        "have it.",
        _MANY_PARENTS + "filter many { last }",
        _MANY_PARENTS + "filter one { last; h1; ipv4 }",
    ),
    _entry(
        "DPF042",
        "a stack that is too long",
        "A stack has at most 12 headers. For what lies deeper, use raw loads behind a `shift`.",
        "filter deep { gre/gre/gre/gre/gre/gre }",
        "filter deep { gre/gre/gre }",
    ),
    _entry(
        "DPF043",
        "a filter that is too large when written out",
        "Filters that refer to one another, and shifts that depend on one another, are written out in "
        "full: at most 16 filters and 8 to 10 shifts in a row, and 20,000 conditions.",
        _count_references(17),
        _count_references(15),
    ),
    _entry(
        "DPF050",
        "the wrong number of arguments",
        "A filter with parameters gets one argument for each, save those that have a default; these come "
        "last.",
        "filter port(number) { tcp.dport == number }\ninstance web = port(80, 443)",
        "filter port(number) { tcp.dport == number }\ninstance web = port(80)",
    ),
    _entry(
        "DPF051",
        "columns and parameters do not fit",
        "The first row of a CSV file of instances names parameters of the filter; every parameter without "
        "a default needs a column.",
    ),
    _entry(
        "DPF052",
        "a damaged CSV file",
        "The first row names the parameters, and every other row has one cell for each of them.",
    ),
    _entry(
        "DPF053",
        "a cell that is no value",
        "A cell holds a number, an address, a prefix or a range: 80, 10.0.0.1, 10.0.0.0/8, 80..90.",
    ),
    _entry(
        "DPF060",
        "a filter that cannot match here",
        "A warning: no stack of headers that starts with the capture's link type has all headers that the "
        "filter names. The filter accepts nothing there, and may well accept messages of another link "
        "type.",
        "filter cooked_web { cooked; tcp.dport == 80 }",
        "filter web { tcp.dport == 80 }",
    ),
)
