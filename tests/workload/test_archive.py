"""Our archives against Python's tarfile, both ways."""

from __future__ import annotations

import io
import tarfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vm.workload.archive import UNIT, Cutter, Member, decode_member, encode_end, encode_member
from vm.workload.source_tree import generate_tree

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=30)
PATHS = st.lists(NAMES, min_size=1, max_size=6).map("/".join)


def encode(members: list[tuple[Member, bytes]]) -> bytes:
    data = b"".join(encode_member(member) + text + bytes(member.padding) for member, text in members)
    return data + encode_end(len(data))


def test_tarfile_reads_what_we_write() -> None:
    tree = generate_tree(files=30)
    members = [(Member(path, "directory"), b"") for path in tree.directories]
    members += [(Member(path, "file", len(data)), data) for path, data in tree.files]
    archive = encode(members)
    assert len(archive) % 10_240 == 0
    with tarfile.open(fileobj=io.BytesIO(archive)) as found:
        assert [each.name for each in found if each.isdir()] == list(tree.directories)
        files = [each for each in found if each.isreg()]
        assert [each.name for each in files] == [path for path, _ in tree.files]
        for each, (_, data) in zip(files, tree.files, strict=True):
            opened = found.extractfile(each)
            assert opened is not None
            assert opened.read() == data


def test_we_read_what_tarfile_writes() -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        folder = tarfile.TarInfo("a" * 90)
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        file = tarfile.TarInfo(f"{'a' * 90}/{'b' * 60}")
        file.size = 700
        archive.addfile(file, io.BytesIO(b"x" * 700))
    data = stream.getvalue()
    assert decode_member(data[:UNIT]) == Member("a" * 90, "directory")
    assert decode_member(data[UNIT : 2 * UNIT]) == Member(f"{'a' * 90}/{'b' * 60}", "file", 700)
    assert decode_member(data[4 * UNIT : 5 * UNIT]) is None


@given(path=PATHS, size=st.integers(0, 8**11 - 1))
def test_members_round_trip(path: str, size: int) -> None:
    member = Member(path, "file", size)
    try:
        header = encode_member(member)
    except ValueError:
        assert len(path.encode()) > 100
        return
    assert len(header) == UNIT
    assert decode_member(header) == member


@pytest.mark.parametrize("at", (0, 124, 148, 156, 300))
def test_a_damaged_header_is_refused(at: int) -> None:
    header = bytearray(encode_member(Member("path", "file", 12)))
    header[at] ^= 1
    with pytest.raises(ValueError, match="archive"):
        decode_member(bytes(header))


def test_other_kinds_are_refused() -> None:
    link = tarfile.TarInfo("link")
    link.type = tarfile.SYMTYPE
    with pytest.raises(ValueError, match="kind"):
        decode_member(link.tobuf(tarfile.USTAR_FORMAT))


@given(data=st.binary(max_size=200), cuts=st.lists(st.integers(0, 40), max_size=8), step=st.integers(1, 30))
def test_a_cutter_loses_nothing(data: bytes, cuts: list[int], step: int) -> None:
    pieces = iter([data[at : at + step] for at in range(0, len(data), step)])
    cutter = Cutter(lambda: next(pieces, b""))
    at = 0
    for cut in cuts:
        assert cutter.take(cut) == data[at : at + cut]
        at += cut
    assert cutter.take(1000) == data[at:]
