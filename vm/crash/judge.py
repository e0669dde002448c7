"""Judge a crash: switch the machine on again, and see what is there.

In: a recording, and one of its crash states. Out: what is broken, in this order:

    boot       the kernel starts, and its recovery finds the free map
    invariants what the crash tester's own walk finds agrees with it (`vm.crash.invariants`)
    mount      the library mounts, and finds nothing that its order of writes forbids; repairs what it left
               half done; and then finds nothing
    life       of some images: it is used, and mounted again (`vm.crash.live`)
    invariants again, after what the repair has written
    oracle     the tree keeps the workload's promises (`vm.crash.oracle`)

All but the last depend on the image alone, and are remembered with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from vm.boot import Session
from vm.crash.configuration import Configuration
from vm.crash.found import Found
from vm.crash.history import Kind
from vm.crash.invariants import Aftermath, judge_aftermath
from vm.crash.ledger import judge_ledger
from vm.crash.live import live_on
from vm.crash.machines import INSTANT, JUDGE_PAGES, start, switch_on
from vm.crash.oracle import Breach, judge_tree
from vm.crash.ownership import Walker
from vm.crash.promise import Promise
from vm.crash.read import read_tree
from vm.crash.recording import Recording
from vm.crash.states import CrashState
from vm.crash.systems import mount_files
from vm.machine.store import MemoryStore, OverlayStore
from vm.xn.limits import BLOCK, SECTOR
from vm.xn.types import TypeLibrary

_Answer = TypeVar("_Answer")
_SECTORS = BLOCK // SECTOR

LIVES, REPAIRED_LIVES = 16, 8
"""Of so many images, one is used afterwards; of so many of those that had something to repair."""

_BENIGN = re.compile(
    "is in use and has no name|links and says|is a second name of the directory|"
    r"says that it is in directory|has \d+ blocks and \d+ bytes|waits for inodes"
)
"""What a library may find before it repairs: the order of writes leaves these open, and nothing else."""


class Broken(Exception):  # noqa: N818  (it is a finding)
    """Something cannot go on: `breach` says what."""

    def __init__(self, breach: Breach) -> None:
        super().__init__(breach.details)
        self.breach = breach


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is true of an image, whatever the workload promised.

    Args:
        breaches: what is broken.
        tree: what the mounted file system shows; None: it cannot be read, or is not there.
        is_rootless: it is not there.
    """

    breaches: tuple[Breach, ...]
    tree: Found | None
    is_rootless: bool = False


@dataclass(slots=True)
class Judge:
    """Judges the crashes of one recording.

    Args:
        recording: of the run.
        configuration: of the machine.
        library: proved types.
        walker: may be shared between recordings: it remembers.

    Attributes:
        booted: images that were looked at.
    """

    recording: Recording
    configuration: Configuration
    library: TypeLibrary
    walker: Walker
    booted: int = 0
    _base: MemoryStore = field(init=False)
    _outcomes: dict[int, Outcome] = field(init=False, default_factory=dict)
    _promises: dict[tuple[int, int], Promise] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._base = MemoryStore(self.recording.base)

    def judge(self, state: CrashState) -> list[Breach]:
        """Return what is broken after a crash."""
        outcome = self._outcomes.get(state.key)
        if outcome is None:
            self.booted += 1
            outcome = self._outcomes[state.key] = self._look(state)
        if outcome.tree is None:
            lost = outcome.is_rootless and (state.completed > 0 or not self.recording.is_making)
            return [*outcome.breaches, *[Breach("root lost", "there is no file system")] * lost]
        now = (state.completed, state.started)
        promise = self._promises.get(now)
        if promise is None:
            promise = self._promises[now] = Promise(self.recording.history, *now)
        return [*outcome.breaches, *judge_tree(promise, outcome.tree, self.recording.numbers)]

    def _look(self, state: CrashState) -> Outcome:
        store = OverlayStore(self._base, dict(state.changed))
        breaches: list[Breach] = []
        try:
            tree = self._restart(store, breaches, state.key)
            return Outcome(tuple(breaches), tree, tree is None)
        except Broken as broken:
            return Outcome((*breaches, broken.breach), None)

    def _restart(self, store: OverlayStore, breaches: list[Breach], key: int) -> Found | None:
        """Boot, judge, mount, repair, perhaps use, judge, and return the tree; `breaches` are added to.

        Without a root there is no tree. A storm has none to be looked at: its ledger was judged.
        """
        machine = switch_on(store, self.configuration, INSTANT, JUDGE_PAGES)
        session = _attempt("boot", lambda: start(machine, self.library))
        breaches += self._judge_session(session, store)
        if not session.storage.roots:
            return None
        if self.recording.ledger is not None:
            return Found(0, Kind.DIRECTORY, 0, 0, 0)
        calls = session.login()
        mount = partial(mount_files, self.configuration, calls)
        files = _attempt("mount", mount)
        left = _attempt("check", files.check)
        breaches += [Breach("order", each) for each in left if not _BENIGN.search(each)]
        done = _attempt("repair", files.repair)
        if left or done:
            breaches += [Breach("check", each) for each in _attempt("check", files.check)]
        tree = _attempt("read", lambda: read_tree(files))
        _attempt("sync", files.sync)
        if key % (REPAIRED_LIVES if done else LIVES) == 1:
            breaches += [
                Breach("life", each) for each in _attempt("life", lambda: list(live_on(files, tree, mount)))
            ]
        if machine.disk.statistics.writes:
            breaches += self._judge_session(session, store)
        return tree

    def _judge_session(self, session: Session, store: OverlayStore) -> list[Breach]:
        """Return the invariants that the disk and the kernel's free map do not keep now."""

        def read(block: int, count: int) -> bytes:
            return store.read(block * _SECTORS, count * _SECTORS)

        state = session.storage
        walk = self.walker.walk(read, state.super.blocks, state.types)
        aftermath = Aftermath(session.recovery, bytes(state.free_map.view), walk, read)
        breaches = [Breach(name, where) for name, where in judge_aftermath(aftermath)]
        ledger = self.recording.ledger
        return breaches if ledger is None else [*breaches, *judge_ledger(ledger, walk, read)]


def _attempt(what: str, action: Callable[[], _Answer]) -> _Answer:
    """Return what `action` answers.

    Raises:
        Broken: it raises anything: an image that a crash may leave is no reason to fail.
    """
    try:
        return action()
    except Exception as error:
        raise Broken(Breach(f"{what} fails", f"{type(error).__name__}: {error}")) from error
