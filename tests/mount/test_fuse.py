"""FUSE itself: a file system in memory, mounted, and used by the host."""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes.util import find_library
from pathlib import Path

import pytest

from tests.mount.exercise import observe
from tests.mount.host import needs_fuse, running, unmount, unmounted_at_the_end

pytestmark = needs_fuse

LIBRARIES = [name for name in ("fuse", "fuse3") if find_library(name)]


@pytest.fixture(params=LIBRARIES)
def library(request: pytest.FixtureRequest) -> str:
    name = request.param
    assert isinstance(name, str)
    return name


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    made = tmp_path / "mount point"
    made.mkdir()
    with unmounted_at_the_end(made):
        yield made


@contextmanager
def _serving(directory: Path, *wrong: str, library: str | None = None) -> Iterator[subprocess.Popen[str]]:
    with running("tests.mount.serve_fake", str(directory), *wrong, library=library) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n", process.communicate()[1]
        yield process


def _rename(old: Path, new: Path, flags: int) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    done = libc.renameat2(-100, bytes(old), -100, bytes(new), flags)
    return ctypes.get_errno() if done else 0


def test_files_of_a_mount(directory: Path, library: str) -> None:
    with _serving(directory, library=library) as process:
        (directory / "a").write_text("content")
        (directory / "d").mkdir(mode=0o750)
        os.link(directory / "a", directory / "d" / "b")
        (directory / "s").symlink_to("d/b")
        assert sorted(os.listdir(directory)) == ["a", "d", "s"]
        assert (directory / "s").read_text() == "content"
        (directory / "d" / "b").write_text("longer content")
        assert ((directory / "a").stat().st_size, (directory / "a").stat().st_nlink) == (14, 2)
        assert (directory / "a").stat().st_ino == (directory / "d" / "b").stat().st_ino
        assert os.statvfs(directory).f_blocks == 1000
        os.utime(directory / "a", ns=(5 * 10**9, 7 * 10**9))
        subprocess.run(["touch", "-a", "-d", "@99", directory / "a"], check=True)
        found = (directory / "a").stat()
        assert (found.st_atime, found.st_mtime) == (99, 7)
        (directory / "x").write_text("x")
        assert _rename(directory / "x", directory / "a", 2) == errno.EINVAL  # an exchange
        assert _rename(directory / "x", directory / "a", 1) == errno.EEXIST
        assert _rename(directory / "x", directory / "a", 0) == 0
        assert (directory / "a").read_text() == "x"
        with pytest.raises(OSError, match="not supported"):
            os.setxattr(directory / "a", "user.x", b"1")
        name = os.fsdecode(b"\xff")
        (directory / name).write_text("any bytes")
        assert name in os.listdir(directory)
        unmount(directory)
        out, err = process.communicate()
        assert (process.returncode, err) == (0, "")
        assert int(out.split()[1]) >= 0


def test_open_files_without_a_name(directory: Path, library: str) -> None:
    with _serving(directory, library=library) as process:
        with (directory / "a").open("w+b", buffering=0) as file:
            file.write(b"content")
            os.unlink(directory / "a")
            assert os.listdir(directory) == []
            file.seek(3)
            assert file.read() == b"tent"
            file.truncate(2)
            assert (os.fstat(file.fileno()).st_size, os.fstat(file.fileno()).st_nlink) == (2, 0)
        unmount(directory)
        process.communicate()
        assert process.returncode == 0


def test_programs_see_the_same_as_on_the_host(directory: Path, library: str, tmp_path: Path) -> None:
    with _serving(directory, library=library) as process:
        host = tmp_path / "host"
        host.mkdir()
        expected = observe(host)
        assert observe(directory) == expected
        unmount(directory)
        process.communicate()
        assert process.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_unmounts(directory: Path, library: str, number: signal.Signals) -> None:
    with _serving(directory, library=library) as process:
        (directory / "a").write_text("content")
        process.send_signal(number)
        _, err = process.communicate()
        assert (process.returncode, err) == (0, "")
        assert not os.path.ismount(directory)


def test_what_is_written_is_synced_soon(directory: Path) -> None:
    with _serving(directory) as process:
        (directory / "a").write_text("content")
        with (directory / "b").open("w") as file:
            file.write("x")
            os.fsync(file.fileno())
        subprocess.run(["sleep", "0.3"], check=True)
        unmount(directory)
        out, _ = process.communicate()
        assert 1 <= int(out.split()[1]) <= 4  # nobody asked for anything after the first


def test_a_mistake_of_ours_ends_the_service(directory: Path, library: str) -> None:
    with _serving(directory, "mistake", library=library) as process:
        with pytest.raises(OSError, match="Input/output error"):
            (directory / "a").write_text("content")
        _, err = process.communicate()
        assert process.returncode == 70
        assert "internal error: ZeroDivisionError: a mistake of ours" in err
        assert "Traceback" not in err
        assert not os.path.ismount(directory)


def test_a_mistake_while_syncing_ends_the_service(directory: Path) -> None:
    with _serving(directory, "sync") as process:
        (directory / "a").write_text("content")
        _, err = process.communicate()
        assert process.returncode == 70
        assert "internal error: ZeroDivisionError" in err
        assert not os.path.ismount(directory)


def test_read_only(directory: Path, library: str) -> None:
    with _serving(directory, "read-only", library=library) as process:
        with pytest.raises(OSError, match="Read-only"):
            (directory / "a").write_text("content")
        assert os.listdir(directory) == []
        unmount(directory)
        process.communicate()
        assert process.returncode == 0


def test_a_place_that_is_none(tmp_path: Path, library: str) -> None:
    with running("tests.mount.serve_fake", str(tmp_path / "nowhere"), library=library) as process:
        _, err = process.communicate()
        assert process.returncode == 2
        assert "nowhere: it cannot be mounted here" in err
