"""docs/xok-kernel.md: its example runs, and its table is the table of calls."""

from __future__ import annotations

from pathlib import Path

import pytest

from vm.xok.call_table import KERNEL_CALLS

TEXT = (Path(__file__).parents[2] / "docs" / "xok-kernel.md").read_text()


def test_the_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    exec(TEXT.split("```python\n")[1].split("```")[0], {})
    assert capsys.readouterr().out == "b'hello'\nACCESS_DENIED: no entry lets `62` write\n"


def test_the_table_is_the_table() -> None:
    lines = [
        f"| {call.number:#04x} | `{call.name}` | {call.cycles:,} | {call.purpose} |"
        for call in sorted(KERNEL_CALLS, key=lambda call: call.number)
    ]
    assert TEXT.endswith("\n".join(lines) + "\n")
