"""`udfc tree`, `who` and `audit` as people and programs use them; images are never changed."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.image.tiny import TEXT, Tiny, make_sound
from udfc.cli import main
from udfc.image.batch import Batch
from udfc.image.walker import Walker

ROOT = Path(__file__).parents[2]


@pytest.fixture
def root(tmp_path: Path) -> str:
    path = tmp_path / "tiny.udf"
    path.write_text(TEXT)
    return f"{path}:tiny_super"


@pytest.fixture(autouse=True)
def store(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """One for all tests of a run: the tiny templates are proved once."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "store"))


def _write(folder: Path, image: bytes | Tiny, name: str = "tiny.img") -> str:
    path = folder / name
    path.write_bytes(image if isinstance(image, bytes) else image.image())
    path.chmod(0o444)
    return str(path)


def _run(*arguments: str) -> int:
    return main([*arguments, "--engine", "interpreter"])


def test_tree_lists_files(tmp_path: Path, root: str, capsys: pytest.CaptureFixture[str]) -> None:
    image = _write(tmp_path, make_sound())
    assert _run("tree", image, "--root", root) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:5] == [
        "tiny_inode 1 /: 12",
        "tiny_inode 2 /a: 20-21 23-25 (metadata 13 22)",
        "tiny_inode 3 /dir: 14",
        r"tiny_inode 4 /\x1b[2J\x2f: 26 30-31 (metadata 13)",
        "tiny_inode 5 /dir/b",
    ]
    assert lines[5] == f"{image}: tiny_super, 64 blocks of 64 bytes"
    assert lines[-1] == "depth 3; 23 blocks are owned; 41 are not, in 5 holes"
    assert ["data", "10", "10"] in [line.split() for line in lines]


def test_tree_as_json(tmp_path: Path, root: str, capsys: pytest.CaptureFixture[str]) -> None:
    image = _write(tmp_path, make_sound())
    assert _run("tree", image, "--root", root, "--format", "json") == 0
    described = json.loads(capsys.readouterr().out)
    assert (described["unit"], described["blocks"], described["owned"]) == (64, 64, 23)
    assert described["damage"] == {}
    second = described["files"][1]
    assert second == {
        "template": "tiny_inode",
        "identity": 2,
        "path": "/a",
        "data": [[20, 2], [23, 3]],
        "metadata": [[13, 1], [22, 1]],
    }


def test_tree_of_metadata(tmp_path: Path, root: str, capsys: pytest.CaptureFixture[str]) -> None:
    image = _write(tmp_path, make_sound())
    assert _run("tree", image, "--root", root, "--blocks") == 0
    text = capsys.readouterr().out
    assert text.startswith(
        "tiny_super, block 0\n  tiny_map, block 1\n  tiny_inodes, blocks 2-5\n    tiny_inode 1 /,"
    )
    assert "      tiny_pointers, block 22: data 23-24\n" in text
    assert _run("tree", image, "--root", root, "--blocks", "--data") == 0
    assert "        data 23-24\n" in capsys.readouterr().out
    assert _run("tree", image, "--root", root, "--blocks", "--depth", "1") == 0
    assert "tiny_inode " not in capsys.readouterr().out.partition("template")[0]
    assert _run("tree", image, "--root", root, "--blocks", "--format", "json") == 0
    objects = json.loads(capsys.readouterr().out)["objects"]
    assert objects[0]["parent"] is None
    assert {each["template"] for each in objects} >= {"tiny_list", "tiny_shared", "tiny_table"}


def test_who(tmp_path: Path, root: str, capsys: pytest.CaptureFixture[str]) -> None:
    image = _write(tmp_path, make_sound())
    assert _run("who", image, "24", "--root", root) == 0
    assert capsys.readouterr().out.splitlines() == [
        "block 24: data; marked used",
        "",
        "tiny_super at block 0: partition 1",
        "  tiny_inodes at blocks 2-5: partition 2",
        "    tiny_inode 2 /a: partition 3, indirect",
        "      tiny_pointers at block 22 of tiny_inode 2 /a: partition 2, pointer[2]",
        "        data, block 24",
    ]
    for block, summary in (
        ("0", "metadata of the fixed layout: the root itself; marked used"),
        ("9", "free; marked free"),
        ("13", "has 2 owners; marked used"),
    ):
        assert _run("who", image, block, "--root", root) == 0
        assert capsys.readouterr().out.splitlines()[0] == f"block {block}: {summary}"
    assert _run("who", image, "24", "--root", root, "--format", "json") == 0
    chain = json.loads(capsys.readouterr().out)["chains"][0]
    assert [link["partition"] for link in chain["objects"]] == [1, 2, 3, 2]
    assert chain["objects"][2]["path"] == "/a"
    assert _run("who", image, "64", "--root", root) == 2
    assert "block 64 is out of range; the file system has blocks 0 to 63" in capsys.readouterr().err


