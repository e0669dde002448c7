"""`python -m tests.mount.serve_fake DIR [WHAT_GOES_WRONG]`: mount a file system in memory.

At the end it says how often it was synced.
"""

from __future__ import annotations

import sys
from threading import Lock

from runtime.command.edge import run_to_status
from tests.mount.fake import Fake
from vm.mount.door import find_caller, serve
from vm.mount.operations import Operations
from vm.mount.writeback import Writeback


def _main() -> int:
    directory, wrong = sys.argv[1], sys.argv[2:]
    fake = Fake()
    operations = Operations(fake, find_caller, lambda: None)
    lock = Lock()

    def started() -> None:
        print("started", flush=True)
        if wrong == ["mistake"]:
            fake.fail_with = ZeroDivisionError("a mistake of ours")

    if wrong == ["sync"]:
        fake.sync = lambda: 1 // 0  # type: ignore[method-assign, assign]
    with Writeback(operations, lock, 0.05):
        serve(operations, directory, "fake,\\disk", lock, started, True, wrong == ["read-only"])
    print("syncs", fake.calls.count("sync"))
    operations.close_all()
    return len(fake.handles)


if __name__ == "__main__":
    sys.exit(run_to_status("xok", _main, unreadable="IMG"))
