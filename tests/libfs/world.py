"""A machine with a library file system on it, made quickly: types are proved once, disks are formatted once.

In: which file system, its options. Out: `World`: mounted, and able to crash, reboot and mount again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType

import vm.cffs.filesystem
import vm.ffs.filesystem
from vm.boot import Session, boot, format_disk
from vm.libfs.filesystem import LibraryFileSystem
from vm.libfs.interface import Options
from vm.machine.machine import Machine, make_machine
from vm.machine.store import MemoryStore, OverlayStore, Store
from vm.xn.types import TypeLibrary
from vm.xok.capability import ROOT, Capability

FORMATS: dict[str, ModuleType] = {"cffs": vm.cffs.filesystem, "ffs": vm.ffs.filesystem}
SECTORS = 8  # of a block
DEFAULT = Options()


@dataclass(frozen=True)
class Setting:
    """A file system and how it is mounted.

    Args:
        format_: cffs or ffs.
        options: of mounts.
        blocks: of the disk.
        write_cache: of the drive.
        memory: pages of the machine.
    """

    format_: str
    options: Options = DEFAULT
    blocks: int = 3000
    write_cache: bool = False
    memory: int = 4096

    def __str__(self) -> str:
        parts = [self.format_, "grouped" if self.options.grouping else "apart"]
        if self.options.writes != "delayed":
            parts.append(self.options.writes)
        return "-".join([*parts, *(["cache"] if self.write_cache else [])])


class Worlds:
    """Makes worlds; remembers types and formatted disks."""

    def __init__(self, cache: Path) -> None:
        self.library = TypeLibrary(cache)
        self._disks: dict[tuple[str, int], bytes] = {}

    def make(self, setting: Setting) -> World:
        """Return a new world with an empty file system `fs`."""
        return World(self, setting, OverlayStore(self.disk(setting), {}))

    def disk(self, setting: Setting) -> bytes:
        """Return a disk with an empty file system."""
        key = (setting.format_, setting.blocks)
        if key not in self._disks:
            store = MemoryStore(setting.blocks * SECTORS)
            machine = make_machine(store, memory_pages=setting.memory)
            format_disk(machine)
            session = boot(machine, self.library)
            made = FORMATS[setting.format_].make(session.login(), "fs", options=setting.options)
            made.unmount()
            self._disks[key] = store.read(0, store.sectors)
        return self._disks[key]


class World:
    """A machine that runs, with its file system mounted."""

    def __init__(self, worlds: Worlds, setting: Setting, store: Store) -> None:
        self.worlds, self.setting, self.store = worlds, setting, store
        self.machine: Machine
        self.session: Session
        self.fs: LibraryFileSystem
        self.start()

    def start(self) -> None:
        """Switch the machine on and mount."""
        setting = self.setting
        self.machine = make_machine(self.store, memory_pages=setting.memory, write_cache=setting.write_cache)
        self.session = boot(self.machine, self.worlds.library)
        self.fs = self.mount()

    def mount(self, capability: Capability = ROOT, **changes: object) -> LibraryFileSystem:
        """Mount once more, as another environment."""
        options = replace(self.setting.options, **changes)  # type: ignore[arg-type]
        mounted: LibraryFileSystem = FORMATS[self.setting.format_].mount(
            self.session.login(capability), "fs", options
        )
        return mounted

    def remount(self) -> None:
        """Unmount, and mount again in a new environment."""
        self.fs.unmount()
        self.fs = self.mount()

    def reboot(self) -> None:
        """Switch off, wherever it is, and on again: what was not written is lost."""
        self.start()
