"""From refusals of the kernel to errors of POSIX.

In: an errno, or a refusal. Out: `OSError` to raise. A refusal that no behaviour of the file system explains
is a bug of the library, and stays what it is.
"""

from __future__ import annotations

import errno
import os

from vm.xok.refusal import Code, Refusal

_ERRNO = {
    Code.ACCESS_DENIED: errno.EACCES,
    Code.NONE_FREE: errno.ENOSPC,
    Code.CLOSED_SUBTREE: errno.EIO,
    Code.NO_MEMORY: errno.ENOMEM,
    Code.NO_SUCH_ROOT: errno.ENODEV,
    Code.ROOT_EXISTS: errno.EEXIST,
}


def fail(number: int, what: str) -> OSError:
    """Return the error `number` about `what`, a path or a name."""
    return OSError(number, os.strerror(number), what)


def translate(refusal: Refusal, what: str) -> Exception:
    """Return what a user of the file system should see of a refusal."""
    number = _ERRNO.get(refusal.code)
    return refusal if number is None else OSError(number, f"{os.strerror(number)} ({refusal})", what)
