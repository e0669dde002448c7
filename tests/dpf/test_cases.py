"""Golden formulas: tests/dpf/cases/NAME.dpf resolves to NAME.expected (`--update-golden` rewrites these)."""

from __future__ import annotations

from pathlib import Path

import pytest

from dpfc.language.library import read_library
from dpfc.language.parse import parse_file
from dpfc.language.write import write_file
from dpfc.resolve import resolve_files
from dpfc.show import show_filters
from runtime.source import Source

HERE = Path(__file__).parent
CASES = sorted((HERE / "cases").glob("*.dpf"))
LINK_TYPES = {"raw_link": 101}


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_formulas(path: Path, request: pytest.FixtureRequest) -> None:
    source = Source(path.name, path.read_text("utf-8"))
    resolved = resolve_files([parse_file(source)], LINK_TYPES.get(path.stem, 1))
    shown = show_filters(resolved.filters) + "".join(f"{one.render()}\n" for one in resolved.warnings)
    golden = path.with_suffix(".expected")
    if request.config.getoption("--update-golden"):
        golden.write_text(shown, "utf-8")
    assert shown == golden.read_text("utf-8")


@pytest.mark.parametrize(
    "path", [*CASES, HERE.parents[1] / "examples" / "web.dpf"], ids=lambda path: path.stem
)
def test_written_text_parses_to_the_same_tree(path: Path) -> None:
    file = parse_file(Source(path.name, path.read_text("utf-8")))
    assert parse_file(Source("written", write_file(file))).declarations == file.declarations


def test_the_library_written_out_parses_to_the_same_tree() -> None:
    for file in read_library():
        assert parse_file(Source("written", write_file(file))).declarations == file.declarations
