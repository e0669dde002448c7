"""Rule files of all formats.

In: a file's name and bytes. Out: a `RuleSet`.
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

from dpfc.rules.cisco import read_cisco
from dpfc.rules.classbench import read_classbench
from dpfc.rules.iptables import read_iptables
from dpfc.rules.ruleset import RuleSet
from dpfc.rules.text import read_text, refuse_file
from runtime.source import Source

Format: TypeAlias = Literal["classbench", "iptables", "cisco"]

_SIGNS: tuple[tuple[Format, re.Pattern[str]], ...] = (
    ("classbench", re.compile(r"(?:[ \t\r]*(?:#[^\n]*)?\n)*[ \t]*@")),
    ("iptables", re.compile(r"^(?:\*[a-z]+[ \t\r]*$|(?:\[[0-9]+:[0-9]+\] )?-A )", re.MULTILINE)),
    ("cisco", re.compile(r"^(?:ip |ipv6 )?access-list ", re.MULTILINE)),
)
"""What a file of a format has: the first sign found decides. ClassBench's must be at the start."""


def read_rules(name: str, data: bytes, form: Format | None = None, list_name: str | None = None) -> RuleSet:
    """Return the rules of a file.

    Args:
        name: what diagnostics call the file.
        data: its bytes, plain or gzip.
        form: the format; found from the contents when not given.
        list_name: use only the rules of this chain or access list.

    Raises:
        Refused: RUL codes.
    """
    source = read_text(name, data)
    match form or _find_format(source):
        case "classbench":
            if list_name is not None:
                note = "chains and access lists are in iptables and cisco files"
                raise refuse_file("RUL011", name, "a ClassBench file has no lists to choose from", note)
            return read_classbench(source)
        case "iptables":
            return read_iptables(source, list_name)
        case "cisco":
            return read_cisco(source, list_name)


def _find_format(source: Source) -> Format:
    for form, sign in _SIGNS:
        if sign.match(source.text) if form == "classbench" else sign.search(source.text):
            return form
    note = "ClassBench rules begin with `@`; iptables-save prints `-A` lines; Cisco has `access-list`"
    raise refuse_file("RUL004", source.name, "this is not a rule file of a known format", note)
