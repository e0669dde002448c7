"""Source trees: generated ones, the same everywhere, and those that a directory of the host holds.

In: a seed and a number of files; or a directory. Out: a `SourceTree`: files with their bytes.

A generated tree has the sizes of real ones: they are distributed log-normally, with a median of 4.4 KB and a
mean of 8.5 KB (C headers of a Debian system: 5.0 and 14 KB; Python's library: 5.8 and 17 KB). Its 480 files
have 4 MB in 35 directories, as much as the sources of lcc that the papers installed. Its lines repeat as
those of programs do, so that it compresses to a fifth.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

_MEDIAN = 5_000
_SPREAD = 1.1
_SMALLEST, _LARGEST = 120, 120_000
_FILES_IN_DIRECTORY = 14
_WORDS = 600
_LINES = 4_000


@dataclass(frozen=True, slots=True)
class SourceTree:
    """A tree of files.

    Args:
        directories: relative paths, each after the one that it is in.
        files: relative paths, with their contents.
    """

    directories: tuple[str, ...]
    files: tuple[tuple[str, bytes], ...]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(len(data) for _, data in self.files)


def generate_tree(files: int = 480, seed: int = 1) -> SourceTree:
    """Return a tree that is the same on every machine."""
    chosen = Random(seed)
    lines = list(_make_lines(chosen))
    directories = list(_make_directories(-(-files // _FILES_IN_DIRECTORY)))
    made = []
    for number in range(files):
        directory = directories[number // _FILES_IN_DIRECTORY]
        suffix = "h" if number % 4 == 3 else "c"
        made.append((f"{directory}/part{number:04}.{suffix}", _make_text(chosen, lines)))
    return SourceTree(tuple(directories), tuple(made))


def read_tree(top: Path, limit: int = 64 << 20) -> SourceTree:
    """Return the ordinary files below a directory of the host, in the order of their names.

    Args:
        top: the directory.
        limit: bytes; what comes after that is left out.

    Raises:
        OSError: something cannot be read.
    """
    directories: list[str] = []
    files: list[tuple[str, bytes]] = []
    for path in sorted(top.rglob("*")):
        name = str(path.relative_to(top))
        if path.is_symlink():
            continue
        if path.is_dir():
            directories.append(name)
        elif path.is_file() and path.stat().st_size <= limit:
            files.append((name, path.read_bytes()))
            limit -= len(files[-1][1])
    return SourceTree(tuple(directories), tuple(files))


def _make_directories(count: int) -> Iterator[str]:
    """Yield directories: every fifth on top, the others in it."""
    top = ""
    for number in range(count):
        if number % 5 == 0:
            top = f"module{number // 5:02}"
            yield top
        else:
            yield f"{top}/part{number % 5}"


def _make_lines(chosen: Random) -> Iterator[bytes]:
    """Yield lines as a program has them: few words, many times."""
    letters = "etaoinshrdlucmfwypvbgk"
    words = ["".join(chosen.choices(letters, k=chosen.randint(2, 9))) for _ in range(_WORDS)]
    weights = [1 / (rank + 2) for rank in range(_WORDS)]
    shapes = (
        "{}({}, {});",
        "if ({} < {}) {{",
        "return {};",
        "{} = {} + {};",
        "/* {} {} {} {} {} */",
        "}}",
        "",
    )
    for _ in range(_LINES):
        shape = chosen.choice(shapes)
        text = shape.format(*chosen.choices(words, weights, k=5))
        yield ("    " * chosen.randint(0, 3) + text + "\n").encode("ascii")


def _make_text(chosen: Random, lines: list[bytes]) -> bytes:
    size = int(min(max(chosen.lognormvariate(0, _SPREAD) * _MEDIAN, _SMALLEST), _LARGEST))
    text = b"".join(chosen.choices(lines, k=size // 8 + 1))
    return text[: size - 1] + b"\n"
