"""What programs do to files, and what they see: the same on the host and on a mount.

In: an empty directory. Out: observations, which must be equal.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

Observation = object


def observe(root: Path) -> list[tuple[str, Observation]]:
    """Do everything, and return what was seen."""
    seen: list[tuple[str, Observation]] = []
    for step in (_names, _links, _renames, _attributes, _open_files, _directories, _long_names, _locks):
        folder = root / step.__name__.strip("_")
        folder.mkdir()
        seen += [(f"{step.__name__} {number}", each) for number, each in enumerate(step(folder))]
    return seen


def list_tree(root: Path) -> list[tuple[object, ...]]:
    """Return all below `root` that is no number of the file system's own."""
    listed: list[tuple[object, ...]] = []
    for folder, names, files in os.walk(root):
        names.sort()
        for name in sorted(names + files):
            path = Path(folder) / name
            found = path.lstat()
            content: object = None
            if stat.S_ISREG(found.st_mode):
                content = (found.st_size, path.read_bytes())
            elif stat.S_ISLNK(found.st_mode):
                content = os.readlink(path)
            links = None if stat.S_ISDIR(found.st_mode) else found.st_nlink
            listed.append((str(path.relative_to(root)), found.st_mode, links, content))
    return listed


def _fail(action: Callable[[], object]) -> str:
    """Return the name of the error that an action ends with."""
    try:
        action()
    except OSError as error:
        return errno.errorcode[error.errno or 0]
    return "done"


def _counts_directories(folder: Path) -> bool:
    """Say whether the links of a directory are those of Unix; some file systems always say 1."""
    below = [each for each in folder.iterdir() if each.is_dir() and not each.is_symlink()]
    return folder.stat().st_nlink in (1, 2 + len(below))


def _names(root: Path) -> Iterator[Observation]:
    (root / "file").write_bytes(b"content")
    yield _fail((root / "file").mkdir)
    yield _fail(lambda: os.open(root / "file", os.O_CREAT | os.O_EXCL))
    yield _fail((root / "none").read_bytes)
    yield _fail((root / "file" / "below").read_bytes)
    yield _fail(lambda: os.unlink(root / "none"))
    yield _fail(lambda: os.rmdir(root / "file"))
    yield _fail(lambda: os.unlink(root))
    for name in (" ", "a b", "\N{GREEK SMALL LETTER PI}", os.fsdecode(b"\xff\x01"), "x" * 100, "-", "..."):
        (root / name).write_text(ascii(name))
    yield list_tree(root)
    for name in os.listdir(root):
        os.unlink(root / name)
    yield os.listdir(root)


def _links(root: Path) -> Iterator[Observation]:
    (root / "a").write_text("one")
    os.link(root / "a", root / "b")
    yield (root / "b").stat().st_nlink
    yield (root / "a").stat().st_ino == (root / "b").stat().st_ino
    (root / "b").write_text("another")
    yield (root / "a").read_text(), (root / "a").stat().st_size
    os.chmod(root / "a", 0o600)
    yield (root / "b").stat().st_mode
    os.unlink(root / "a")
    yield (root / "b").read_text(), (root / "b").stat().st_nlink
    (root / "d").mkdir()
    yield _fail(lambda: os.link(root / "d", root / "e"))
    yield _fail(lambda: os.link(root / "b", root / "d"))
    os.link(root / "b", root / "d" / "c")
    os.symlink("d/c", root / "s")
    os.symlink("s", root / "t")
    os.symlink("loop", root / "loop")
    os.symlink("/nowhere/" + "x" * 1000, root / "far")
    yield (root / "t").read_text()
    yield _fail((root / "loop").read_text)
    yield _fail((root / "far").read_text)
    yield _fail(lambda: os.symlink("x", root / "s"))
    yield list_tree(root)


def _renames(root: Path) -> Iterator[Observation]:
    for name in ("a", "b", "c"):
        (root / name).write_text(name)
    for name in ("d", "e", "full"):
        (root / name).mkdir()
    (root / "full" / "x").write_text("x")
    os.rename(root / "a", root / "b")
    yield (root / "b").read_text(), (root / "a").exists()
    yield _fail(lambda: os.rename(root / "b", root / "d"))
    yield _fail(lambda: os.rename(root / "d", root / "b"))
    yield _fail(lambda: os.rename(root / "d", root / "full"))
    yield _fail(lambda: os.rename(root / "d", root / "d" / "below"))
    yield _fail(lambda: os.rename(root / "none", root / "x"))
    os.rename(root / "full", root / "e")
    os.rename(root / "e", root / "d" / "moved")
    os.rename(root / "b", root / "d" / "moved" / "b")
    os.link(root / "c", root / "again")
    os.rename(root / "c", root / "again")  # two names of one file: nothing happens
    yield _counts_directories(root), _counts_directories(root / "d")
    yield list_tree(root)


