"""What FUSE asks, without FUSE: `Operations` on a file system in memory."""

from __future__ import annotations

import errno
import stat

import pytest

from tests.mount.fake import Fake
from vm.mount.operations import Operations

HIDDEN = "/d/.fuse_hidden0000000700000001"


@pytest.fixture
def fake() -> Fake:
    return Fake()


@pytest.fixture
def operations(fake: Fake) -> Operations:
    made = Operations(fake, lambda: (7, 8), lambda: None)
    made.mkdir("/d", 0o755)
    made.release("/d/f", _write(made, "/d/f", b"content"))
    return made


def _write(operations: Operations, path: str, content: bytes) -> int:
    number = operations.create(path, stat.S_IFREG | 0o640, 0)
    operations.write(path, content, 0, number)
    return number


def test_attributes(operations: Operations) -> None:
    found = operations.getattr("/d/f")
    assert (found["st_mode"], found["st_uid"], found["st_gid"]) == (stat.S_IFREG | 0o640, 7, 8)
    assert (found["st_size"], found["st_blocks"], found["st_nlink"]) == (7, 8, 1)
    operations.symlink("/s", "d/f")
    assert operations.getattr("/s")["st_mode"] == stat.S_IFLNK | 0o777
    assert operations.readlink("/s") == "d/f"
    assert operations.getattr("/")["st_mode"] == stat.S_IFDIR | 0o755


def test_directories_have_all_names(operations: Operations) -> None:
    names = {name: found["st_ino"] for name, found, _ in operations.readdir("/d", 0)}
    inode = operations.getattr("/d/f")["st_ino"]
    assert names == {
        ".": operations.getattr("/d")["st_ino"],
        "..": operations.getattr("/")["st_ino"],
        "f": inode,
    }


def test_times_are_seconds_on_the_disk(operations: Operations) -> None:
    operations.utimens("/d/f", (5_999_999_999, 7_000_000_001))
    assert operations.getattr("/d/f")["st_atime"] == 5_000_000_000
    operations.utimens("/d/f", (None, 9_000_000_000))
    found = operations.getattr("/d/f")
    assert (found["st_atime"], found["st_mtime"]) == (5_000_000_000, 9_000_000_000)


def test_chown_leaves_what_is_minus_one(operations: Operations) -> None:
    operations.chown("/d/f", -1, 99)
    operations.chmod("/d/f", stat.S_IFREG | 0o4711)
    found = operations.getattr("/d/f")
    assert (found["st_uid"], found["st_gid"], found["st_mode"]) == (7, 99, stat.S_IFREG | 0o4711)


def test_set_group_id_of_a_directory_is_inherited(operations: Operations) -> None:
    operations.chown("/d", -1, 42)
    operations.chmod("/d", 0o2775)
    operations.mkdir("/d/e", 0o755)
    assert operations.getattr("/d/e")["st_mode"] == stat.S_IFDIR | 0o2755
    assert operations.getattr("/d/e")["st_gid"] == 42


def test_an_open_file_survives_its_name(fake: Fake, operations: Operations) -> None:
    number = operations.open("/d/f", 0)
    operations.rename("/d/f", HIDDEN)  # libfuse's unlink
    assert [name for name, _, _ in operations.readdir("/d", 0)] == [".", ".."]
    assert operations.read(HIDDEN, 100, 0, number) == b"content"
    operations.truncate(HIDDEN, 3)
    operations.fsync(HIDDEN, 0, number)
    assert operations.getattr(HIDDEN)["st_size"] == 3
    assert operations.getattr(HIDDEN)["st_nlink"] == 0
    for change in (
        lambda: operations.chmod(HIDDEN, 0),
        lambda: operations.chown(HIDDEN, 1, 1),
        lambda: operations.utimens(HIDDEN, (1, 1)),
        lambda: operations.fallocate(HIDDEN, 0, 0, 1, number),
    ):
        with pytest.raises(OSError, match="not supported"):
            change()
    operations.release(HIDDEN, number)
    operations.unlink(HIDDEN)
    assert not fake.handles
    operations.rmdir("/d")


def test_an_unlink_that_fails_leaves_nothing_open(fake: Fake, operations: Operations) -> None:
    fake.unlink = lambda path: (_ for _ in ()).throw(OSError(errno.EROFS, "read-only"))  # type: ignore[method-assign]
    with pytest.raises(OSError, match="read-only"):
        operations.rename("/d/f", HIDDEN)
    assert not fake.handles
    assert operations.getattr("/d/f")["st_size"] == 7


def test_the_end_closes_what_is_open(fake: Fake, operations: Operations) -> None:
    operations.open("/d/f", 0)
    operations.rename("/d/f", HIDDEN)
    operations.close_all()
    assert not fake.handles


def test_fallocate(fake: Fake, operations: Operations) -> None:
    number = operations.open("/d/f", 0)
    operations.fallocate("/d/f", 3, 1, 2, number)
    assert operations.read("/d/f", 100, 0, number) == b"c\0\0tent"
    operations.fallocate("/d/f", 1, 0, 10, number)
    assert operations.getattr("/d/f")["st_size"] == 7
    operations.fallocate("/d/f", 0, 0, 10, number)
    assert operations.getattr("/d/f")["st_size"] == 10
    for mode in (2, 4, 8, 16, 32, 17):
        with pytest.raises(OSError, match="not supported"):
            operations.fallocate("/d/f", mode, 0, 1, number)


def test_devices_are_refused(operations: Operations) -> None:
    operations.mknod("/d/g", stat.S_IFREG | 0o600, 0)
    assert operations.getattr("/d/g")["st_size"] == 0
    for kind in (stat.S_IFIFO, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFSOCK):
        with pytest.raises(OSError, match="not permitted"):
            operations.mknod("/d/h", kind | 0o600, 0)


def test_hard_links_and_renames(operations: Operations) -> None:
    operations.link("/d/g", "/d/f")
    assert operations.getattr("/d/g")["st_nlink"] == 2
    operations.rename("/d/g", "/h")
    operations.unlink("/d/f")
    assert operations.getattr("/h")["st_nlink"] == 1


def test_space(operations: Operations) -> None:
    space = operations.statfs("/")
    assert (space["f_blocks"], space["f_bavail"], space["f_namemax"]) == (1000, 500, 255)