def test_audit(tmp_path: Path, root: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("audit", _write(tmp_path, make_sound(), "good.img"), "--root", root) == 0
    assert capsys.readouterr().out.endswith("64 blocks of 64 bytes: nothing found\n")
    tiny = make_sound()
    tiny.inode(5, 2, (21, 9999, 50))
    tiny.used |= {60, 61}
    image = _write(tmp_path, tiny)
    before = Path(image).read_bytes()
    assert _run("audit", image, "--root", root) == 1
    assert capsys.readouterr().out.splitlines()[:-1] == [
        "owned twice: 1",
        "  block 21: tiny_inode 2 /a, tiny_inode 5 /dir/b",
        "owned but marked free: 1",
        "  block 50: tiny_inode 5 /dir/b",
        "marked used but unowned: 1",
        "  blocks 60-61",
        "pointer out of range: 1",
        "  block 9999: tiny_inode 5 /dir/b",
    ]
    assert _run("audit", image, "--root", root, "--format", "json") == 1
    described = json.loads(capsys.readouterr().out)
    assert [each["kind"] for each in described["findings"]] == ["twice", "free", "unowned", "range"]
    assert described["findings"][0]["groups"][0]["ranges"] == [{"first": 21, "count": 1}]
    assert Path(image).read_bytes() == before


def test_a_report_stays_short(tmp_path: Path, root: str, capsys: pytest.CaptureFixture[str]) -> None:
    tiny = Tiny(total=500, inode_blocks=50)
    for number in range(200):
        tiny.inode(number, 2, (600 + number, 100 + 2 * number % 300, 101 + 2 * number % 300))
    image = _write(tmp_path, tiny)
    assert _run("audit", image, "--root", root) == 1
    short = capsys.readouterr().out
    assert "more; --all shows them" in short
    assert len(short.splitlines()) < 50
    assert _run("audit", image, "--root", root, "--all") == 1
    assert len(capsys.readouterr().out.splitlines()) > 400


def test_packed_images(tmp_path: Path, root: str, capsys: pytest.CaptureFixture[str]) -> None:
    image = _write(tmp_path, gzip.compress(make_sound().image()), "tiny.img.gz")
    assert _run("tree", image, "--root", root, "--summary") == 0
    assert "23 blocks are owned" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "code"), [(b"", "IMG002"), (b"short", "IMG005"), (bytes(1 << 16), "IMG006")]
)
def test_images_that_are_none(
    content: bytes, code: str, tmp_path: Path, root: str, capsys: pytest.CaptureFixture[str]
) -> None:
    chosen = ["--root", root] if code == "IMG005" else []
    for command in (["tree"], ["audit"], ["who"]):
        more = ["0"] if command == ["who"] else []
        assert _run(*command, _write(tmp_path, content, f"{command[0]}.img"), *more, *chosen) == 2
        assert f"error[{code}]" in capsys.readouterr().err
    assert _run("tree", str(tmp_path / "missing")) == 2
    assert "error[IMG001]" in capsys.readouterr().err
    assert _run("tree", str(tmp_path)) == 2
    assert "Is a directory" in capsys.readouterr().err


def test_wrong_roots(tmp_path: Path, root: str, capsys: pytest.CaptureFixture[str]) -> None:
    image = _write(tmp_path, make_sound())
    for wrong, reason in (
        (root.replace("tiny_super", "tiny_list"), "`tiny_list` is no root"),
        (root.replace("tiny_super", "nothing"), "there is no template `nothing`"),
        ("list", "which root of `list` is meant?"),
        ("/nowhere.udf", "No such file"),
    ):
        assert _run("tree", image, "--root", wrong) == 2
        assert reason in capsys.readouterr().err


@pytest.mark.parametrize("number", ["-1", "x", "1" * 30, ""])
def test_wrong_numbers(number: str, tmp_path: Path, root: str, capsys: pytest.CaptureFixture[str]) -> None:
    image = _write(tmp_path, make_sound())
    with pytest.raises(SystemExit) as ended:
        _run("who", image, "--root", root, "--", number)
    assert ended.value.code == 2
    assert capsys.readouterr().err


def test_any_name_can_be_printed(tmp_path: Path, root: str) -> None:
    tiny = make_sound()
    tiny.directory(12, {"\N{GREEK SMALL LETTER PI}".encode(): 2, b"\xff": 3})
    image = os.fsencode(_write(tmp_path, tiny)) + b"\xfe"
    os.link(tmp_path / "tiny.img", image)
    command = [sys.executable, "-m", "udfc", "tree", image, "--root", root, "--engine", "interpreter"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, capture_output=True, env=environment, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert rb"tiny_inode 2 /\u03c0: " in done.stdout
    assert rb"tiny_inode 3 /\xff: " in done.stdout
    assert rb"tiny.img\udcfe: tiny_super" in done.stdout


def test_templates_that_are_not_shipped_are_proved(
    tmp_path: Path, root: str, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "wrong.udf"
    wrong.write_text(TEXT.replace("if magic == 0x7e57 and map != 0 { own(map", "if total != 7 { own(map"))
    assert _run("tree", _write(tmp_path, make_sound()), "--root", f"{wrong}:tiny_super") == 1
    assert "error[TPL" in capsys.readouterr().err


def test_an_interrupt_is_no_traceback(
    tmp_path: Path, root: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = []

    def interrupt(self: Walker, batch: Batch) -> None:
        asked.append(batch)
        raise KeyboardInterrupt

    monkeypatch.setattr(Walker, "_ask", interrupt)
    assert _run("audit", _write(tmp_path, make_sound()), "--root", root) == 130
    assert len(asked) == 1
    assert capsys.readouterr().err == "udfc: interrupted\n"


def test_a_root_that_owns_nothing(tmp_path: Path, root: str, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("tree", "audit"):
        assert _run(command, _write(tmp_path, bytes(1 << 16)), "--root", root) == 2
        assert "IMG008" in capsys.readouterr().err
