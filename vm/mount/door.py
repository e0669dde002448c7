"""The one door of mfusepy, the binding to libfuse 2 or 3.

In: `Operations`, a directory. Out: they are served until the directory is unmounted. Importing this file
loads libfuse, and raises `OSError` where there is none.

mfusepy is corrected where it drops what libfuse 3 says: flags of a rename (an exchange would lose a file),
and times that stay as they are. Mistakes of ours end the service instead of being logged.
"""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Callable
from threading import Lock
from typing import TypeAlias

import mfusepy

from vm.mount.operations import Operations
from vm.xok.refusal import Refusal

_NO_REPLACE = 1  # RENAME_NOREPLACE
_NOW, _OMIT = (1 << 30) - 1, (1 << 30) - 2  # UTIME_NOW, UTIME_OMIT
_SECOND = 10**9
_ENDED_BY_SIGNAL = 8  # what libfuse 3 returns then

_Option: TypeAlias = str | int | bool


def find_caller() -> tuple[int, int]:
    """Return user and group of who asks, during a callback."""
    user, group, _ = mfusepy.fuse_get_context()
    return user, group


def serve(
    operations: Operations,
    directory: str,
    name: str,
    lock: Lock,
    started: Callable[[], None],
    everybody: bool,
    read_only: bool,
) -> None:
    """Mount, answer until it is unmounted or a signal comes, unmount.

    Args:
        operations: the answers.
        directory: where.
        name: what `mount` and `df` show.
        lock: held during each answer.
        started: called once the directory can be used.
        everybody: other users may use it, too.
        read_only: nothing may be changed.

    Raises:
        OSError: it cannot be mounted; libfuse has said why on standard error.
        BaseException: what a callback has raised that is no answer: a mistake of ours.
    """
    options: dict[str, _Option] = {
        "fsname": name.replace("\\", "\\\\").replace(",", "\\,"),
        "subtype": "xok",
        "default_permissions": True,
        "use_ino": True,
        "allow_other": everybody,
        "ro": read_only,
        # To libfuse, two names of a file are two files: what one changes, nobody may remember of the other.
        "attr_timeout": 0,
        "entry_timeout": 60,
        "negative_timeout": 60,
    }
    if mfusepy.fuse_version_major == 2:
        options["big_writes"] = True  # libfuse 3 always has them
    _Door(operations, directory, lock, started, options)


class _Door(mfusepy.FUSE):  # type: ignore[misc]  # mfusepy is untyped
    """mfusepy's callbacks, corrected. Making one serves until the end."""

    def __init__(
        self,
        operations: Operations,
        directory: str,
        lock: Lock,
        started: Callable[[], None],
        options: dict[str, _Option],
    ) -> None:
        self._lock = lock
        self._started = started
        self._is_started = False
        self._failure: BaseException | None = None
        try:
            super().__init__(operations, directory, foreground=True, nothreads=True, **options)
        except RuntimeError as error:
            if error.args != (_ENDED_BY_SIGNAL,) or not self._is_started:
                raise OSError(errno.EIO, "it cannot be mounted here", directory) from None
        if self._failure is not None:
            raise self._failure

    def _wrapper(self, function: Callable[..., int | None], *arguments: object) -> int:
        """Call, and say with a number what came of it, as C does."""
        if self._failure is not None:
            return -errno.EIO
        try:
            with self._lock:
                self.operations.begin()
                return function(*arguments) or 0
        except OSError as error:
            return -(error.errno or errno.EIO)
        except Refusal as refusal:
            print(f"xok: the kernel refuses: {refusal.message}", file=sys.stderr)
            return -errno.EIO
        except BaseException as error:  # noqa: BLE001  (C has called us; `__init__` raises it)
            self._failure = error
            mfusepy.fuse_exit()
            return -errno.EIO

    def _init(self, connection: object, configuration: object) -> None:
        self._is_started = True
        self._started()

    def rename_fuse_3(self, old: bytes, new: bytes, flags: int) -> int:
        """Rename, but exchange nothing; whether a name is taken, the host's kernel has looked."""
        if flags & ~_NO_REPLACE:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        return int(self.rename_fuse_2(old, new) or 0)

    def utimens_fuse_2(self, path: bytes, buffer: mfusepy.c_utimbuf_p) -> None:
        """Set times; mfusepy would add up what stands for `now` and `leave it`."""
        now = time.time_ns()
        given = (buffer.contents.actime, buffer.contents.modtime) if buffer else (None, None)
        accessed, modified = (now if each is None else _read_time(each, now) for each in given)
        self.operations.utimens(path.decode("utf-8", "surrogateescape"), (accessed, modified))


def _read_time(value: mfusepy.c_timespec, now: int) -> int | None:
    if value.tv_nsec == _NOW:
        return now
    return None if value.tv_nsec == _OMIT else int(value.tv_sec * _SECOND + value.tv_nsec)
