"""Operands, walking and copying, on file systems in memory and on the host."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from runtime.command.edge import Impossible
from tests.mount.fake import Fake
from vm.commands.copying import Copying, Side
from vm.commands.files import Files, Host
from vm.commands.operand import Operand, name_image, parse_operands
from vm.commands.show import show_line, show_name, show_time
from vm.commands.target import find_target
from vm.commands.walk import raise_error, walk_tree
from vm.libfs.interface import DIRECTORY, FILE, SYMLINK, Stat


@pytest.mark.parametrize(
    ("argument", "operand"),
    [
        ("a", Operand(None, "a")),
        ("a/", Operand(None, "a/", True)),
        ("d.img:/", Operand("d.img", "/", True)),
        ("d.img:", Operand("d.img", "/", True)),
        ("dir/d.img:/a/b", Operand("dir/d.img", "/a/b")),
        ("d.img:/a/", Operand("d.img", "/a", True)),
        ("d.img://a//b/.", Operand("d.img", "/a/b")),
        ("d.img:/../../a/../b", Operand("d.img", "/b")),
        ("a:b:/c:/d", Operand("a:b", "/c:/d")),
    ],
)
def test_operands(argument: str, operand: Operand) -> None:
    (parsed,) = parse_operands([argument], inside=False)
    assert (parsed.image, parsed.path) == (operand.image, operand.path)


def test_an_operand_may_leave_out_the_image() -> None:
    operands = parse_operands(["d.img:/a", "x", ":/b", "e.img:/", ":/c"], inside=False)
    assert [operand.image for operand in operands] == ["d.img", None, "d.img", "e.img", "e.img"]
    assert parse_operands(["d.img", ":/b"], inside=True)[1] == Operand("d.img", "/b")
    assert name_image(operands[:3]) == "d.img"
    with pytest.raises(Impossible, match="two images"):
        name_image(operands)


@pytest.mark.parametrize("argument", ["", ":/a", "a\0b"])
def test_what_names_no_file(argument: str) -> None:
    with pytest.raises(Impossible):
        parse_operands([argument], inside=False)


@pytest.mark.parametrize(
    ("path", "name"), [("a/b", "b"), ("a/b/", "b"), ("/", ""), (".", ""), ("..", ""), ("a/..", "")]
)
def test_names_of_copies(path: str, name: str) -> None:
    assert Operand(None, path).name == name


def test_targets() -> None:
    fake = Fake()
    fake.mkdir("/d")
    fake.create("/f")
    fake.symlink("d", "/s")
    source = Operand(None, "x/a")
    assert find_target(fake, source, Operand("i", "/d"), True) == "/d/a"
    assert find_target(fake, source, Operand("i", "/s"), True) == "/s/a"
    assert find_target(fake, source, Operand("i", "/f"), False) == "/f"
    assert find_target(fake, source, Operand("i", "/new"), False) == "/new"
    assert find_target(fake, Operand(None, "."), Operand("i", "/d"), False) == "/d"
    for target in ("/f", "/new"):
        with pytest.raises(Impossible, match="is no directory"):
            find_target(fake, source, Operand("i", target), True)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Files of many kinds."""
    tree = tmp_path / "tree"
    (tree / "sub" / "deep").mkdir(parents=True)
    (tree / "empty").mkdir(mode=0o700)
    (tree / "text").write_text("text\n")
    (tree / "script").write_text("#!/bin/sh\n")
    (tree / "script").chmod(0o4755)
    (tree / "sub" / "big").write_bytes(os.urandom(3 << 20))
    with (tree / "sub" / "sparse").open("wb") as file:
        file.seek(5 << 20)
        file.write(b"end")
        file.truncate((6 << 20) + 1)
    (tree / "sub" / "deep" / os.fsdecode(b"\xff\xfe")).write_bytes(bytes(10000))
    (tree / "sub" / "link").symlink_to("../text")
    (tree / "dangling").symlink_to("/nowhere")
    os.link(tree / "text", tree / "sub" / "text again")
    os.utime(tree / "text", (1000, 2000))
    os.utime(tree / "sub", (3000, 4000))
    return tree


def _copy(
    source: Files, path: str, target: Files, to: str, left_out: frozenset[int] = frozenset()
) -> Copying:
    copying = Copying(Side(source, str), Side(target, str), lambda path: None, left_out)
    copying.copy(path, to, False)
    return copying


def _list(files: Files, path: str) -> list[tuple[object, ...]]:
    """Return all that a copy must keep."""
    listed = []
    for here, found in walk_tree(files, path, False, raise_error):
        content: object = None
        if found.kind == FILE:
            content = files.read(here, 0, found.size)
        elif found.kind == SYMLINK:
            content = files.readlink(here)
        times = None if found.kind == SYMLINK else found.mtime
        links = found.links if found.kind == FILE else None
        size = None if found.kind == DIRECTORY else found.size
        listed.append(
            (here[len(path) :], found.kind, found.mode, found.uid, found.gid, size, times, links, content)
        )
    return listed


