"""What the commands need of files, wherever they are.

In: nothing. Out: `Files`, which library file systems are, and `Host`, the files of the host in the same
words. So copying in, out and between images is one function.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import Protocol

from vm.libfs.interface import DIRECTORY, FILE, SYMLINK, Stat

_KINDS = (DIRECTORY, FILE, SYMLINK)


class Files(Protocol):
    """Files by path; `vm.libfs.interface.FileSystem` says what the methods do."""

    def stat(self, path: str, follow: bool = False) -> Stat:
        """Return the attributes."""

    def listdir(self, path: str) -> list[tuple[str, int]]:
        """Return names and inodes."""

    def readlink(self, path: str) -> str:
        """Return the target."""

    def read(self, path: str, offset: int, size: int) -> bytes:
        """Return bytes of a file."""

    def create(self, path: str, mode: int = 0o644) -> None:
        """Make a file."""

    def mkdir(self, path: str, mode: int = 0o755) -> None:
        """Make a directory."""

    def symlink(self, target: str, path: str) -> None:
        """Make a symbolic link."""

    def link(self, old: str, new: str) -> None:
        """Make one more name."""

    def write(self, path: str, offset: int, data: bytes) -> int:
        """Change bytes of a file."""

    def truncate(self, path: str, size: int) -> None:
        """Set the size of a file."""

    def unlink(self, path: str) -> None:
        """Remove a name."""

    def chmod(self, path: str, mode: int) -> None:
        """Set the permissions."""

    def chown(self, path: str, uid: int, gid: int) -> None:
        """Set owner and group."""

    def utimes(self, path: str, atime: int, mtime: int) -> None:
        """Set times of access and modification, in seconds."""


class Host:
    """The files of the host."""

    def stat(self, path: str, follow: bool = False) -> Stat:
        """Return the attributes; an inode's number includes its device.

        Raises:
            OSError: also EOPNOTSUPP for devices, pipes and sockets.
        """
        found = os.stat(path, follow_symlinks=follow)
        kind = stat.S_IFMT(found.st_mode)
        if kind not in _KINDS:
            raise OSError(errno.EOPNOTSUPP, "neither file, directory nor symbolic link", path)
        return Stat(
            found.st_dev << 64 | found.st_ino,
            kind,
            found.st_mode,
            found.st_nlink,
            found.st_uid,
            found.st_gid,
            found.st_size,
            found.st_blocks * 512 // 4096,
            int(found.st_atime),
            int(found.st_mtime),
            int(found.st_ctime),
        )

    def listdir(self, path: str) -> list[tuple[str, int]]:
        """Return names and inodes, in order of the names."""
        with os.scandir(path) as entries:
            return sorted((entry.name, entry.inode()) for entry in entries)

    def readlink(self, path: str) -> str:
        """Return the target."""
        return os.readlink(path)

    def read(self, path: str, offset: int, size: int) -> bytes:
        """Return bytes of a file."""
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            return os.pread(descriptor, size, offset)
        finally:
            os.close(descriptor)

    def create(self, path: str, mode: int = 0o644) -> None:
        """Make a file."""
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode))

    def mkdir(self, path: str, mode: int = 0o755) -> None:
        """Make a directory."""
        os.mkdir(path, mode)

    def symlink(self, target: str, path: str) -> None:
        """Make a symbolic link."""
        os.symlink(target, path)

    def link(self, old: str, new: str) -> None:
        """Make one more name."""
        os.link(old, new, follow_symlinks=False)

    def write(self, path: str, offset: int, data: bytes) -> int:
        """Change bytes of a file."""
        descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
        try:
            return os.pwrite(descriptor, data, offset)
        finally:
            os.close(descriptor)

    def truncate(self, path: str, size: int) -> None:
        """Set the size of a file."""
        os.truncate(path, size)

    def unlink(self, path: str) -> None:
        """Remove a name."""
        os.unlink(path)

    def chmod(self, path: str, mode: int) -> None:
        """Set the permissions."""
        os.chmod(path, mode)

    def chown(self, path: str, uid: int, gid: int) -> None:
        """Set owner and group, where this user may give files away."""
        if os.geteuid() == 0:
            os.chown(path, uid, gid, follow_symlinks=False)

    def utimes(self, path: str, atime: int, mtime: int) -> None:
        """Set times of access and modification, in seconds."""
        os.utime(path, (atime, mtime), follow_symlinks=False)
