"""`dpfc run -j N`: several processes count the same captures, each every n-th chunk of them.

In: a job that has not begun. Out: its counts, added up. Every process reads all captures, which costs little
next to classifying, and so even one large capture keeps all of them busy; memory is constant in each.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Sequence
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from dpfc.classifier import ETHERNET
from dpfc.commands.job import Job
from runtime.command.exit import INTERRUPTED
from runtime.diagnostic import Diagnostic, Refused


def run_in_parallel(job: Job, captures: Sequence[str], processes: int) -> int:
    """Count `captures` in so many processes; return the exit status, the worst of all.

    Raises:
        Refused: as `Job.run`.
    """
    job.classifier.prepare(ETHERNET)  # most captures need it, and forked processes share it
    context = multiprocessing.get_context("fork")
    workers: list[tuple[BaseProcess, Connection]] = []
    for number in range(processes):
        receiver, sender = context.Pipe(duplex=False)
        worker = context.Process(target=_count, args=(job, captures, (number, processes), sender))
        worker.start()
        sender.close()
        workers.append((worker, receiver))
    return max(_collect(job, worker, receiver) for worker, receiver in workers)


def _count(job: Job, captures: Sequence[str], share: tuple[int, int], sender: Connection) -> None:
    """Count a share and send (status, packets, counters, diagnostics); the first process does the talking."""
    job.counter.share = share
    job.quiet = share[0] > 0
    diagnostics: tuple[Diagnostic, ...] = ()
    status = INTERRUPTED
    try:
        status = job.run(captures, None)
    except Refused as refused:
        diagnostics = refused.diagnostics
    sender.send((status, *job.counter.totals(), diagnostics))
    sender.close()


def _collect(job: Job, worker: BaseProcess, receiver: Connection) -> int:
    """Add up what a process has counted; return its status."""
    while True:
        try:
            status, packets, counters, diagnostics = receiver.recv()
            break
        except KeyboardInterrupt:  # the processes have been told too, and send what they have
            continue
        except EOFError:
            raise RuntimeError(f"a counting process ended with status {worker.exitcode}") from None
    worker.join()
    if diagnostics:
        raise Refused(*diagnostics)
    job.counter.merge(packets, counters)
    return int(status)
