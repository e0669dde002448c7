"""What `xok explain ACE0xx` prints: what keeps a workload, or a crash to be reproduced, from being run.

In: nothing. Out: a table of codes.
"""

from __future__ import annotations

from runtime.diagnostic import CodeEntry


def _entry(code: str, title: str, meaning: str) -> CodeEntry:
    return CodeEntry(code, title, meaning, bad="", good="", language="none")


WORKLOAD_CODES: tuple[CodeEntry, ...] = (
    _entry(
        "ACE001",
        "the workload is no text, or too long",
        "A workload is UTF-8 text without control characters, of at most 1 MiB. A disk image given by "
        "mistake is the usual reason.",
    ),
    _entry(
        "ACE002",
        "a line outside the sections",
        "A workload has the sections `# define`, `# declare`, `# setup` and `# run`, each at most once and "
        "in this order. Paths stand in `define`, operations in `setup` and `run`. Other lines that begin "
        "with `#` are comments, in front of the first section only.",
    ),
    _entry(
        "ACE003",
        "no such operation",
        "The first word of a line is the name of a system call, as ACE writes it. The note lists all.",
    ),
    _entry(
        "ACE004",
        "a wrong operand",
        "The operation takes other operands than these: paths that `define` lists, written without slashes; "
        "decimal numbers of bytes; octal modes; flags joined by `|`.",
    ),
    _entry(
        "ACE005",
        "a path that is not defined",
        "Operations name the paths of the section `define` without their slashes: `A/C/foo` is `ACfoo`. The "
        "root of the file system is `test`.",
    ),
    _entry(
        "ACE006",
        "a path that cannot be defined",
        "A path is relative, has no empty parts, `.` or `..`, and neither it nor any other with the same "
        "letters is defined already: `A/B` and `AB` would both be called `AB`.",
    ),
    _entry(
        "ACE007",
        "too much of something",
        "A workload has at most 1,000 paths of 16 names with 120 bytes each, and 10,000 operations on files "
        "of at most 4 MiB: the disks that are crashed are small, and each write of them is a crash.",
    ),
    _entry(
        "ACE008",
        "the text does not say which crash to reproduce",
        "A violation is saved as comments `# crash: ...` in front of its workload: the file system and mode, "
        "the cut, and which undurable writes had reached the disk. Save what `xok crash` printed, whole.",
    ),
)
