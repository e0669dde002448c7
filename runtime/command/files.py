"""What subcommands need of the file system, without loading the compiler.

In: parsed arguments. Out: bytes, a directory, and a digest that changes with every change of the toolchain.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
from pathlib import Path

from runtime import limits
from runtime.version import __version__

_ROOT = Path(__file__).parents[2]
_PACKAGES = ("dpfc", "grammar", "runtime", "udfc")


def read_bytes(name: str) -> bytes:
    """Return a program file, `-` being standard input: if it is too large, one byte more than the limit."""
    if name == "-":
        return sys.stdin.buffer.read(limits.MAX_SOURCE_BYTES + 1)
    with Path(name).open("rb") as file:
        return file.read(limits.MAX_SOURCE_BYTES + 1)


def find_cache(options: argparse.Namespace) -> Path | None:
    """Return the directory for verdicts and machine code, None when nothing is to be kept."""
    if options.no_cache:
        return None
    if options.cache is not None:
        assert isinstance(options.cache, Path)
        return options.cache
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "xok"


def digest_toolchain() -> str:
    """Return a digest of the versions of the toolchain and of Python, and of the toolchain's own files.

    Sizes and times of modification stand for contents, so that this takes a millisecond.
    """
    digest = hashlib.sha256(f"{__version__} {sys.version}".encode())
    for package in _PACKAGES:
        for path, folders, names in os.walk(_ROOT / package):
            folders[:] = sorted(folder for folder in folders if folder != "__pycache__")
            for name in sorted(names):
                status = os.stat(os.path.join(path, name))
                digest.update(f"{path}/{name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
