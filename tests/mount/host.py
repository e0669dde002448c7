"""Whether this host can mount, and mounts that end with the test."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.signals import HEARING
from vm.cli import main

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


@contextmanager
def running(*command: str, library: str | None = None) -> Iterator[subprocess.Popen[str]]:
    """Run `python -m command`, which is gone at the end, whatever happens."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    if library is not None:
        environment["FUSE_LIBRARY_NAME"] = library
    with subprocess.Popen(
        [*HEARING, sys.executable, "-m", *command],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="surrogateescape",
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes images that have an empty file system of one kind."""

    kind: str
    template: Path
    folder: Path

    def make(self) -> Path:
        """Return a new image."""
        image = self.folder / f"{len(list(self.folder.iterdir()))}.img"
        subprocess.run(["cp", "--sparse=always", self.template, image], check=True)
        return image


@contextmanager
def mounted(image: Path, directory: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """Mount an image; at the end unmount it, and see that the command was content."""
    directory.mkdir(exist_ok=True)
    command = ("vm", "mount", "--foreground", *options, str(image), str(directory))
    with unmounted_at_the_end(directory), running(*command) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        assert line == f"{image} is mounted on {directory}\n", line + process.communicate()[1]
        yield process
        if process.poll() is None:
            unmount(directory)
        out, err = process.communicate()
        assert (process.returncode, out, err) == (0, "", "")


def is_sound(image: Path) -> bool:
    """Say whether `xok fsck` finds nothing, in this process."""
    return main(["fsck", str(image)]) == 0


@contextmanager
def unmounted_at_the_end(directory: Path) -> Iterator[None]:
    """Leave no mount behind, whatever happens."""
    try:
        yield
    finally:
        shown = str(directory).replace(" ", r"\040")
        if f" {shown} " in Path("/proc/mounts").read_text():  # `ismount` says no of one whose process is dead
            subprocess.run(["umount", "-l", directory], check=False)


def unmount(directory: Path) -> None:
    """Unmount as a user does."""
    subprocess.run(["umount", directory], check=True)
