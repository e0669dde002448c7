"""`xok mount` itself: in the background, refusals, signals, other tools meanwhile."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.mount.host import Maker, is_sound, mounted, needs_fuse, running, unmount, unmounted_at_the_end
from vm.cli import main

pytestmark = needs_fuse
once = pytest.mark.parametrize("maker", ["cffs"], indirect=True)


def _run(*arguments: object) -> tuple[int, str, str]:
    with running("vm", *map(str, arguments)) as process:
        out, err = process.communicate()
    return process.returncode, out, err


@once
def test_in_the_background(maker: Maker, tmp_path: Path) -> None:
    image, directory = maker.make(), tmp_path / "mount"
    directory.mkdir()
    with unmounted_at_the_end(directory):
        assert _run("mount", image, directory) == (0, "", "")
        (directory / "a").write_text("content")
        unmount(directory)
        assert _read(image, tmp_path) == "content"  # which waits for the mount to be put away
    assert is_sound(image)


@once
def test_nobody_else_uses_a_mounted_image(
    maker: Maker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("vm.commands.lock._PATIENCE", 0.1)
    image, directory = str(maker.make()), tmp_path / "mount"
    with mounted(Path(image), directory) as process:
        for command in (["ls", image], ["rm", f"{image}:/a"], ["mkfs", image, "--force"]):
            assert main(command) == 2
            err = capsys.readouterr().err
            assert f"process {process.pid} (" in err
            assert "is using this image" in err


def _read(image: Path, folder: Path) -> str:
    assert main(["cp", f"{image}:/a", str(folder / "out")]) == 0
    return (folder / "out").read_text()


@once
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_puts_all_on_the_disk(maker: Maker, tmp_path: Path, number: signal.Signals) -> None:
    image, directory = maker.make(), tmp_path / "mount"
    with mounted(image, directory, "--sync-every", "3600") as process:
        (directory / "a").write_text("content")
        process.send_signal(number)
        process.wait()
    assert _read(image, tmp_path) == "content"
    assert is_sound(image)


@once
def test_read_only(maker: Maker, tmp_path: Path) -> None:
    image, directory = maker.make(), tmp_path / "mount"
    image.chmod(0o444)
    before = image.read_bytes()
    with mounted(image, directory, "--read-only"):
        assert os.listdir(directory) == []
        with pytest.raises(OSError, match="Read-only"):
            (directory / "a").write_text("content")
    assert image.read_bytes() == before


@pytest.mark.parametrize(
    ("prepare", "reason"),
    [
        (lambda folder: None, "No such file or directory"),
        (lambda folder: folder.write_text(""), "Not a directory"),
        (lambda folder: (folder / "x").mkdir(parents=True), "the directory is not empty"),
    ],
)
def test_where_nothing_can_be_mounted(
    prepare: Callable[[Path], None], reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prepare(tmp_path / "place")
    assert main(["mount", str(tmp_path / "disk.img"), str(tmp_path / "place")]) == 2
    assert reason in capsys.readouterr().err


def test_what_is_no_image(tmp_path: Path) -> None:
    (tmp_path / "place").mkdir()
    (tmp_path / "disk.img").write_bytes(bytes(1 << 20))
    for options in ([], ["-f"]):
        status, out, err = _run("mount", *options, tmp_path / "disk.img", tmp_path / "place")
        assert (status, out) == (2, "")
        assert "no XN disk, or damaged" in err


def test_a_host_without_fuse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert main(["mount", str(tmp_path), str(tmp_path)]) == 2
    assert "no /dev/fuse" in capsys.readouterr().err


@once
def test_an_image_with_a_comma_in_its_name(maker: Maker, tmp_path: Path) -> None:
    image = maker.make().rename(tmp_path / "a,b.img")
    with mounted(image, tmp_path / "mount"):
        shown = subprocess.run(["df", tmp_path / "mount"], capture_output=True, text=True, check=True).stdout
        assert "a,b.img" in shown
