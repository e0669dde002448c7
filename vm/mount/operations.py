"""What FUSE asks, answered by a library file system.

In: calls as mfusepy makes them: paths, numbers of open files. Out: answers, or `OSError`. The host's kernel
has checked permissions by mode, owner and group (`default_permissions`); a new file belongs to who asks for
it.

A file that is unlinked while it is open: libfuse, which finds files by path only, asks for a rename to a
hidden name instead. The file system can do better: the rename becomes an unlink, and the hidden name stands
for the open file until libfuse removes it. So nothing hidden is ever on the disk.
"""

from __future__ import annotations

import errno
import os
import posixpath
import re
import stat
from collections.abc import Callable, Iterator
from typing import TypeAlias

from vm.libfs.interface import FileSystem, Handle, Stat
from vm.mount.times import keep_seconds

Caller: TypeAlias = Callable[[], tuple[int, int]]
"""Says who asks, during a call: user and group."""

Times: TypeAlias = tuple[int | None, int | None]
"""Of last access and of modification, in nanoseconds; None: leave it as it is."""

Attributes: TypeAlias = dict[str, int]

_HIDDEN = re.compile(r"/\.fuse_hidden[0-9a-f]{16}$")
_PERMISSIONS = 0o7777
_KEEP_SIZE, _PUNCH_HOLE = 1, 2  # FALLOC_FL_KEEP_SIZE, FALLOC_FL_PUNCH_HOLE
_SECOND = 10**9
_BLOCK = 4096


