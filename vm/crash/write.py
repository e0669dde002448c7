"""Print a workload in ACE's text form: what `parse` reads back as the same workload.

In: a `Workload`. Out: text.
"""

from __future__ import annotations

from vm.crash.operation import (
    Allocate,
    Checkpoint,
    Close,
    Fsync,
    Link,
    MakeDirectory,
    Nothing,
    Open,
    OpenDirectory,
    Operation,
    Remove,
    RemoveAttribute,
    RemoveDirectory,
    Rename,
    SetAttribute,
    Symlink,
    Sync,
    Truncate,
    Unlink,
    Write,
)
from vm.crash.workload import ROOT_NAME, Workload, name_path


def write_workload(workload: Workload) -> str:
    """Return the text of `workload`, without its name."""
    sections = (
        ("define", (ROOT_NAME, *workload.paths)),
        ("declare", ("local_checkpoint",)),
        ("setup", tuple(write_operation(operation) for operation in workload.setup)),
        ("run", tuple(write_operation(operation) for operation in workload.run)),
    )
    return "\n".join("\n".join([f"# {name}", *lines, ""]) for name, lines in sections)


def write_operation(operation: Operation) -> str:
    """Return the line of one operation."""
    match operation:
        case MakeDirectory(path):
            return f"mkdir {name_path(path)} 0777"
        case Open(path, create, truncate):
            flags = "O_RDWR" + "|O_CREAT" * create + "|O_TRUNC" * truncate
            return f"open {name_path(path)} {flags} 0777"
        case OpenDirectory(path):
            return f"opendir {name_path(path)} 0777"
        case Symlink(target, path):
            return f"symlink {name_path(target)} {name_path(path)}"
        case Link(old, new):
            return f"link {name_path(old)} {name_path(new)}"
        case Rename(old, new):
            return f"rename {name_path(old)} {name_path(new)}"
        case Write(path, offset, length, how):
            return f"{how} {name_path(path)} {offset} {length}"
        case Truncate(path, size):
            return f"truncate {name_path(path)} {size}"
        case Allocate(path, offset=offset, length=length):
            return f"falloc {name_path(path)} {_write_flags(operation)} {offset} {length}"
        case Fsync(path, data_only):
            return f"{'fdatasync' if data_only else 'fsync'} {name_path(path)}"
        case Checkpoint(number):
            return f"checkpoint {number}"
        case Sync():
            return "sync"
        case Nothing():
            return "none"
        case _:
            return f"{_ONE_PATH[type(operation)]} {name_path(operation.path)}"


_ONE_PATH: dict[type[Operation], str] = {
    RemoveDirectory: "rmdir",
    Close: "close",
    Unlink: "unlink",
    Remove: "remove",
    SetAttribute: "fsetxattr",
    RemoveAttribute: "removexattr",
}


def _write_flags(operation: Allocate) -> str:
    flags = [
        "FALLOC_FL_ZERO_RANGE" * operation.zero,
        "FALLOC_FL_PUNCH_HOLE" * operation.punch,
        "FALLOC_FL_KEEP_SIZE" * operation.keep_size,
    ]
    return "|".join(flag for flag in flags if flag) or "0"
