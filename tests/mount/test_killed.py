"""A mount that is killed: what was fsynced is there, the rest is recovered."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.mount.host import Maker, is_sound, mounted, needs_fuse, running
from vm.cli import main

pytestmark = needs_fuse


def test_what_was_fsynced_survives_a_kill(maker: Maker, tmp_path: Path) -> None:
    image, directory = maker.make(), tmp_path / "mount"
    directory.mkdir()
    with running(
        "vm", "mount", "--foreground", "--sync-every", "3600", str(image), str(directory)
    ) as process:
        assert process.stderr is not None
        assert "is mounted on" in process.stderr.readline()
        (directory / "d").mkdir()
        for number in range(20):
            with (directory / "d" / f"synced {number}").open("wb") as file:
                file.write(bytes([number]) * 10_000)
                os.fsync(file.fileno())
            (directory / "d" / f"not synced {number}").write_bytes(b"x" * 10_000)
        process.kill()
        process.wait()
    subprocess.run(["umount", "-l", directory], check=True)
    assert main(["fsck", str(image), "--repair"]) == 0
    assert is_sound(image)
    with mounted(image, directory):
        for number in range(20):
            assert (directory / "d" / f"synced {number}").read_bytes() == bytes([number]) * 10_000
        for path in (directory / "d").glob("not synced *"):
            assert path.read_bytes() in (b"", b"x" * 10_000)


@pytest.mark.parametrize("maker", ["cffs"], indirect=True)
def test_a_dead_mount_is_named(maker: Maker, tmp_path: Path) -> None:
    image, directory = maker.make(), tmp_path / "mount"
    directory.mkdir()
    try:
        with running("vm", "mount", "-f", str(image), str(directory)) as process:
            assert process.stderr is not None
            assert "is mounted on" in process.stderr.readline()
        with running("vm", "mount", str(image), str(directory)) as again:
            _, err = again.communicate()
        assert again.returncode == 2
        assert "the process that had mounted here was killed" in err
    finally:
        subprocess.run(["umount", "-l", directory], check=True)
