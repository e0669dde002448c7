"""`make bench-udf`, second part: all blocks of all inodes of an ext4 image with 100,000 files.

In: an image that `mke2fs -d` makes once and that stays in the temporary directory. Out: a table, and
bench/results/walk_image.json.

Beside us: libext2fs through the C program of the tests (it prints each block of each inode, and each name),
and dumpe2fs with debugfs (the allocation maps, then `stat` of each inode). That libext2fs finds as many
blocks as we do is checked before anything is timed. `udfc audit` in the process starts with templates that
have been compiled, or also loaded, as for a second image; the command starts with nothing but the cache.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.timing import (
    Result,
    Timing,
    median_ratio,
    pin_to_one_core,
    print_results,
    time_rounds,
    write_results,
)
from runtime.template.nodes import TemplateSet
from udfc.image.audit import audit_walk
from udfc.image.walk import Walk, prepare_walk, walk_image, walk_prepared
from udfc.program import compile_templates

FILES = 100_000
_DIRECTORIES = 400
_ROUNDS = 5
_ROOT = Path(__file__).parent.parent
_PEER = _ROOT / "tests" / "image" / "peer_ext2.c"
_ENTRY = "import sys; from udfc.cli import main; sys.exit(main())"
_SIZES = (0, 100, 3000, 5000, 9000, 60_000)
TITLE = f"walking an ext4 image with {FILES:,} files"


def find_image() -> Path:
    """Return the image, made when it is first asked for."""
    place = Path(tempfile.gettempdir()) / f"xok-walk-{os.getuid()}"
    image = place / "files.img"
    if not image.exists():
        place.mkdir(mode=0o700, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place) as directory:
            tree, unfinished = Path(directory) / "tree", Path(directory) / "files.img"
            _make_tree(tree)
            options = ["-q", "-F", "-t", "ext4", "-b", "4096", "-I", "256", "-N", "110000", "-d", str(tree)]
            _run("mke2fs", *options, str(unfinished), "3G")
            unfinished.rename(image)
    return image


def _make_tree(tree: Path) -> None:
    chosen = random.Random(1)
    for number in range(_DIRECTORIES):
        folder = tree / f"group{number // 20}" / f"folder{number}"
        folder.mkdir(parents=True)
        for file in range(FILES // _DIRECTORIES):
            (folder / f"file{file}").write_bytes(b"x" * chosen.choice(_SIZES))


def measure(image: Path, store: Path, build: Path) -> tuple[Result, ...]:
    """Time everybody who is there."""
    templates = compile_templates("ext")
    prepared = prepare_walk(templates, cache=store)
    walk = walk_prepared(image, prepared)
    blocks = sum(len(walk.blocks_of(inode).data) for inode in walk.files.list_files())
    script = build / "debugfs.txt"
    script.write_text("".join(f"stat <{inode}>\n" for inode in walk.files.list_files()), encoding="ascii")
    actions: dict[str, Callable[[], object]] = {
        "udfc audit, templates loaded": lambda: audit_walk(walk_prepared(image, prepared)),
        "udfc audit, in the process": lambda: _audit(image, templates, store),
        "udfc audit, the command": lambda: _run_udfc(image, store),
    }
    program = build_peer(build)
    if program is not None:
        found = sum(line.endswith(b" d") for line in _run(str(program), str(image)).splitlines())
        assert found == blocks, f"libext2fs finds {found:,} blocks, we find {blocks:,}"
        actions["libext2fs, from C"] = lambda: _run(str(program), str(image))
    if shutil.which("debugfs") and shutil.which("dumpe2fs"):
        actions["dumpe2fs and debugfs"] = lambda: _ask_tools(image, script)
    timings = time_rounds(actions, _ROUNDS)
    note = f"{len(walk.objects):,} objects, {blocks:,} blocks of data"
    results = [
        _result(name, timing, note if number == 0 else "")
        for number, (name, timing) in enumerate(timings.items())
    ]
    ratios = [
        Result(f"{ours} / {name}", median_ratio(timings[ours], timing), "times")
        for ours in ("udfc audit, templates loaded", "udfc audit, in the process")
        for name, timing in timings.items()
        if not name.startswith("udfc")
    ]
    return (*results, *ratios)


def build_peer(folder: Path) -> Path | None:
    """Compile the C program; None where there is no compiler or no libext2fs."""
    program = folder / "peer_ext2"
    command = ["gcc", "-O2", "-o", str(program), str(_PEER), "-lext2fs", "-lcom_err"]
    if shutil.which("gcc") is None or subprocess.run(command, check=False, capture_output=True).returncode:
        return None
    return program


def _audit(image: Path, templates: TemplateSet, store: Path) -> Walk:
    walk = walk_image(image, templates, cache=store)
    assert audit_walk(walk).counts == {}
    return walk


def _run_udfc(image: Path, store: Path) -> bytes:
    arguments = ["audit", "--root", "ext", "--cache", str(store), str(image)]
    return _run(sys.executable, "-c", _ENTRY, *arguments)


def _ask_tools(image: Path, script: Path) -> None:
    _run("dumpe2fs", str(image))
    _run("debugfs", "-f", str(script), str(image))


def _run(*command: str) -> bytes:
    return subprocess.run(command, cwd=_ROOT, capture_output=True, check=True).stdout


def _result(name: str, timing: Timing, note: str) -> Result:
    spread = timing.spread(1000, "ms")
    return Result(name, timing.median * 1000, "ms", note=f"{spread}; {note}" if note else spread)


def main() -> int:
    """Measure, print and keep."""
    if shutil.which("mke2fs") is None:
        print(f"{TITLE}: no mke2fs here (Debian's e2fsprogs), so there is no image")
        return 0
    pin_to_one_core()
    with tempfile.TemporaryDirectory() as directory:
        results = measure(find_image(), Path(directory) / "store", Path(directory))
    print_results(TITLE, results)
    write_results("walk_image", results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
