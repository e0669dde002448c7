"""The machine as a whole: what is written comes back, at times that do not depend on the host."""

from __future__ import annotations

from vm.machine.crash import Done, Flushed, Started, WriteLog
from vm.machine.machine import make_machine
from vm.machine.store import MemoryStore


def test_a_write_comes_back() -> None:
    machine = make_machine(MemoryStore(1024))
    finished: list[str] = []
    machine.disk.write(8, [b"a" * 4096, b"b" * 4096], lambda: finished.append("write"))
    assert machine.disk.busy
    page = bytearray(4096)
    machine.disk.read(16, [page], lambda: finished.append("read"))
    while machine.clock.run_next():
        pass
    assert finished == ["write", "read"]
    assert page == b"b" * 4096
    assert not machine.disk.busy
    assert machine.clock.now > 0


def test_the_log_sees_writes_and_flushes() -> None:
    store = MemoryStore(1024)
    log = WriteLog(store.read(0, 1024), write_cache=True)
    machine = make_machine(store, write_cache=True)
    machine.disk.observer = log
    machine.disk.write(0, [bytes(512)], lambda: machine.disk.flush(lambda: None))
    while machine.clock.run_next():
        pass
    assert log.events == [Started(1, 0, bytes(512), False), Done(1), Flushed((1,))]
