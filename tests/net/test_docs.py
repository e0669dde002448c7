"""docs/network.md: its table is the table of calls, and it lists all keys of scenario files."""

from __future__ import annotations

import re
from pathlib import Path

from vm.xok.network_table import NETWORK_CALLS

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "network.md").read_text()


def test_the_table_is_the_table() -> None:
    lines = [
        f"| {call.number:#04x} | `{call.name}` | {call.purpose} |"
        for call in sorted(NETWORK_CALLS, key=lambda call: call.number)
    ]
    assert "\n".join(lines) in TEXT


def test_all_keys_are_listed() -> None:
    source = (ROOT / "vm" / "scenario" / "read.py").read_text()
    keys = {
        key for group in re.findall(r"\.only\(([^)]*)\)", source) for key in re.findall(r'"(\w+)"', group)
    }
    assert len(keys) > 15
    assert {key for key in keys if f"`{key}`" not in TEXT and f"`[[{key}]]`" not in TEXT} <= {
        "card",
        "pages",
        "slot",
    }
