"""The commands on real images: both file systems."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from vm.cli import main
from vm.xn.types import TypeLibrary

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def _library(tmp_path_factory: pytest.TempPathFactory) -> TypeLibrary:
    return TypeLibrary(tmp_path_factory.getbasetemp().parent / "store" / "xok")


@pytest.fixture(autouse=True)
def _store(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch, _library: TypeLibrary
) -> None:
    """One for all tests of a run: types are proved once, and loaded once in this process."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp().parent / "store"))
    monkeypatch.setattr("vm.commands.image.TypeLibrary", lambda cache: _library)
    monkeypatch.setattr("vm.commands.mkfs.TypeLibrary", lambda cache: _library)


@pytest.fixture(scope="module")
def _templates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {}


@pytest.fixture(params=["cffs", "ffs"])
def image(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    _templates: dict[str, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> str:
    """An empty file system."""
    kind = request.param
    if kind not in _templates:
        template = tmp_path_factory.mktemp("images") / f"{kind}.img"
        assert main(["mkfs", str(template), "--fs", kind, "--size", "16M"]) == 0
        _templates[kind] = template
    subprocess.run(["cp", "--sparse=always", _templates[kind], tmp_path / "disk.img"], check=True)
    monkeypatch.chdir(tmp_path)
    return "disk.img"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    tree = tmp_path / "tree"
    (tree / "sub").mkdir(parents=True)
    (tree / "text").write_text("text\n")
    (tree / "sub" / "big").write_bytes(os.urandom(300_000))
    (tree / "sub" / "link").symlink_to("../text")
    os.link(tree / "text", tree / "again")
    os.utime(tree / "text", (1_000_000, 2_000_000))
    return tree


def _ok(*arguments: str) -> None:
    assert main(list(arguments)) == 0


def _json(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, object]]:
    capsys.readouterr()
    assert main([*arguments, "--format", "json"]) == 0
    read = json.loads(capsys.readouterr().out)
    assert isinstance(read, list)
    return read


def _paths(capsys: pytest.CaptureFixture[str], place: str) -> list[object]:
    return [each["path"] for each in _json(capsys, "ls", "-R", place)]


def test_a_tree_goes_in_and_comes_out(image: str, tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _ok("cp", "-r", "tree", f"{image}:/")
    assert _paths(capsys, image) == [
        "/tree",
        "/tree/again",
        "/tree/sub",
        "/tree/text",
        "/tree/sub/big",
        "/tree/sub/link",
    ]
    _ok("cp", "-r", f"{image}:/tree", "back")
    subprocess.run(["diff", "-r", "tree", "back"], check=True)
    assert os.stat("back/text").st_nlink == 2
    assert os.stat("back/text").st_mtime == 2_000_000
    _ok("fsck", image)


def test_ls(image: str, tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tree / "text").chmod(0o640)
    _ok("cp", "-r", "tree", f"{image}:/")
    capsys.readouterr()
    _ok("ls", image)
    assert capsys.readouterr().out == "tree\n"
    _ok("ls", "-l", f"{image}:/tree")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("-rw-r-----   2 ")
    assert lines[0].endswith("5 1970-01-24 03:33:20 again")
    assert lines[1].startswith("drwxr-xr-x   2 ")
    _ok("ls", "-R", image)
    assert capsys.readouterr().out.split("\n\n")[2] == "/tree/sub:\nbig\nlink\n"
    _ok("ls", "-ld", f"{image}:/tree/sub/link")
    assert capsys.readouterr().out.endswith("/tree/sub/link -> ../text\n")
    _ok("ls", f"{image}:/tree/text", ":/tree/sub")
    assert capsys.readouterr().out == "/tree/text\n\n/tree/sub:\nbig\nlink\n"
    assert main(["ls", f"{image}:/none"]) == 2
    assert capsys.readouterr().err == f"xok: {image}:/none: No such file or directory\n"


def test_small_commands(image: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("a").write_text("content")
    _ok("cp", "a", f"{image}:/a")
    _ok("mkdir", f"{image}:/d", ":/e")
    _ok("mkdir", "-p", f"{image}:/d/x/y/z", ":/d")
    _ok("ln", f"{image}:/a", ":/d")
    _ok("ln", "-s", "d/a", f"{image}:/s")
    _ok("mv", f"{image}:/a", ":/e", ":/d/x")
    _ok("mv", f"{image}:/d/x/a", ":/d/x/b")
    assert _paths(capsys, image) == ["/d", "/s", "/d/a", "/d/x", "/d/x/b", "/d/x/e", "/d/x/y", "/d/x/y/z"]
    capsys.readouterr()
    _ok("cat", f"{image}:/s", ":/d/x/b")
    assert capsys.readouterr().out == "contentcontent"
    (found,) = _json(capsys, "stat", f"{image}:/d/a")
    assert (found["kind"], found["size"], found["links"], found["mode"]) == ("file", 7, 2, 0o644)
    assert abs(int(str(found["mtime"])) - os.stat("a").st_mtime) < 2
    capsys.readouterr()
    _ok("stat", f"{image}:/s")
    assert capsys.readouterr().out.startswith("/s -> d/a\n  symbolic link, inode ")
    _ok("stat", "-f", image)
    assert " in use, " in capsys.readouterr().out
    _ok("rm", f"{image}:/s")
    _ok("rm", "-f", f"{image}:/none")
    _ok("rm", "-r", f"{image}:/")
    assert _paths(capsys, image) == []
    _ok("fsck", image)


def test_what_cannot_be_done(image: str, tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _ok("cp", "-r", "tree", f"{image}:/")
    (root,) = _json(capsys, "roots", image)
    name = str(root["name"])
    for arguments, reason in (
        (["rm", f"{image}:/tree"], "is a directory; `-r` removes directories"),
        (["cp", "tree", f"{image}:/x"], "is a directory; `-r` copies directories"),
        (["cp", "tree/text", f"{image}:/none/x"], "No such file or directory"),
        (["cp", "tree/text", f"{image}:/x/"], "is no directory"),
        (["cp", "tree/text", "tree/again", f"{image}:/x"], "is no directory"),
        (["cp", "missing", f"{image}:/x"], "missing: No such file or directory"),
        (["cp", "tree/text", "x"], "none of these is inside an image"),
        (["cp", "-r", f"{image}:/tree", ":/tree/sub"], "cannot be copied into itself"),
        (["cp", f"{image}:/tree/text", ":/tree/again"], "is that file already"),
        (["cp", f"{image}:/none", "x"], f"{image}:/none: No such file or directory"),
        (["cp", "-r", "tree/sub", f"{image}:/tree/text"], "there is a file, not a directory"),
        (["mv", f"{image}:/", ":/tree"], "the root directory stays where it is"),
        (["mv", f"{image}:/tree", ":/tree/sub"], "Invalid argument"),
        (["mv", f"{image}:/tree/text", "other.img:/"], "are two images"),
        (["mkdir", f"{image}:/tree"], "File exists"),
        (["mkdir", f"{image}:/tree/text/x"], "Not a directory"),
        (["ln", f"{image}:/tree", ":/x"], "Operation not permitted"),
        (["cat", f"{image}:/tree"], "Is a directory"),
        (["cat", image, "--name", "other"], "has no file system `other`"),
        (["blocks", f"{image}:/none"], "no block belongs to"),
        (["mkfs", image], "is there already"),
        (["mkfs", image, "--add", "--name", name], "has a file system"),
        (["mkfs", "small.img", "--size", "8K"], "too small"),
        (["mkfs", "small.img", "--size", "64K"], "too small"),
        (["mkfs", "big.img", "--size", "17T"], "an image of"),
        (["mkfs", "nowhere/disk.img"], "No such file or directory"),
        (["mkfs", "tree", "--force"], "is no file"),
    ):
        assert main(arguments) == 2, arguments
        err = capsys.readouterr().err
        assert reason in err, (arguments, err)
        assert len(err.splitlines()) == 1, err
    assert not list(Path().glob(".*"))
    _ok("fsck", image)


def test_readers_do_not_write(image: str, tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _ok("cp", "-r", "tree", f"{image}:/")
    before = Path(image).read_bytes()
    os.chmod(image, 0o444)
    for arguments in (
        ["ls", "-R", image],
        ["cat", f"{image}:/tree/text"],
        ["stat", f"{image}:/tree"],
        ["fsck", image],
        ["blocks", image],
        ["roots", image],
        ["types", image],
        ["cp", "-r", f"{image}:/tree", "out"],
    ):
        _ok(*arguments)
    assert capsys.readouterr().err == ""
    assert Path(image).read_bytes() == before


def test_what_was_done_before_an_error_is_kept(image: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["mkdir", f"{image}:/a", ":/none/b", ":/c"]) == 2
    assert _paths(capsys, image) == ["/a"]
    assert capsys.readouterr().err == ""


def test_a_full_disk(image: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("big").write_bytes(os.urandom(20 << 20))
    assert main(["cp", "big", f"{image}:/big"]) == 2
    assert "No space left on device" in capsys.readouterr().err
    _ok("rm", f"{image}:/big")
    Path("big").write_bytes(os.urandom(8 << 20))
    _ok("cp", "big", f"{image}:/big")
    _ok("fsck", image)


def test_blocks(image: str, tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _ok("cp", "-r", "tree", f"{image}:/")
    capsys.readouterr()
    _ok("blocks", f"{image}:/tree/sub/big", "--format", "json")
    runs = json.loads(capsys.readouterr().out)["runs"]
    assert sum(run["count"] for run in runs if run["type"] == "data") == 74
    assert all(run["owner"].endswith(":/tree/sub/big") for run in runs)
    block = runs[0]["start"]
    _ok("blocks", image, "--block", str(block))
    said = capsys.readouterr().out
    assert ":/tree/sub/big" in said
    assert "\n  by way of block" in said
    _ok("blocks", image, "--svg", "map.svg")
    assert capsys.readouterr().out == ""
    assert ":/tree/sub/big</title>" in Path("map.svg").read_text()
    _ok("blocks", image)
    assert "super block" in capsys.readouterr().out
    _ok("blocks", image, "--list")
    listed = capsys.readouterr().out
    assert "neither free nor owned" not in listed
    assert "free" not in listed.replace("free map", "")


def test_two_file_systems_on_one_disk(image: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("a").write_text("content")
    _ok("mkfs", image, "--add", "--fs", "cffs", "--name", "other")
    assert {root["name"] for root in _json(capsys, "roots", image)} >= {"other"}
    assert main(["cp", "a", f"{image}:/"]) == 2
    assert "has several file systems; say --name" in capsys.readouterr().err
    _ok("cp", "--name", "other", "a", f"{image}:/")
    capsys.readouterr()
    _ok("cat", "--name", "other", f"{image}:/a")
    assert capsys.readouterr().out == "content"
    _ok("fsck", image)


def test_between_two_images(image: str, tree: Path) -> None:
    _ok("mkfs", "other.img", "--size", "8M")
    _ok("cp", "-r", "tree", f"{image}:/")
    _ok("cp", "-r", f"{image}:/tree", "other.img:/copy")
    _ok("cp", "-r", "other.img:/copy", "back")
    subprocess.run(["diff", "-r", "tree", "back"], check=True)


def test_an_image_is_not_copied_into_itself(
    image: str, tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["cp", "-r", ".", f"{image}:/"]) == 2
    assert "left out" in capsys.readouterr().err
    assert "/tree/sub/big" in _paths(capsys, image)


def test_mkfs_replaces_an_image_when_the_new_one_is_complete(
    image: str, tree: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _ok("cp", "-r", "tree", f"{image}:/")
    before = Path(image).read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr("vm.commands.mkfs.boot", lambda *arguments: 1 // 0)
        assert main(["mkfs", image, "--force"]) == 70
    assert Path(image).read_bytes() == before
    assert not list(Path().glob(".*"))
    _ok("mkfs", image, "--force", "--size", "9000K", "--ordered-free-map", "--no-grouping", "--name", "new")
    assert os.stat(image).st_size == 9000 << 10
    assert os.stat(image).st_blocks * 512 < 2 << 20
    assert [root["name"] for root in _json(capsys, "roots", image)] == ["new"]


@pytest.mark.parametrize("moment", [0.0, 0.3, 0.6, 0.9])
def test_an_image_survives_a_kill(
    image: str, tree: Path, moment: float, capsys: pytest.CaptureFixture[str]
) -> None:
    """Kill `xok cp -r` when so much of what it writes has been written."""
    _ok("cp", "-r", "tree", f"{image}:/safe")
    for number in range(150):
        (tree / f"file {number}").write_bytes(os.urandom(20_000))
    code = f"""
import os, signal, sys
from vm.machine.store import ImageStore
from vm.cli import main
write, written = ImageStore.write, 0
def counting(self, sector, data):
    global written
    write(self, sector, data)
    written += len(data)
    if written > {moment} * 3_300_000:
        os.kill(os.getpid(), signal.SIGKILL)
ImageStore.write = counting
sys.exit(main(["cp", "-r", "tree", "{image}:/"]))
"""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    killed = subprocess.run([sys.executable, "-c", code], env=environment, check=False)
    assert killed.returncode == -9
    capsys.readouterr()
    assert main(["ls", image]) == 0
    assert "was not shut down; recovered" in capsys.readouterr().err
    assert main(["fsck", image, "--repair"]) == 0, capsys.readouterr().out
    capsys.readouterr()
    _ok("fsck", image)
    _ok("cp", "-r", f"{image}:/safe", "back")
    assert capsys.readouterr().err == ""
    for name in ("text", "again", "sub"):
        subprocess.run(["diff", "-r", f"tree/{name}", f"back/{name}"], check=True)


def test_damaged_images_are_refused_or_read(
    image: str, tree: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever is in the blocks in use: no traceback, no internal error, no change by readers."""
    import random

    _ok("cp", "-r", "tree", f"{image}:/")
    capsys.readouterr()
    _ok("blocks", image, "--format", "json")
    runs = json.loads(capsys.readouterr().out)["runs"]
    used = [run for run in runs if run["type"] not in (None, "data")]
    whole = Path(image).read_bytes()
    random_numbers = random.Random(1)
    for number in range(12):
        data = bytearray(whole)
        for _ in range(random_numbers.choice((1, 3, 30))):
            run = random_numbers.choice(used)
            place = run["start"] * 4096 + random_numbers.randrange(run["count"] * 4096)
            if number % 2:
                place = run["start"] * 4096 + random_numbers.randrange(256)
            data[place] = random_numbers.randrange(256)
        Path("damaged.img").write_bytes(data)
        for command in (["ls", "-lR"], ["fsck"], ["blocks"], ["stat", "-f"]):
            assert main([*command, "damaged.img"]) in (0, 1, 2)
            said = capsys.readouterr()
            assert "internal error" not in said.err, (number, command, said.err)
        assert main(["cp", "-r", "damaged.img:/", "out"]) in (0, 2)
        assert "internal error" not in capsys.readouterr().err
        assert Path("damaged.img").read_bytes() == data
