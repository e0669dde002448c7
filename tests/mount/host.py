"""Whether this host can mount, and mounts that end with the test."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def _find_obstacle() -> str | None:
    if not os.access("/dev/fuse", os.R_OK | os.W_OK):
        return "no /dev/fuse that this user may use"
    try:
        import mfusepy  # noqa: F401  (loads libfuse)
    except OSError:
        return "libfuse is not installed (apt-get install fuse3)"
    return None


OBSTACLE = _find_obstacle()
needs_fuse = pytest.mark.skipif(OBSTACLE is not None, reason=f"cannot mount here: {OBSTACLE}")


def start(*command: str, library: str | None = None, **more: object) -> subprocess.Popen[str]:
    """Start `python -m command`."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    if library is not None:
        environment["FUSE_LIBRARY_NAME"] = library
    return subprocess.Popen(
        [sys.executable, "-m", *command],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="surrogateescape",
    )


@contextmanager
def unmounted_at_the_end(directory: Path) -> Iterator[None]:
    """Leave no mount behind, whatever happens."""
    try:
        yield
    finally:
        if os.path.ismount(directory):
            subprocess.run(["umount", "-l", directory], check=False)


def unmount(directory: Path) -> None:
    """Unmount as a user does."""
    subprocess.run(["umount", directory], check=True)
