"""A process that goes on when the command returns.

In: what it does. Out: for the caller, an exit status as soon as it is known that the work has begun, or that
it cannot begin; for the process, a function that says the former.

    command ---fork---> process
      |                    |  opens the image, mounts: messages still go to the command's standard error
      |  <--- one byte ----|  has begun
      |                    |  leaves the terminal, and serves
      returns 0

If the process ends without the byte, the command returns its exit status.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import NoReturn


def run_in_background(work: Callable[[Callable[[], None]], int]) -> int:
    """Run `work(begun)` in a process of its own; return when it calls `begun`, or has ended.

    It is the caller of `work` that turns what it raises into an exit status.
    """
    reading, writing = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    process = os.fork()
    if process == 0:
        os.close(reading)
        _work(work, writing)
    os.close(writing)
    has_begun = os.read(reading, 1)
    os.close(reading)
    if has_begun:
        return 0
    _, status = os.waitpid(process, 0)
    return os.waitstatus_to_exitcode(status)


def _work(work: Callable[[Callable[[], None]], int], writing: int) -> NoReturn:
    status = work(lambda: _detach(writing))
    sys.stderr.flush()
    os._exit(status)


def _detach(writing: int) -> None:
    """Leave the terminal and the working directory, and let the command return."""
    os.setsid()
    os.chdir("/")
    nothing = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nothing, stream)
    os.close(nothing)
    os.write(writing, b"x")
    os.close(writing)
