"""Opening images: packed, cut off, bombs, and what is no image; nothing is ever written."""

from __future__ import annotations

import gzip
import lzma
import os
from pathlib import Path

import pytest
import zstandard

from runtime.diagnostic import Refused
from udfc.image.source import open_image

MOST = 1 << 24


def _zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=19, write_checksum=True).compress(data)


PACKERS = {"gzip": gzip.compress, "xz": lzma.compress, "zstd": _zstd}

CONTENT = bytes(3 << 20) + os.urandom(3000) + bytes(1 << 20) + b"end"


def _code(path: Path, most: int = MOST) -> str:
    with pytest.raises(Refused) as refusal:
        open_image(path, most)
    (diagnostic,) = refusal.value.diagnostics
    assert str(path) in diagnostic.render()
    return diagnostic.code


def _write(folder: Path, data: bytes) -> Path:
    path = folder / "image"
    path.write_bytes(data)
    return path


def test_raw_images_are_mapped_read_only(tmp_path: Path) -> None:
    image = open_image(_write(tmp_path, CONTENT), MOST)
    assert bytes(image.view) == CONTENT
    assert image.size == len(CONTENT)
    assert image.view.readonly


@pytest.mark.parametrize("packing", PACKERS)
def test_packed_images(packing: str, tmp_path: Path) -> None:
    image = open_image(_write(tmp_path, PACKERS[packing](CONTENT)), MOST)
    assert bytes(image.view) == CONTENT
    assert image.view.readonly


@pytest.mark.parametrize("packing", PACKERS)
def test_packed_in_pieces(packing: str, tmp_path: Path) -> None:
    pack = PACKERS[packing]
    image = open_image(_write(tmp_path, pack(b"one") + pack(b"") + pack(b"two" * 100_000)), MOST)
    assert bytes(image.view) == b"one" + b"two" * 100_000


@pytest.mark.parametrize("packing", PACKERS)
def test_damaged_packing(packing: str, tmp_path: Path) -> None:
    packed = PACKERS[packing](CONTENT)
    for end in (8, 20, len(packed) // 2, len(packed) - 5):
        assert _code(_write(tmp_path, packed[:end])) == "IMG003"
    broken = bytearray(packed)
    broken[len(packed) // 2] ^= 0x55
    broken[len(packed) // 2 + 1] ^= 0x55
    assert _code(_write(tmp_path, bytes(broken))) == "IMG003"


@pytest.mark.parametrize("packing", PACKERS)
def test_bombs(packing: str, tmp_path: Path) -> None:
    assert _code(_write(tmp_path, PACKERS[packing](bytes(40 << 20)))) == "IMG004"


@pytest.mark.parametrize("packing", PACKERS)
def test_nothing_packed(packing: str, tmp_path: Path) -> None:
    assert _code(_write(tmp_path, PACKERS[packing](b""))) == "IMG002"


def test_what_is_no_image(tmp_path: Path) -> None:
    assert _code(_write(tmp_path, b"")) == "IMG002"
    assert _code(tmp_path) == "IMG001"
    assert _code(tmp_path / "missing") == "IMG001"
    os.mkfifo(tmp_path / "pipe")
    assert _code(tmp_path / "pipe") == "IMG001"
    assert _code(Path("/dev/null")) == "IMG001"
    assert _code(Path("x" * 5000)) == "IMG001"
    (tmp_path / "loop").symlink_to("loop")
    assert _code(tmp_path / "loop") == "IMG001"
