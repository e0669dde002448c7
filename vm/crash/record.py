"""Run a workload, or a storm, with the log on.

In: a workload, a configuration, a disk with an empty file system. Out: a `Recording`, from the first write of
`run` to a clean shutdown.
"""

from __future__ import annotations

from dataclasses import replace

from vm.boot import Session
from vm.crash.configuration import Configuration
from vm.crash.execute import Execution
from vm.crash.history import History, Point
from vm.crash.ledger import Ledger
from vm.crash.machines import SLOW, make_system, start, switch_on
from vm.crash.model import Model
from vm.crash.operation import Operation, Sync
from vm.crash.oracle import judge_tree
from vm.crash.promise import Promise
from vm.crash.read import read_tree
from vm.crash.recording import Disagreement, FreeWatch, Recording, Step, find_stages
from vm.crash.states import CrashState
from vm.crash.storm import Storm
from vm.crash.systems import mount_files
from vm.crash.workload import MAKE, Workload, read_storm
from vm.machine.crash import WriteLog
from vm.machine.machine import Machine
from vm.machine.store import MemoryStore, OverlayStore
from vm.xn.types import TypeLibrary
from vm.xok.syscalls import SystemCalls


def record_run(
    workload: Workload, configuration: Configuration, base: bytes, library: TypeLibrary
) -> Recording:
    """Do all operations of a workload, then sync, unmount and shut down.

    Raises:
        Disagreement: the file system, without any crash, is not what the model is.
    """
    machine = switch_on(MemoryStore(base), configuration, SLOW)
    session = start(machine, library)
    if workload == MAKE:
        return _record_making(configuration, machine, session)
    if configuration.system == "storm":
        return _record_storm(*read_storm(workload), configuration, machine, session)
    return _record_files(workload, configuration, machine, session)


def _record_files(
    workload: Workload, configuration: Configuration, machine: Machine, session: Session
) -> Recording:
    calls = session.login()
    execution = Execution(mount_files(configuration, calls))
    setup, run = (*workload.setup, Sync()), (*workload.run, Sync())
    for time, operation in enumerate(setup, 1):
        execution.do(operation, time)
    watch = _attach_log(machine, session)
    steps = [_take_step(execution, each, time, watch) for time, each in enumerate(run, len(setup) + 1)]
    _compare(execution, steps[-1].time)
    execution.close_all()
    execution.files.unmount()
    _shut_down(calls)
    watch.look()
    history, log = execution.run.model.history, watch.log
    stages = find_stages(history, steps, len(log.events))
    return Recording(
        log.base, log.write_cache, log.events, watch.freed, stages, history, execution.numbers, None
    )


def _record_storm(
    seed: int, moves: int, configuration: Configuration, machine: Machine, session: Session
) -> Recording:
    watch = _attach_log(machine, session)
    storm = Storm(session.login(), seed)
    storm.blow(moves)
    storm.settle()
    watch.look()
    log = watch.log
    stages = [(0, 0)] * (len(log.events) + 1)
    return Recording(log.base, log.write_cache, log.events, watch.freed, stages, History(), {}, storm.ledger)


def _record_making(configuration: Configuration, machine: Machine, session: Session) -> Recording:
    """Make the file system; when that has returned, it is promised, and empty."""
    calls = session.login()
    watch = _attach_log(machine, session)
    make_system(configuration, calls)
    watch.look()
    log, made = watch.log, len(watch.log.events)
    _shut_down(calls)
    watch.look()
    stages = [(int(cut >= made),) * 2 for cut in range(len(log.events) + 1)]
    history = Model().history
    history.points.append(Point(1, None, None))
    ledger = Ledger() if configuration.system == "storm" else None
    return Recording(log.base, log.write_cache, log.events, watch.freed, stages, history, {}, ledger, True)


def record_restart(
    recording: Recording, state: CrashState, configuration: Configuration, library: TypeLibrary
) -> Recording:
    """Switch the machine on after a crash, repair the file system and sync it, and record that.

    What was promised when the machine crashed is still promised.

    Raises:
        Exception: any; whoever judges the crash itself says which.
    """
    store = OverlayStore(recording.base, dict(state.changed))
    machine = switch_on(MemoryStore(store.read(0, store.sectors)), configuration, SLOW)
    session = start(machine, library)
    watch = _attach_log(machine, session)
    files = mount_files(configuration, session.login())
    files.repair()
    files.sync()
    watch.look()
    log = watch.log
    stages = [(state.completed, state.started)] * (len(log.events) + 1)
    return replace(recording, base=log.base, events=log.events, freed=watch.freed, stages=stages)


def _shut_down(calls: SystemCalls) -> None:
    """Empty the drive's cache, whatever the library has forgotten, so that the kernel can write its map."""
    calls.xn_flush()
    calls.compute(2 * SLOW)
    calls.xn_shutdown()


def _attach_log(machine: Machine, session: Session) -> FreeWatch:
    store = machine.disk.store
    log = WriteLog(store.read(0, store.sectors), machine.disk.write_cache)
    watch = FreeWatch(log, session.storage.free_map.view.tobytes)
    machine.disk.observer = watch
    return watch


def _take_step(execution: Execution, operation: Operation, time: int, watch: FreeWatch) -> Step:
    begin = len(watch.log.events)
    execution.do(operation, time)
    watch.look()
    return Step(time, begin, len(watch.log.events))


def _compare(execution: Execution, time: int) -> None:
    """Compare the whole tree with the model: everything was synced, so nothing else is allowed."""
    promise = Promise(execution.run.model.history, time, time)
    breaches = judge_tree(promise, read_tree(execution.files), execution.numbers)
    wrong = [f"{breach.rule}: {breach.details}" for breach in breaches]
    wrong += [f"check: {finding}" for finding in execution.files.check()]
    if wrong:
        raise Disagreement("; ".join(wrong[:3]))
