"""The two file systems, as the crash tester makes and mounts them.

In: a configuration, and system calls. Out: a `FileSystem`. This file is the only door to the libraries.
"""

from __future__ import annotations

from vm.cffs.filesystem import make as make_cffs
from vm.cffs.filesystem import mount as mount_cffs
from vm.crash.configuration import Configuration
from vm.ffs.filesystem import make as make_ffs
from vm.ffs.filesystem import mount as mount_ffs
from vm.libfs.interface import FileSystem, Options
from vm.xok.syscalls import SystemCalls

ROOT_NAME = "files"
"""Of the file system in XN's root catalogue."""


def make_files(configuration: Configuration, calls: SystemCalls) -> FileSystem:
    """Make an empty file system, and mount it."""
    make = make_cffs if configuration.system == "cffs" else make_ffs
    return make(calls, ROOT_NAME, options=_choose_options(configuration))


def mount_files(configuration: Configuration, calls: SystemCalls) -> FileSystem:
    """Mount the file system that is there."""
    mount = mount_cffs if configuration.system == "cffs" else mount_ffs
    return mount(calls, ROOT_NAME, _choose_options(configuration))


def _choose_options(configuration: Configuration) -> Options:
    return Options("synchronous" if configuration.synchronous else "delayed", configuration.grouping)
