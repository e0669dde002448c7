"""Programs see on a mount what they see on the host."""

from __future__ import annotations

from pathlib import Path

from tests.mount.exercise import list_tree, observe
from tests.mount.host import Maker, is_sound, mounted, needs_fuse
from vm.cli import main

pytestmark = needs_fuse


def test_programs_see_the_same(maker: Maker, tmp_path: Path) -> None:
    image, directory, host = maker.make(), tmp_path / "mount", tmp_path / "host"
    host.mkdir()
    with mounted(image, directory):
        expected = observe(host)
        for seen, wanted in zip(observe(directory), expected, strict=True):
            assert seen == wanted
        tree = list_tree(directory)
    assert is_sound(image)
    assert main(["cp", "-r", f"{image}:/", str(tmp_path / "out")]) == 0
    assert list_tree(tmp_path / "out") == tree == list_tree(host)
