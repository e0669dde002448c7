"""docs/udf-audit.md says what e2fsck and `udfc audit` really say of the damaged images."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.captures import MISSING
from tests.image.audit_table import DOCUMENT, REASONS, list_damaged, make_row
from tests.image.make_ext import unpack
from tests.image.tools import need

IMAGES = list_damaged()
ROWS = [line for line in DOCUMENT.read_text(encoding="utf-8").splitlines() if line.startswith("| `f_")]
VERSION = "1.47.0"

here = pytest.mark.skipif(not IMAGES, reason=MISSING)


def check_row(path: Path, folder: Path, store: Path) -> None:
    said = subprocess.run(["e2fsck", "-V"], check=False, capture_output=True, text=True).stderr
    if VERSION not in said:
        pytest.skip(f"the table is about e2fsck {VERSION}")
    image = folder / "damaged.img"
    unpack(path, image)
    assert make_row(path.parent.name, image, store) in ROWS


@here
@need("e2fsck")
@pytest.mark.parametrize("path", IMAGES[::8], ids=lambda path: path.parent.name)
def test_rows(path: Path, tmp_path: Path, store: Path) -> None:
    check_row(path, tmp_path, store)


@pytest.mark.long
@here
@need("e2fsck")
@pytest.mark.parametrize("path", IMAGES, ids=lambda path: path.parent.name)
def test_all_rows(path: Path, tmp_path: Path, store: Path) -> None:
    check_row(path, tmp_path, store)


@here
def test_every_image_has_a_row_and_every_reason_a_row_that_differs() -> None:
    names = [re.match(r"\| `(\w+)`", row)[1] for row in ROWS]  # type: ignore[index]
    assert names == [path.parent.name for path in IMAGES]
    differing = {name for name, row in zip(names, ROWS, strict=True) if not row.endswith("| same |")}
    assert set(REASONS) <= differing
    given = {name for name, row in zip(names, ROWS, strict=True) if "e2fsck gives up" in row}
    assert differing == set(REASONS) | given - set(REASONS)
