"""Source trees: the same everywhere, with the sizes of real ones."""

from __future__ import annotations

import hashlib
import zlib
from pathlib import Path
from statistics import median

from vm.workload.source_tree import generate_tree, read_tree


def test_a_generated_tree_is_the_same_everywhere() -> None:
    tree = generate_tree(files=40)
    digest = hashlib.sha256(repr(tree).encode()).hexdigest()
    assert digest == "4e40c2c2ce0176b9314c225d8a3faf75ef6dd9bf1ab4d16fc4a30fdce760f323"
    assert generate_tree(files=40, seed=2) != tree


def test_it_has_the_sizes_of_sources() -> None:
    tree = generate_tree()
    sizes = [len(data) for _, data in tree.files]
    assert 3_500_000 < tree.size < 5_000_000
    assert 4_000 < median(sizes) < 5_000
    whole = b"".join(data for _, data in tree.files)
    assert 3 < len(whole) / len(zlib.compress(whole)) < 6


def test_directories_come_before_what_is_in_them() -> None:
    tree = generate_tree(files=200)
    seen = {""}
    for directory in tree.directories:
        assert directory.rpartition("/")[0] in seen
        seen.add(directory)
    assert {path.rpartition("/")[0] for path, _ in tree.files} <= seen


def test_a_directory_of_the_host_is_read(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "c").write_bytes(b"text")
    (tmp_path / "a").write_bytes(b"other")
    (tmp_path / "large").write_bytes(bytes(100))
    (tmp_path / "link").symlink_to("a")
    tree = read_tree(tmp_path, limit=20)
    assert tree.directories == ("b",)
    assert tree.files == (("a", b"other"), ("b/c", b"text"))
