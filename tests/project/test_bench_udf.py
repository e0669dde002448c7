"""`make bench-udf` measures what it says: the contenders answer alike, or are not timed."""

from __future__ import annotations

import shutil
from random import Random

import pytest

from bench import udf_owns
from runtime.load.native import native_available

needs_compiler = pytest.mark.skipif(
    not native_available() or shutil.which("cc") is None, reason="needs an x86-64 host and a C compiler"
)


@needs_compiler
def test_every_contender_is_measured_and_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(udf_owns, "_ROUNDS", 1)
    monkeypatch.setattr(udf_owns, "_REPEATS", 1)
    monkeypatch.setattr(udf_owns, "_BLOCKS", 2)
    results = {result.name: result for result in udf_owns.measure()}
    for pattern in ("all set", "half set", "few set", "first 100 set", "none set"):
        for other in ("C -O2", "C -O2, any range"):
            ratio = results[f"{pattern}: native / {other}"]
            assert ratio.goal == (1.1 if pattern in udf_owns._JUDGED else None)
            assert ratio.measured > 0
    for name in ("one pointer: native", "half set: interpreter", "half set: struct.unpack"):
        assert results[name].measured > 0


@needs_compiler
def test_contenders_that_disagree_are_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    library = udf_owns.compile_library(udf_owns._SOURCE, "-O2")
    assert not isinstance(library, str)
    codes = udf_owns._load_codes(library, udf_owns.compile_templates("cffs")["cffs_data_single"])
    blocks = udf_owns._make_blocks(lambda random, place: True)[:4096]
    names = ("native", "owns_whole", "owns_range")
    udf_owns._check(codes, names, blocks, 0, 1024)
    with pytest.raises(AssertionError, match="disagree"):
        udf_owns._check(codes, names, blocks, 0, 1023)


def test_blocks_are_as_the_patterns_say() -> None:
    few = udf_owns._make_blocks(udf_owns._PATTERNS["first 100 set"])
    first = few[:4096]
    assert [any(first[at : at + 4]) for at in range(0, 4096, 4)] == [place < 100 for place in range(1024)]
    assert not any(udf_owns._make_blocks(udf_owns._PATTERNS["none set"]))
    assert isinstance(udf_owns._PATTERNS["half set"](Random(1), 0), bool)
