"""A source tree, copied onto a mount, compiled there, run, packed, and compared with the same on the host."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.mount.exercise import list_tree
from tests.mount.host import ROOT, Maker, is_sound, mounted, needs_fuse
from vm.cli import main

TOOLS = [tool for tool in ("gcc", "make", "tar", "diff") if shutil.which(tool) is None]
pytestmark = [needs_fuse, pytest.mark.skipif(bool(TOOLS), reason=f"no {', '.join(TOOLS)} on this host")]

MAKEFILE = """\
CFLAGS = -O1 -Iinclude
OBJECTS = $(patsubst src/%.c,build/%.o,$(wildcard src/*.c))
build/program: $(OBJECTS)
\tgcc -o $@ $^
build/%.o: src/%.c include/all.h
\t@mkdir -p build
\tgcc $(CFLAGS) -c -o $@ $<
clean:
\trm -rf build
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A C project of a few files, and some of this repository's own."""
    project = tmp_path_factory.mktemp("source") / "project"
    for folder in ("src", "include", "doc"):
        (project / folder).mkdir(parents=True)
    names = [f"part{number}" for number in range(6)]
    (project / "Makefile").write_text(MAKEFILE)
    (project / "include" / "all.h").write_text("".join(f"int {name}(int);\n" for name in names))
    for number, name in enumerate(names):
        text = f"#include <all.h>\nint {name}(int x) {{ return x * {number + 2} + {number}; }}\n"
        (project / "src" / f"{name}.c").write_text(text)
    calls = " + ".join(f"{name}(argc)" for name in names)
    body = f'{{ printf("%d\\n", {calls}); }}'
    main = f"#include <stdio.h>\n#include <all.h>\nint main(int argc, char **argv) {body}\n"
    (project / "src" / "main.c").write_text(main)
    for path in sorted((ROOT / "docs").glob("*.md")):
        shutil.copy2(path, project / "doc")
    (project / "doc" / "latest").symlink_to("../Makefile")
    os.link(project / "Makefile", project / "GNUmakefile")
    return project


def _do(*command: object, at: Path) -> str:
    """Run a program; `make` does not know of the `make` that runs these tests."""
    ours = {
        name: text for name, text in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")
    }
    done = subprocess.run(
        [str(word) for word in command], cwd=at, env=ours, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_source_tree_is_compiled(maker: Maker, source: Path, tmp_path: Path) -> None:
    image, mount, host = maker.make(), tmp_path / "mount", tmp_path / "host"
    host.mkdir()
    assert main(["cp", "-r", str(source), f"{image}:/"]) == 0  # half of the way by `xok cp`
    with mounted(image, mount):
        assert list_tree(mount / "project") == list_tree(source)
        for place in (mount, host):
            _do("cp", "-a", source, place / "again", at=place)
            said = _do("make", at=place / "again")
            assert "Clock skew" not in said
            assert _do("./build/program", at=place / "again") == "42\n"
            assert _do("make", at=place / "again") == "make: 'build/program' is up to date.\n"
            _do("tar", "--sort=name", "--mtime=@0", "-czf", "packed.tar.gz", "again", at=place)
            _do("mkdir", "unpacked", at=place)
            _do("tar", "-xzf", "../packed.tar.gz", at=place / "unpacked")
            _do("diff", "-r", "again", "unpacked/again", at=place)
        _do("diff", "-r", host, mount, "--exclude=project", "--exclude=packed.tar.gz", at=tmp_path)
        _do("make", "clean", at=mount / "again")
        assert not (mount / "again" / "build").exists()
        _do("rm", "-r", "project", "unpacked", at=mount)
    assert is_sound(image)
    assert main(["cp", "-r", f"{image}:/again", str(tmp_path / "out")]) == 0
    assert list_tree(tmp_path / "out") == list_tree(source)