def _attributes(root: Path) -> Iterator[Observation]:
    (root / "a").write_text("a")
    for mode in (0o644, 0o4711, 0o1777, 0o0, 0o600):
        os.chmod(root / "a", mode)
        yield (root / "a").stat().st_mode
    os.utime(root / "a", (1_000_000, 2_000_000))
    yield (root / "a").stat().st_atime, (root / "a").stat().st_mtime
    os.utime(root / "a", ns=(5 * 10**9, 7 * 10**9))
    yield (root / "a").stat().st_mtime_ns
    os.symlink("a", root / "l")
    os.utime(root / "l", (3, 4), follow_symlinks=False)
    yield (root / "l").lstat().st_mtime_ns, (root / "a").stat().st_mtime_ns
    if os.geteuid() == 0:
        os.chown(root / "a", 12, 34)
        os.chown(root / "a", -1, 35)
        yield (root / "a").stat().st_uid, (root / "a").stat().st_gid
        (root / "g").mkdir()
        os.chown(root / "g", 0, 77)
        os.chmod(root / "g", 0o2755)
        (root / "g" / "d").mkdir()
        (root / "g" / "f").write_text("")
        yield [((root / "g" / name).stat().st_mode, (root / "g" / name).stat().st_gid) for name in ("d", "f")]
    before = (root / "a").stat().st_mtime
    with (root / "a").open("a") as file:
        file.write("more")
    yield (root / "a").stat().st_mtime > before
    yield list_tree(root)


def _open_files(root: Path) -> Iterator[Observation]:
    with (root / "a").open("w+b", buffering=0) as file:
        file.write(b"content")
        os.unlink(root / "a")
        yield os.listdir(root), os.fstat(file.fileno()).st_nlink
        file.seek(20_000)
        file.write(b"far")
        file.seek(0)
        yield file.read()
        file.truncate(3)
        yield os.fstat(file.fileno()).st_size
        (root / "a").write_text("another")
        file.seek(0)
        yield file.read(), (root / "a").read_text()
    with (root / "b").open("w+b", buffering=0) as file:
        os.rename(root / "b", root / "c")
        file.write(b"moved")
        os.rename(root / "a", root / "c")  # replaces it while it is open
        file.write(b" and replaced")
        file.seek(0)
        yield file.read(), (root / "c").read_text()
    with (root / "e").open("wb") as file:
        file.seek(100_000)
        file.write(b"end")
    yield (root / "e").read_bytes() == bytes(100_000) + b"end"
    descriptor = os.open(root / "f", os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o640)
    for text in (b"one ", b"two ", b"three"):
        os.write(descriptor, text)
    os.fsync(descriptor)
    os.close(descriptor)
    yield (root / "f").read_bytes(), _fail(lambda: os.open(root / "f", os.O_RDONLY | os.O_DIRECTORY))
    yield list_tree(root)


def _directories(root: Path) -> Iterator[Observation]:
    for number in range(200):
        (root / f"file {number}").write_bytes(b"x" * number)
        if number % 3 == 0:
            os.unlink(root / f"file {number // 2}") if (root / f"file {number // 2}").exists() else None
    yield sorted(os.listdir(root))
    deep = root
    for number in range(30):
        deep = deep / f"level {number}"
        deep.mkdir()
    (deep / "bottom").write_text("bottom")
    yield _fail(lambda: os.rmdir(root / "level 0"))
    yield _counts_directories(root)
    yield list_tree(root)


def _long_names(root: Path) -> Iterator[Observation]:
    (root / ("x" * 120)).write_text("longest")
    yield _fail(lambda: (root / ("x" * 256)).write_text("too long"))
    yield os.listdir(root)


def _locks(root: Path) -> Iterator[Observation]:
    with (root / "a").open("w") as file, (root / "a").open("w") as other:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield _fail(lambda: fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB))
    os.sync()
