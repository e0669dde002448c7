"""The install workload: eleven programs, one after the other, as somebody uses them who installs sources.

In: a rig and a source tree. Out: eleven steps. Each ends when all of it is on the disk; each begins with
nothing in core, or, warm, with what the one before has left there.

    /archive.tar.gz -> /w/archive.tar.gz -> /w/archive.tar -> /w/copy.tar
                                                 |
                                                 +-> /w/tree -> /w/copy, compared; objects made and deleted
                                                                   -> /w/packed.tar -> /w/packed.tar.gz

Source: Kaashoek et al., SOSP 1997, section 6.1 (the programs and their order; there the sources were lcc's).
"""

from __future__ import annotations

import zlib
from collections.abc import Callable

from vm.workload import programs
from vm.workload.archive import Member, encode_end, encode_member
from vm.workload.rig import Rig, Step
from vm.workload.source_tree import SourceTree

STEPS = (
    "copy archive",
    "uncompress",
    "copy large file",
    "unpack",
    "copy tree",
    "diff trees",
    "compile",
    "delete objects",
    "pack",
    "compress",
    "delete trees",
)


def run_install(rig: Rig, tree: SourceTree, cold: bool = True) -> tuple[Step, ...]:
    """Run the eleven steps."""
    programs.write_file(rig.files, "/archive.tar.gz", make_archive(tree))
    rig.files.mkdir("/w")
    objects: list[str] = []
    actions: tuple[Callable[[], None], ...] = (
        lambda: programs.copy_file(rig, "/archive.tar.gz", "/w/archive.tar.gz"),
        lambda: programs.uncompress(rig, "/w/archive.tar.gz", "/w/archive.tar"),
        lambda: programs.copy_file(rig, "/w/archive.tar", "/w/copy.tar"),
        lambda: programs.unpack(rig, "/w/archive.tar", "/w/tree"),
        lambda: programs.copy_tree(rig, "/w/tree", "/w/copy"),
        lambda: _demand_equal(rig),
        lambda: objects.extend(programs.compile_tree(rig, "/w/tree")),
        lambda: programs.delete_files(rig, objects),
        lambda: programs.pack(rig, "/w/tree", "/w/packed.tar"),
        lambda: programs.compress(rig, "/w/packed.tar", "/w/packed.tar.gz"),
        lambda: _delete_trees(rig),
    )
    counts = {"copy archive": 1, "uncompress": 1, "copy large file": 1, "compress": 1}
    files = len(tree.files)
    return tuple(
        rig.measure(name, counts.get(name, files), action, cold or number == 0)
        for number, (name, action) in enumerate(zip(STEPS, actions, strict=True))
    )


def make_archive(tree: SourceTree) -> bytes:
    """Return a compressed archive of a tree."""
    pieces = [encode_member(Member(path, "directory")) for path in tree.directories]
    for path, data in tree.files:
        member = Member(path, "file", len(data))
        pieces += [encode_member(member), data, bytes(member.padding)]
    pieces.append(encode_end(sum(map(len, pieces))))
    packer = zlib.compressobj(6, zlib.DEFLATED, programs.GZIP)
    return packer.compress(b"".join(pieces)) + packer.flush()


def _demand_equal(rig: Rig) -> None:
    differing = programs.compare_trees(rig, "/w/tree", "/w/copy")
    assert not differing, f"a copied tree differs in {differing[:3]}"


def _delete_trees(rig: Rig) -> None:
    for tree in ("/w/tree", "/w/copy"):
        programs.delete_tree(rig, tree)
