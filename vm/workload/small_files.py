"""The small-file workload: many files of 1 KB, 100 in each directory; create, read, overwrite, delete.

In: a rig and a number of files. Out: five steps. Each begins with nothing in core and ends when all is on the
disk. The directories are made before, and not counted. The papers' programs read files in the order in which
they were created: `read`. In `read mixed` the files of each directory are read in another order, as by
somebody who knows nothing of their history.

Source: Rosenblum and Ousterhout, SOSP 1991, and the release's fsbench (ORIGINALS.md 4.5).
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from vm.workload.rig import Rig, Step

SMALL_FILES = "small files"
NO_READ_AHEAD = "small files, no read-ahead"
FILE_BYTES = 1024
IN_DIRECTORY = 100


def run_small_files(rig: Rig, count: int) -> tuple[Step, ...]:
    """Run the five steps."""
    paths = make_directories(rig, count)
    steps: tuple[tuple[str, Callable[[], None]], ...] = (
        ("create", lambda: create_files(rig, paths)),
        ("read", lambda: read_files(rig, paths)),
        ("read mixed", lambda: read_files(rig, mix_paths(paths))),
        ("overwrite", lambda: overwrite_files(rig, paths)),
        ("delete", lambda: delete_files(rig, paths)),
    )
    return tuple(rig.measure(name, count, work) for name, work in steps)


def make_directories(rig: Rig, count: int) -> list[str]:
    """Make the directories; return the files that there will be in them."""
    for number in range(-(-count // IN_DIRECTORY)):
        rig.files.mkdir(f"/small{number:03}")
    return [f"/small{number // IN_DIRECTORY:03}/file{number:05}" for number in range(count)]


def create_files(rig: Rig, paths: list[str]) -> None:
    """Create each file, and write it."""
    for path in paths:
        rig.files.create(path)
        rig.files.write(path, 0, make_contents(path, 0))


def read_files(rig: Rig, paths: list[str]) -> None:
    """Read each file."""
    for path in paths:
        data = rig.files.read(path, 0, FILE_BYTES)
        assert data == make_contents(path, 0), f"{path} has another file's bytes"


def mix_paths(paths: list[str]) -> list[str]:
    """Return the files directory by directory, but in each in another order."""
    chosen, mixed = Random(1), []
    for start in range(0, len(paths), IN_DIRECTORY):
        mixed += chosen.sample(paths[start : start + IN_DIRECTORY], len(paths[start : start + IN_DIRECTORY]))
    return mixed


def overwrite_files(rig: Rig, paths: list[str]) -> None:
    """Write each file again."""
    for path in paths:
        rig.files.write(path, 0, make_contents(path, 1))


def delete_files(rig: Rig, paths: list[str]) -> None:
    """Delete each file."""
    for path in paths:
        rig.files.unlink(path)


def make_contents(path: str, version: int) -> bytes:
    """Return what a file holds: its own name, again and again."""
    line = f"{path} {version}\n".encode("ascii")
    return (line * (FILE_BYTES // len(line) + 1))[:FILE_BYTES]