def test_a_copy_of_a_copy_is_the_original(tree: Path, tmp_path: Path) -> None:
    fake = Fake()
    assert not _copy(Host(), str(tree), fake, "/tree").problems
    assert _list(fake, "/tree") == _list(Host(), str(tree))
    other = Fake()
    assert not _copy(fake, "/", other, "/").problems
    assert not _copy(other, "/tree", Host(), str(tmp_path / "back")).problems
    assert _list(Host(), str(tmp_path / "back")) == _list(Host(), str(tree))
    assert (tmp_path / "back" / "sub" / "sparse").stat().st_blocks < 100


def test_a_copy_overwrites_files_and_fills_directories(tree: Path) -> None:
    fake = Fake()
    fake.mkdir("/tree")
    fake.create("/tree/kept")
    fake.create("/tree/text")
    fake.write("/tree/text", 0, b"much longer than the new one")
    fake.symlink("elsewhere", "/tree/dangling")
    fake.mkdir("/tree/sub")
    fake.create("/tree/sub/link")
    _copy(Host(), str(tree), fake, "/tree")
    assert fake.exists("/tree/kept")
    assert fake.read("/tree/text", 0, 100) == b"text\n"
    assert fake.readlink("/tree/dangling") == "/nowhere"
    assert fake.readlink("/tree/sub/link") == "../text"


def test_a_directory_does_not_replace_a_file(tree: Path) -> None:
    fake = Fake()
    fake.create("/tree")
    with pytest.raises(OSError, match="there is a file, not a directory"):
        _copy(Host(), str(tree), fake, "/tree")
    fake = Fake()
    fake.mkdir("/text")
    with pytest.raises(OSError, match="there is a directory, not a file"):
        _copy(Host(), str(tree / "text"), fake, "/text")


def test_what_cannot_be_copied_is_left_out(tree: Path) -> None:
    os.mkfifo(tree / "pipe")
    fake = Fake()
    own = Host().stat(str(tree / "text")).inode
    problems = _copy(Host(), str(tree), fake, "/tree", frozenset([own])).problems
    assert [problem.replace(str(tree), "") for problem in problems] == [
        "/pipe: neither file, directory nor symbolic link",
        "/sub/text again: this is an image that is being used: left out",
        "/text: this is an image that is being used: left out",
    ]
    assert fake.exists("/tree/sub/big")
    assert not fake.exists("/tree/text")


def test_a_full_disk_ends_a_copy(tree: Path) -> None:
    fake = Fake()
    fake.fail_with = None

    def fail(path: str, offset: int, data: bytes) -> int:
        raise OSError(28, "No space left on device")

    fake.write = fail  # type: ignore[method-assign]
    with pytest.raises(OSError, match="No space"):
        _copy(Host(), str(tree), fake, "/tree")


def test_a_directory_inside_itself_ends() -> None:
    fake = Fake()
    fake.mkdir("/a")
    fake.root.names["a"].names["loop"] = fake.root.names["a"]
    copying = _copy(fake, "/", Fake(), "/")
    assert copying.problems == ["/a/loop: this directory has two names: the image is damaged"]


def test_names_are_harmless() -> None:
    assert show_name("a b") == "a b"
    assert show_name("\x1b[2J\n") == r"\x1b[2J\n"
    assert show_name(os.fsdecode(b"\xff")) == r"\udcff"
    assert show_name("\N{GREEK SMALL LETTER PI}") == "\N{GREEK SMALL LETTER PI}"
    assert show_time(0) == "1970-01-01 00:00:00"
    assert show_time(-1) == "1969-12-31 23:59:59"
    assert show_time(0xFFFFFFFF).startswith("2106")


def test_a_line_of_ls() -> None:
    fake = Fake()
    fake.symlink("tar\nget", "/s")
    assert show_line(fake.stat("/s"), "s", "tar\nget") == (
        r"lrwxrwxrwx   1     0     0          7 1970-01-01 00:00:00 s -> tar\nget"
    )


def test_a_file_of_an_impossible_size_is_left_out() -> None:
    fake = Fake()
    fake.create("/a")
    fake.create("/b")
    stat = fake.stat

    def lie(path: str, follow: bool = False) -> Stat:
        return replace(stat(path, follow), size=1 << 62) if path == "/a" else stat(path, follow)

    fake.stat = lie  # type: ignore[method-assign]
    other = Fake()
    assert "it says that it has 4,611,686,018,427,387,904 bytes" in _copy(fake, "/", other, "/").problems[0]
    assert [name for name, _ in other.listdir("/")] == ["b"]
