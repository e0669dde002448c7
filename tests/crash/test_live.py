"""Life after a crash: each thing that may go wrong then is seen."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from vm.boot import Session
from vm.crash.configuration import USUAL, Configuration
from vm.crash.found import Found
from vm.crash.live import live_on
from vm.crash.machines import INSTANT, make_base, start, switch_on
from vm.crash.read import read_tree
from vm.crash.remember import RememberingLibrary
from vm.crash.systems import mount_files
from vm.libfs.interface import FileSystem
from vm.machine.store import MemoryStore

MACHINES = [each for each in USUAL if not each.synchronous and not each.write_cache and each.ordered_map]

Faulty = Callable[..., object]


class Wrong:
    """A file system of which one call is wrong from its `good`th use on.

    Args:
        files: does the work.
        call: its name.
        wrong: gets the file system and the arguments, and gives the answer.
        good: how often the call is right first.
    """

    def __init__(self, files: FileSystem, call: str, wrong: Faulty, good: int) -> None:
        self._files, self._call, self._wrong, self._good = files, call, wrong, good

    def __getattr__(self, name: str) -> object:
        real = getattr(self._files, name)
        if name != self._call:
            return real
        self._good -= 1
        return real if self._good >= 0 else lambda *arguments: self._wrong(self._files, *arguments)


@pytest.fixture(params=MACHINES, ids=lambda machine: machine.name)
def machine(request: pytest.FixtureRequest) -> Configuration:
    assert isinstance(request.param, Configuration)
    return request.param


def _start(machine: Configuration, library: RememberingLibrary) -> Session:
    return start(switch_on(MemoryStore(make_base(machine, library)), machine, INSTANT), library)


def _live(
    machine: Configuration, library: RememberingLibrary, call: str = "", wrong: Faulty = repr, good: int = 0
) -> list[str]:
    calls = _start(machine, library).login()
    files = mount_files(machine, calls)
    files.mkdir("/A")
    files.create("/A/foo")
    files.write("/A/foo", 0, b"foo" * 5000)
    files.link("/A/foo", "/bar")
    files.sync()
    tree: Found = read_tree(files)
    faulty: FileSystem = Wrong(files, call, wrong, good)  # type: ignore[assignment]
    return list(live_on(faulty, tree, lambda: mount_files(machine, calls)))


def test_nothing_is_wrong(machine: Configuration, library: RememberingLibrary) -> None:
    assert _live(machine, library) == []


def test_new_contents_are_compared(machine: Configuration, library: RememberingLibrary) -> None:
    found = _live(machine, library, "read", lambda files, *arguments: files.read(*arguments)[:-1] + b"!", 1)
    assert found[0] == "the new file 2 does not hold what was written"


def test_findings_are_told(machine: Configuration, library: RememberingLibrary) -> None:
    found = _live(machine, library, "check", lambda files: ["/x is there twice"])
    assert found == ["with new files, /x is there twice", "in the end, /x is there twice"]


def _remove_too_much(files: FileSystem, path: str) -> None:
    files.rmdir(path)
    files.unlink("/bar")


def _write_too_much(files: FileSystem, path: str) -> None:
    files.rmdir(path)
    files.write("/A/foo", 4096, b"!")


@pytest.mark.parametrize("wrong", [_remove_too_much, _write_too_much])
def test_other_files_are_compared(wrong: Faulty, machine: Configuration, library: RememberingLibrary) -> None:
    expected = [
        f"{when}, other files than the new ones have changed" for when in ("in the end", "mounted again")
    ]
    assert _live(machine, library, "rmdir", wrong) == expected


def test_what_is_in_core_only_is_seen(machine: Configuration, library: RememberingLibrary) -> None:
    """Life ends well, and then nothing is written any more."""
    calls = _start(machine, library).login()
    files = mount_files(machine, calls)
    tree = read_tree(files)

    def change_and_mount() -> FileSystem:
        again = mount_files(machine, calls)
        again.create("/foo")
        return again

    assert list(live_on(files, tree, change_and_mount)) == [
        "mounted again, other files than the new ones have changed"
    ]