class Operations:
    """The callbacks; mfusepy finds them by name.

    Args:
        files: what is mounted.
        caller: who asks.
        keep_time: called before each answer, lets the machine's clock follow the host's.
    """

    use_ns = True
    flag_utime_omit_ok = True
    """Tell mfusepy and libfuse 2 how times are to be passed."""

    def __init__(self, files: FileSystem, caller: Caller, keep_time: Callable[[], None]) -> None:
        self._files = files
        self._caller = caller
        self._keep_time = keep_time
        self._open: dict[int, Handle] = {}
        self._hidden: dict[str, Handle] = {}
        self._opened = 0
        self.answered = 0
        """How often something was asked."""

    def begin(self) -> None:
        """Something is asked."""
        self.answered += 1
        self._keep_time()

    # ---- names

    def getattr(self, path: str, number: int | None = None) -> Attributes:
        """Return what `stat` says."""
        found = self._stat(path)
        return {
            "st_ino": found.inode,
            "st_mode": found.mode,
            "st_nlink": found.links,
            "st_uid": found.uid,
            "st_gid": found.gid,
            "st_size": found.size,
            "st_blocks": found.blocks * (_BLOCK // 512),
            "st_blksize": _BLOCK,
            "st_atime": found.atime * _SECOND,
            "st_mtime": found.mtime * _SECOND,
            "st_ctime": found.ctime * _SECOND,
        }

    def readdir(self, path: str, number: int) -> Iterator[tuple[str, Attributes, int]]:
        """Yield the names of a directory."""
        for name in (".", ".."):
            yield (
                name,
                {
                    "st_ino": self._files.stat(posixpath.normpath(f"{path}/{name}")).inode,
                    "st_mode": stat.S_IFDIR,
                },
                0,
            )
        for name, inode in self._files.listdir(path):
            yield name, {"st_ino": inode, "st_mode": 0}, 0

    def readlink(self, path: str) -> str:
        """Return what a symbolic link says."""
        return self._files.readlink(path)

    def mkdir(self, path: str, mode: int) -> None:
        """Make a directory; in one with set-group-id it gets that, too."""
        inherited = self._files.stat(posixpath.dirname(path)).mode & stat.S_ISGID
        self._files.mkdir(path, mode & _PERMISSIONS | inherited)
        self._give_to_caller(path)

    def symlink(self, path: str, target: str) -> None:
        """Make a symbolic link at `path`."""
        self._files.symlink(target, path)
        self._give_to_caller(path)

    def mknod(self, path: str, mode: int, device: int) -> None:
        """Make an empty file; devices and pipes are no matter of a disk's."""
        if not stat.S_ISREG(mode):
            raise _fail(errno.EPERM)
        self._files.create(path, mode & _PERMISSIONS)
        self._give_to_caller(path)

    def link(self, path: str, source: str) -> None:
        """Give the file `source` one more name."""
        self._files.link(source, path)

    def unlink(self, path: str) -> None:
        """Remove a name."""
        if path in self._hidden:
            self._files.close(self._hidden.pop(path))
        else:
            self._files.unlink(path)

    def rmdir(self, path: str) -> None:
        """Remove a directory."""
        self._files.rmdir(path)

    def rename(self, old: str, new: str) -> None:
        """Rename; to a hidden name: unlink what is open."""
        if not _HIDDEN.search(new):
            self._files.rename(old, new)
            return
        handle = self._files.open(old)
        try:
            self._files.unlink(old)
        except OSError:
            self._files.close(handle)
            raise
        self._hidden[new] = handle

    # ---- attributes

    def chmod(self, path: str, mode: int) -> None:
        """Set permissions."""
        self._refuse_hidden(path)
        self._files.chmod(path, mode & _PERMISSIONS)

    def chown(self, path: str, uid: int, gid: int) -> None:
        """Set owner and group; -1 leaves one as it is."""
        self._refuse_hidden(path)
        self._files.chown(path, uid, gid)

    def utimens(self, path: str, times: Times) -> None:
        """Set times, as near as the disk can keep them: seconds since 1970."""
        self._refuse_hidden(path)
        found = self._files.stat(path)
        accessed, modified = times
        self._files.utimes(
            path,
            found.atime if accessed is None else keep_seconds(accessed // _SECOND),
            found.mtime if modified is None else keep_seconds(modified // _SECOND),
        )

    # ---- contents

    def create(self, path: str, mode: int, flags: int) -> int:
        """Make a file and open it."""
        self._files.create(path, mode & _PERMISSIONS)
        self._give_to_caller(path)
        return self._remember(self._files.open(path))

    def open(self, path: str, flags: int) -> int:
        """Open a file."""
        if path in self._hidden:
            raise _fail(errno.ENOENT)
        return self._remember(self._files.open(path))

    def release(self, path: str, number: int) -> None:
        """Nobody has this opening of the file any more."""
        self._files.close(self._open.pop(number))

    def read(self, path: str, size: int, offset: int, number: int) -> bytes:
        """Return what is in a file."""
        return self._files.read_handle(self._open[number], offset, size)

    def write(self, path: str, data: bytes, offset: int, number: int) -> int:
        """Change what is in a file."""
        return self._files.write_handle(self._open[number], offset, data)

    def truncate(self, path: str, size: int, number: int | None = None) -> None:
        """Make a file longer or shorter."""
        if path in self._hidden:
            self._files.truncate_handle(self._hidden[path], size)
        else:
            self._files.truncate(path, size)

    def fallocate(self, path: str, mode: int, offset: int, size: int, number: int) -> None:
        """Allocate blocks, or punch a hole."""
        self._refuse_hidden(path)
        if mode == _PUNCH_HOLE | _KEEP_SIZE:
            self._files.punch(path, offset, size)
        elif mode in (0, _KEEP_SIZE):
            self._files.allocate(path, offset, size, bool(mode))
        else:
            raise _fail(errno.EOPNOTSUPP)

    # ---- the whole

    def fsync(self, path: str, only_data: int, number: int) -> None:
        """Put a file on the disk."""
        if path not in self._hidden:
            self._files.fsync(path)

    def fsyncdir(self, path: str, only_data: int, number: int) -> None:
        """Put a directory on the disk."""
        self._files.fsync(path)

    def statfs(self, path: str) -> Attributes:
        """Say how much room there is."""
        space = self._files.statfs()
        return {
            "f_bsize": space.block_bytes,
            "f_frsize": space.block_bytes,
            "f_blocks": space.blocks,
            "f_bfree": space.free,
            "f_bavail": space.free,
            "f_namemax": space.name_bytes,
        }

    def sync(self) -> None:
        """Put all on the disk."""
        self._files.sync()

    def close_all(self) -> None:
        """Close what is open: the mount ends."""
        for handle in (*self._open.values(), *self._hidden.values()):
            self._files.close(handle)
        self._open.clear()
        self._hidden.clear()

    # ---- helpers

    def _stat(self, path: str) -> Stat:
        handle = self._hidden.get(path)
        return self._files.stat(path) if handle is None else self._files.stat_handle(handle)

    def _remember(self, handle: Handle) -> int:
        self._opened += 1
        self._open[self._opened] = handle
        return self._opened

    def _give_to_caller(self, path: str) -> None:
        """Set the owner of what was made: the caller; the group is the directory's where that says so."""
        user, group = self._caller()
        folder = self._files.stat(posixpath.dirname(path))
        self._files.chown(path, user, folder.gid if folder.mode & stat.S_ISGID else group)

    def _refuse_hidden(self, path: str) -> None:
        """Fail where only the contents of a file without a name can be changed."""
        if path in self._hidden:
            raise _fail(errno.EOPNOTSUPP)


def _fail(number: int) -> OSError:
    return OSError(number, os.strerror(number))
