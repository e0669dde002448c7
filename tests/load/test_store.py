"""The store: what was written or nothing, and no directory that others can write to."""

from __future__ import annotations

import os
from pathlib import Path

from runtime.store import MAX_ENTRY_BYTES, read_entry, write_entry

KEY = "0123abcd"


def test_write_and_read(tmp_path: Path) -> None:
    directory = tmp_path / "a" / "b"
    assert read_entry(directory, KEY) is None
    for data in (b"", b"one", b"two" * 1000):
        write_entry(directory, KEY, data)
        assert read_entry(directory, KEY) == data
    assert [each.name for each in directory.iterdir()] == [KEY]
    assert directory.stat().st_mode & 0o777 == 0o700
    assert (directory / KEY).stat().st_mode & 0o077 == 0
    assert read_entry(directory, "ff") is None


def test_damage_is_a_miss(tmp_path: Path) -> None:
    write_entry(tmp_path, KEY, b"data")
    content = (tmp_path / KEY).read_bytes()
    for place in range(len(content)):
        damaged = bytearray(content)
        damaged[place] ^= 0x40
        (tmp_path / KEY).write_bytes(damaged)
        assert read_entry(tmp_path, KEY) is None
    for length in range(len(content)):
        (tmp_path / KEY).write_bytes(content[:length])
        assert read_entry(tmp_path, KEY) is None


def test_unsafe_directories_are_not_used(tmp_path: Path) -> None:
    directory = tmp_path / "open"
    write_entry(directory, KEY, b"data")
    link = tmp_path / "link"
    link.symlink_to(directory)
    assert read_entry(link, KEY) is None
    for mode in (0o777, 0o770, 0o702):
        directory.chmod(mode)
        assert read_entry(directory, KEY) is None
        write_entry(directory, "aa", b"data")
        assert not (directory / "aa").exists()
    directory.chmod(0o700)
    assert read_entry(directory, KEY) == b"data"


def test_impossible_writes_are_silent(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    write_entry(tmp_path / "file", KEY, b"data")
    write_entry(tmp_path / "file" / "below", KEY, b"data")
    write_entry(tmp_path, KEY, bytes(MAX_ENTRY_BYTES + 1))
    assert read_entry(tmp_path, KEY) is None
    (tmp_path / KEY).mkdir()
    write_entry(tmp_path, KEY, b"data")
    assert read_entry(tmp_path, KEY) is None
    assert sorted(each.name for each in tmp_path.iterdir()) == [KEY, "file"]


def test_only_plain_files_are_read(tmp_path: Path) -> None:
    write_entry(tmp_path, "aa", b"data")
    (tmp_path / "bb").symlink_to(tmp_path / "aa")
    assert read_entry(tmp_path, "bb") is None
    os.mkfifo(tmp_path / "cc")
    assert read_entry(tmp_path, "cc") is None
