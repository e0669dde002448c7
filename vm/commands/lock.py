"""One tool at a time: a lock on the image file, which ends with the process that holds it, however it ends.

In: an open image file. Out: the lock is held, or it is said who holds it. Commands that only read share it.
The lock is `flock`: it belongs to the open file, so closing another descriptor of the image does not lose it.
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from runtime.command.edge import Impossible

_PATIENCE = 3.0
"""Seconds to wait: a mount writes what it has in memory after `umount` has returned."""

_INTERVAL = 0.02


def lock_image(descriptor: int, name: str, shared: bool) -> None:
    """Lock an image.

    Raises:
        Impossible: another process keeps it locked.
    """
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > end:
                holder = _find_holder(descriptor) or "another process"
                raise Impossible(
                    f"{name}: {holder} is using this image", "try again when it is done, or unmount it"
                ) from None
            time.sleep(_INTERVAL)


def _find_holder(descriptor: int) -> str | None:
    """Return who holds the lock, as far as the host says.

    A line of /proc/locks: `1: FLOCK  ADVISORY  WRITE 4711 00:2f:1234 0 EOF`.
    """
    status = os.fstat(descriptor)
    place = f"{os.major(status.st_dev):02x}:{os.minor(status.st_dev):02x}:{status.st_ino}"
    try:
        lines = Path("/proc/locks").read_text("ascii").splitlines()
        (process,) = {words[4] for line in lines if (words := line.split())[5:6] == [place]}
        command = Path(f"/proc/{process}/cmdline").read_bytes().decode(errors="backslashreplace")
    except (OSError, ValueError):
        return None
    return f"process {process} (`{' '.join(command.split(chr(0))).strip()[:80]}`)"
