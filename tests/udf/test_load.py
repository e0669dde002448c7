"""`import`: beside the file, among the shipped ones, once each, never in a circle."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from grammar.imports import MAX_FILES
from runtime.diagnostic import Diagnostic, Refused
from udfc.language.find import find_file, list_shipped
from udfc.language.load import load_files


def write(folder: Path, **texts: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.udf").write_text(text)
    return folder


def load(folder: Path, name: str) -> list[str]:
    return [Path(file.source.name).stem for file in load_files(str(folder / f"{name}.udf"))]


def refuse(folder: Path, name: str) -> Diagnostic:
    with pytest.raises(Refused) as refusal:
        load(folder, name)
    (diagnostic,) = refusal.value.diagnostics
    return diagnostic


def test_imports_come_first_and_once(tmp_path: Path) -> None:
    write(
        tmp_path,
        top="import left\nconst A = 1\nimport right",
        left="import base",
        right="import base; import left",
        base="",
    )
    assert load(tmp_path, "top") == ["base", "left", "right", "top"]


def test_the_same_file_by_two_paths_is_one(tmp_path: Path) -> None:
    write(tmp_path, top="import real\nimport link", real="")
    os.symlink(tmp_path / "real.udf", tmp_path / "link.udf")
    assert load(tmp_path, "top") == ["real", "top"]


def test_the_file_beside_hides_the_shipped_one(tmp_path: Path) -> None:
    name = list_shipped()[0]
    write(tmp_path, top=f"import {name}")
    assert load_files(str(tmp_path / "top.udf"))[0].source.name == find_file(name)
    write(tmp_path, **{name: "const MINE = 1"})
    assert load_files(str(tmp_path / "top.udf"))[0].source.name == str(tmp_path / f"{name}.udf")


def test_a_shipped_file_is_found_by_its_name() -> None:
    name = list_shipped()[0]
    assert load_files(name)[-1].source.name.endswith(f"templates/{name}.udf")


def test_a_shipped_name_wins_over_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = list_shipped()[0]
    (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path)
    assert load_files(name)[-1].source.name.endswith(f"templates/{name}.udf")


def test_a_missing_import_says_where_it_was_looked_for(tmp_path: Path) -> None:
    found = refuse(write(tmp_path, top="const A = 1\nimport nowhere"), "top")
    assert (found.code, found.span.start) == ("UDF005", len("const A = 1\nimport "))
    assert str(tmp_path / "nowhere.udf") in found.notes[0]


@pytest.mark.parametrize(
    "texts, row",
    [
        ({"top": "import top"}, "`top.udf` imports `top.udf`"),
        (
            {"top": "import a", "a": "import b", "b": "import a"},
            "`a.udf` imports `b.udf` imports `a.udf`",
        ),
    ],
)
def test_circles_are_refused(texts: dict[str, str], row: str, tmp_path: Path) -> None:
    found = refuse(write(tmp_path, **texts), "top")
    assert (found.code, found.notes) == ("UDF006", (row,))


def test_a_long_chain_is_refused(tmp_path: Path) -> None:
    texts = {f"f{number}": f"import f{number + 1}" for number in range(MAX_FILES + 10)}
    assert refuse(write(tmp_path, **texts), "f0").code == "UDF005"


def test_as_many_files_as_allowed(tmp_path: Path) -> None:
    texts = {f"f{number}": f"import f{number + 1}" for number in range(MAX_FILES - 1)}
    write(tmp_path, **texts, **{f"f{MAX_FILES - 1}": ""})
    assert len(load(tmp_path, "f0")) == MAX_FILES


def test_mistakes_are_reported_in_the_imported_file(tmp_path: Path) -> None:
    found = refuse(write(tmp_path, top="import bad", bad="const = 1"), "top")
    assert (found.code, Path(found.span.source.name).name) == ("UDF003", "bad.udf")


def test_a_folder_or_nothing_is_not_imported(tmp_path: Path) -> None:
    (tmp_path / "folder.udf").mkdir()
    assert refuse(write(tmp_path, top="import folder"), "top").code == "UDF005"
    long_name = "a" * 5000
    assert refuse(write(tmp_path, top=f"import {long_name}"), "top").code == "UDF005"


@pytest.mark.parametrize("name", ["", "nothing", "nothing.udf", "./nothing"])
def test_a_missing_file_is_named(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError):
        load_files(name)
