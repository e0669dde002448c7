"""The programs of the install workload: `cp`, `gunzip`, `pax`, `diff`, a compiler, `rm`, on any file system.

In: a rig and paths. Out: files. They read and write in pieces of 64 KB and trust nothing about sizes, as the
programs of a Unix do. What they compute is charged to virtual time (`vm.workload.computing`).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from vm.libfs.interface import DIRECTORY, FileSystem, Handle
from vm.workload import computing
from vm.workload.archive import UNIT, Cutter, Member, decode_member, encode_end, encode_member
from vm.workload.rig import Rig

PIECE = 65_536
GZIP = 31  # zlib's word for the gzip format


class Reader:
    """Reads a file from its beginning, piece by piece."""

    def __init__(self, files: FileSystem, path: str) -> None:
        self._files = files
        self._handle: Handle = files.open(path)
        self._offset = 0
        self._ended = False

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.read, b"")

    def read(self) -> bytes:
        """Return the next piece; nothing at the end, where the file is closed."""
        if self._ended:
            return b""
        data = self._files.read_handle(self._handle, self._offset, PIECE)
        self._offset += len(data)
        if not data:
            self._files.close(self._handle)
            self._ended = True
        return data


class Writer:
    """Writes a new file, in whole pieces.

    Attributes:
        length: bytes so far.
    """

    def __init__(self, files: FileSystem, path: str) -> None:
        self.length = 0
        self._files = files
        files.create(path)
        self._handle: Handle = files.open(path)
        self._pieces: list[bytes] = []
        self._kept = 0

    def write(self, data: bytes) -> None:
        """Append bytes."""
        self._pieces.append(data)
        self._kept += len(data)
        self.length += len(data)
        if self._kept >= PIECE:
            whole = b"".join(self._pieces)
            cut = len(whole) - len(whole) % PIECE
            self._put(whole[:cut], self.length - len(whole))
            self._pieces, self._kept = [whole[cut:]], len(whole) - cut

    def close(self) -> None:
        """Write the rest."""
        rest = b"".join(self._pieces)
        self._put(rest, self.length - len(rest))
        self._files.close(self._handle)

    def _put(self, data: bytes, offset: int) -> None:
        for start in range(0, len(data), PIECE):
            self._files.write_handle(self._handle, offset + start, data[start : start + PIECE])


def write_file(files: FileSystem, path: str, data: bytes) -> None:
    """Make a file."""
    writer = Writer(files, path)
    writer.write(data)
    writer.close()


def walk_tree(files: FileSystem, top: str) -> Iterator[tuple[str, int]]:
    """Yield paths relative to `top` with their kinds, by name, directories before their contents."""
    waiting = [""]
    while waiting:
        relative = waiting.pop()
        below = []
        for name, _ in sorted(files.listdir(join(top, relative))):
            path = f"{relative}/{name}" if relative else name
            kind = files.stat(join(top, path)).kind
            yield path, kind
            if kind == DIRECTORY:
                below.append(path)
        waiting += reversed(below)


def join(top: str, relative: str) -> str:
    """Return a path below a directory."""
    return f"{top}/{relative}" if relative else top or "/"


# ---- the programs


def copy_file(rig: Rig, source: str, target: str) -> None:
    """`cp`."""
    writer = Writer(rig.files, target)
    for piece in Reader(rig.files, source):
        writer.write(piece)
    writer.close()


def copy_tree(rig: Rig, source: str, target: str) -> None:
    """`cp -r`."""
    rig.files.mkdir(target)
    for path, kind in walk_tree(rig.files, source):
        if kind == DIRECTORY:
            rig.files.mkdir(join(target, path))
        else:
            copy_file(rig, join(source, path), join(target, path))


def compress(rig: Rig, source: str, target: str) -> None:
    """`gzip -6 < source > target`."""
    packer = zlib.compressobj(6, zlib.DEFLATED, GZIP)
    writer = Writer(rig.files, target)
    for piece in Reader(rig.files, source):
        rig.compute(len(piece) * computing.COMPRESS_BYTE)
        writer.write(packer.compress(piece))
    writer.write(packer.flush())
    writer.close()


def uncompress(rig: Rig, source: str, target: str) -> None:
    """`gunzip < source > target`."""
    unpacker = zlib.decompressobj(GZIP)
    writer = Writer(rig.files, target)
    for piece in Reader(rig.files, source):
        text = unpacker.decompress(piece)
        rig.compute(len(text) * computing.UNCOMPRESS_BYTE)
        writer.write(text)
    writer.write(unpacker.flush())
    writer.close()


def pack(rig: Rig, tree: str, target: str) -> None:
    """`pax -w`: write a tree into an archive."""
    writer = Writer(rig.files, target)
    for path, kind in walk_tree(rig.files, tree):
        rig.compute(computing.ARCHIVE_ENTRY)
        if kind == DIRECTORY:
            writer.write(encode_member(Member(path, "directory")))
            continue
        size = rig.files.stat(join(tree, path)).size
        writer.write(encode_member(Member(path, "file", size)))
        for piece in Reader(rig.files, join(tree, path)):
            writer.write(piece)
        writer.write(bytes(-size % UNIT))
    writer.write(encode_end(writer.length))
    writer.close()


def unpack(rig: Rig, source: str, tree: str) -> None:
    """`pax -r`: make the tree that an archive holds."""
    cutter = Cutter(Reader(rig.files, source).read)
    rig.files.mkdir(tree)
    while (member := decode_member(cutter.take(UNIT))) is not None:
        rig.compute(computing.ARCHIVE_ENTRY)
        path = join(tree, member.path)
        if member.kind == "directory":
            rig.files.mkdir(path)
            continue
        writer = Writer(rig.files, path)
        for start in range(0, member.size, PIECE):
            writer.write(cutter.take(min(PIECE, member.size - start)))
        writer.close()
        cutter.take(member.padding)


def compare_trees(rig: Rig, first: str, second: str) -> list[str]:
    """`diff -r`: return paths that are not in both, or differ."""
    here, there = (dict(walk_tree(rig.files, top)) for top in (first, second))
    differing = {path for path in {*here, *there} if here.get(path) != there.get(path)}
    for path, kind in here.items():
        if path not in differing and kind != DIRECTORY:
            sides = [Reader(rig.files, join(top, path)) for top in (first, second)]
            if not _are_equal(rig, *sides):
                differing.add(path)
    return sorted(differing)


def _are_equal(rig: Rig, left: Reader, right: Reader) -> bool:
    equal = True
    while True:
        piece, other = left.read(), right.read()
        if not (piece or other):
            return equal
        rig.compute(max(len(piece), len(other)) * computing.COMPARE_BYTE)
        equal = equal and piece == other


def compile_tree(rig: Rig, tree: str) -> list[str]:
    """Read each source, and write an object 1.5 times as large beside it; return the objects."""
    objects = []
    for path, kind in list(walk_tree(rig.files, tree)):
        if kind == DIRECTORY:
            continue
        text = b"".join(Reader(rig.files, join(tree, path)))
        rig.compute(len(text) * computing.COMPILE_BYTE)
        objects.append(join(tree, path) + ".o")
        write_file(rig.files, objects[-1], text + text[: len(text) // 2])
    return objects


def delete_files(rig: Rig, paths: list[str]) -> None:
    """`rm`."""
    for path in paths:
        rig.files.unlink(path)


def delete_tree(rig: Rig, tree: str) -> None:
    """`rm -r`."""
    directories = [tree]
    for path, kind in list(walk_tree(rig.files, tree)):
        if kind == DIRECTORY:
            directories.append(join(tree, path))
        else:
            rig.files.unlink(join(tree, path))
    for path in reversed(directories):
        rig.files.rmdir(path)
