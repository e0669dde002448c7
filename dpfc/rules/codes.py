"""What `dpfc explain RUL0xx` prints: everything that can be wrong with a rule file."""

from __future__ import annotations

from runtime.diagnostic import CodeEntry


def _entry(code: str, title: str, meaning: str, bad: str = "", good: str = "") -> CodeEntry:
    """Return an entry; without `bad`, no text causes it, a damaged file or an option does."""
    return CodeEntry(code, title, meaning, bad, good, "rules" if bad else "none")


CODES: tuple[CodeEntry, ...] = (
    _entry(
        "RUL001",
        "the rule file is too large",
        "A rule file has at most 16 MiB of text, unpacked, and its rules at most 1,048,576 rows: a rule that "
        "lists ports, or whose masks have gaps, has a row for each combination.",
    ),
    _entry(
        "RUL002",
        "the compressed rule file is damaged",
        "The gzip data is cut, has a wrong checksum, or is followed by something else. Nothing of the file "
        "is used, because rules that are missing would change what the others get.",
    ),
    _entry(
        "RUL003",
        "the rule file is not text",
        "Rule files are text, plain or inside gzip. A capture given as rules is the usual reason: captures "
        "go behind `-r`.",
    ),
    _entry(
        "RUL004",
        "the format of the rules is not known",
        "ClassBench files have `@` before the first rule, iptables-save files have lines that begin with "
        "`-A`, Cisco configurations have lines that begin with `access-list` or `ip access-list`. "
        "`--rules-format` says it where the file does not.",
        "allow tcp any any\n",
        "@0.0.0.0/0 0.0.0.0/0 0 : 65535 0 : 65535 0x06/0xFF\n",
    ),
    _entry(
        "RUL005",
        "the line is not a rule",
        "The line has too few words or too many, or a word stands where something else should. ClassBench "
        "rules have nine words, or ten with the flags column, which is not looked at.",
        "@10.0.0.0/8 10.0.0.1/32 0 : 65535 80 : 80\n",
        "@10.0.0.0/8 10.0.0.1/32 0 : 65535 80 : 80 0x06/0xFF\n",
    ),
    _entry(
        "RUL006",
        "a word is no address, port or protocol",
        "Addresses are written in full, prefix lengths are at most 32 (IPv6: 128), ports at most 65535, "
        "protocols at most 255, and the mask of a protocol in a ClassBench file is ones, then zeros.",
        "*filter\n-A INPUT -s 10.0.0.0/33 -j DROP\n",
        "*filter\n-A INPUT -s 10.0.0.0/32 -j DROP\n",
    ),
    _entry(
        "RUL007",
        "a range is empty",
        "The low end of a range is above its high end, so that no packet can match. The ends were probably "
        "exchanged.",
        "access-list 101 permit tcp any any range 90 80\n",
        "access-list 101 permit tcp any any range 80 90\n",
    ),
    _entry(
        "RUL008",
        "rules for IPv4 and IPv6 in one file",
        "A rule set is for packets of one version of IP. Put the rules for the other into a file of "
        "their own.",
        "*filter\n-A INPUT -s 10.0.0.1 -j ACCEPT\n-A INPUT -s 2001:db8::/32 -j DROP\n",
        "*filter\n-A INPUT -s 2001:db8::/32 -j DROP\n",
    ),
    _entry(
        "RUL009",
        "the file has no rules",
        "There is nothing in the file but comments, or each of its rules had to be left out; the notes say "
        "why.",
        "*filter\n-A INPUT -i lo -j ACCEPT\n",
        "*filter\n-A INPUT -s 127.0.0.0/8 -j ACCEPT\n",
    ),
    _entry(
        "RUL010",
        "rules are left out",
        "A warning. Of an iptables or Cisco file those rules are used that look at nothing but addresses, "
        "ports and the protocol, and that decide: no interfaces, connection states, negations, flags or ICMP "
        "types, and no target after which the chain goes on. The others are left out, and the packets they "
        "would have got go to later rules. The notes count the reasons.",
        "*filter\n-A INPUT -i lo -j ACCEPT\n-A INPUT -p tcp -j DROP\n",
        "*filter\n-A INPUT -p tcp -j DROP\n",
    ),
    _entry(
        "RUL011",
        "no such list of rules",
        "`--rules-list` names a chain (`INPUT`, `nat/POSTROUTING`) or an access list of the file. ClassBench "
        "files have none.",
    ),
)
