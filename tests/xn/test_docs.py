"""The example of docs/xn.md works as it stands, and what it has written is there after a reboot."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from vm.boot import boot
from vm.xn.types import TypeLibrary

ROOT = Path(__file__).parents[2]
EXAMPLES = re.findall(
    r"```python\n(.*?)```", (ROOT / "docs" / "xn.md").read_text(encoding="utf-8"), re.DOTALL
)


def test_the_example_works(monkeypatch: pytest.MonkeyPatch, library: TypeLibrary) -> None:
    monkeypatch.chdir(ROOT)
    (example,) = EXAMPLES
    names: dict[str, object] = {}
    exec(compile(example, "docs/xn.md", "exec"), names)
    machine, root, free = names["machine"], names["root"], names["free"]
    session = boot(machine, library)  # type: ignore[arg-type]
    assert not session.recovery.walked, "it was shut down"
    assert list(session.storage.roots) == ["mine"]
    pointers = session.storage.disk.store.read(8 * root, 8)  # type: ignore[operator]
    assert int.from_bytes(pointers[28:32], "little") == free
    assert session.storage.disk.store.read(8 * free, 1)[:6] == b"hello\0"  # type: ignore[operator]
