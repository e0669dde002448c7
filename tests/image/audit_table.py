"""The table of docs/udf-audit.md: damaged images, what e2fsck says of them, and what `udfc audit` says.

In: an image. Out: its row. The kinds that both know are compared block for block; a row in which they differ
says why, and `python -m tests.image.audit_table` prints all of them.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from tests.captures import SHARED
from tests.image.make_ext import QUIET, unpack
from tests.image.walked import shipped
from udfc.image.audit import Audit, audit_walk
from udfc.image.walk import walk_image

FOLDER = SHARED / "images" / "e2fsprogs"
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "udf-audit.md"
KINDS = ("free", "unowned", "twice", "range")
_SHOWN = 4
_WORD_OF_E2FSCK = {"+": "free", "-": "unowned"}

_WRONG_MARK = "e2fsck drops a block of the tree that has a wrong mark; here its owner still points to it"
REASONS = {
    "f_badorphan": "e2fsck frees orphans first; on the disk, they own their blocks until then",
    "f_bb_in_bb": "a block of the inode table is listed as bad: two owners; e2fsck skips inodes, gives up",
    "f_bbinode": "blocks of the inode table are listed as bad: two owners; e2fsck skips their inodes",
    "f_dup_ba": "e2fsck counts all blocks of a cluster that has two owners, the audit those that have",
    "f_extent_int_bad_magic": _WRONG_MARK,
    "f_extent_leaf_bad_magic": _WRONG_MARK,
    "f_extents2": "e2fsck drops extents that are out of order or too long; the audit believes each by itself",
    "f_holedir4": "e2fsck: two clusters for one place of a file; nothing is owned twice",
    "f_invalid_bad_inode": "a block of metadata is listed as bad: two owners; e2fsck says so in other words",
    "f_lotsbad": "e2fsck drops a block that makes a directory too big",
    "f_recnect_bad": "without the feature, e2fsck takes blocks of attributes for garbage",
    "f_resize_inode_meta_bg": "e2fsck drops inode 7, which is garbage, after its first bad pointers",
    "f_shared_blocks_ok": "a feature allows files to share blocks of data; the template does not know it",
    "f_toobig_extent_dir": "e2fsck drops a block that makes a directory too big",
    "f_zero_group": "e2fsck takes the copy of the descriptors",
}


@dataclass(slots=True)
class Said:
    """Blocks of each kind; of `range`, the pointers.

    Args:
        other: of the audit, findings of other kinds; of e2fsck, its questions.
        passes: of e2fsck, the last pass that it came to.
    """

    blocks: dict[str, set[int]] = field(default_factory=lambda: {kind: set() for kind in KINDS})
    other: str = ""
    passes: int = 5

    def add(self, kind: str, listed: str) -> None:
        for first, last in re.findall(r"(\d+)(?:--(\d+))?", listed):
            self.blocks[kind].update(range(int(first), int(last or first) + 1))


def ask_e2fsck(image: Path) -> Said:
    done = subprocess.run(["e2fsck", "-fn", str(image)], check=False, capture_output=True, env=QUIET)
    text = done.stdout.decode(errors="replace")
    said = Said(other=str(len(re.findall(r"\? no$", text, re.MULTILINE))))
    for line in re.findall(r"Block bitmap differences:(.*)", text):
        for sign, listed in re.findall(r"([+-])(\([\d-]+\)|\d+)", line):
            said.add(_WORD_OF_E2FSCK[sign], listed)
    for line in re.findall(r"Multiply-claimed block\(s\) in inode \d+:(.*)", text):
        said.add("twice", line)
    for block in re.findall(r"at (\d+) conflicts with some other fs block", text):
        said.add("twice", block)
    for pattern in (
        r"(?:Illegal|Double indirect|Indirect)[ \w#,-]*\((\d+)\)",
        r"Extended attribute block for inode .* is invalid \((\d+)\)",
        r"for group \d+ is not in group\.\s+\(block (\d+)\)",
        r"invalid physical block (\d+), len",
        r"physical block (\d+), invalid len",
    ):
        said.blocks["range"].update(int(block) for block in re.findall(pattern, text))
    said.passes = max((int(number) for number in re.findall(r"^Pass (\d)", text, re.MULTILINE)), default=0)
    return said


def ask_audit(audit: Audit) -> Said:
    said = Said(
        other=" ".join(f"{kind} {count}" for kind, count in audit.counts.items() if kind not in KINDS)
    )
    for each in audit.findings:
        if each.kind == "range":
            said.blocks["range"].add(each.first)
        elif each.kind in KINDS:
            said.blocks[each.kind].update(range(each.first, each.first + each.count))
    return said


def audit_image(image: Path, store: Path) -> Said:
    return ask_audit(audit_walk(walk_image(image, shipped("ext"), cache=store)))


def make_row(name: str, image: Path, store: Path) -> str:
    """Return the row of an image."""
    theirs, ours = ask_e2fsck(image), audit_image(image, store)
    cells = [
        f"`{name}`",
        _show(theirs),
        theirs.other,
        _show(ours),
        ours.other or "-",
        explain(name, theirs, ours),
    ]
    return "| " + " | ".join(cells) + " |"


def explain(name: str, theirs: Said, ours: Said) -> str:
    """Say why they differ, or that they do not."""
    if theirs.blocks == ours.blocks:
        return "same"
    differing = {kind for kind in KINDS if theirs.blocks[kind] != ours.blocks[kind]}
    if name in REASONS:
        return REASONS[name]
    assert theirs.passes < 5, f"{name}: e2fsck {theirs.blocks}, audit {ours.blocks}"
    assert all(theirs.blocks[kind] <= ours.blocks[kind] for kind in differing), name
    return (
        f"e2fsck gives up in pass {theirs.passes}"
        if theirs.passes
        else "e2fsck gives up before its first pass"
    )


def _show(said: Said) -> str:
    shown = [f"{kind} {_show_ranges(sorted(blocks))}" for kind, blocks in said.blocks.items() if blocks]
    return "; ".join(shown) or "-"


def _show_ranges(blocks: list[int]) -> str:
    ranges: list[list[int]] = []
    for block in blocks:
        if ranges and block == ranges[-1][1] + 1:
            ranges[-1][1] = block
        else:
            ranges.append([block, block])
    texts = [str(low) if low == high else f"{low}-{high}" for low, high in ranges[:_SHOWN]]
    more = [f"... ({len(blocks)})"] if len(ranges) > _SHOWN else []
    return " ".join([*texts, *more])


def list_damaged() -> list[Path]:
    return sorted(FOLDER.glob("*/image.gz"))


def _print_all(paths: Iterable[Path]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for path in paths:
            image = Path(folder) / "damaged.img"
            unpack(path, image)
            print(make_row(path.parent.name, image, Path(folder) / "store"), flush=True)


if __name__ == "__main__":
    _print_all(list_damaged())
