"""Captures that are written: read back by us and by tcpdump, under safe names, all or nothing."""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path

import pytest

from dpfc.capture import writer
from dpfc.capture.names import choose_name
from dpfc.capture.reader import open_capture, read_packets
from dpfc.capture.writer import CaptureWriter
from runtime.diagnostic import Refused
from tests.capture.forge import DATA, Forged, enhanced, forge_all, forge_pcap, interface, section


def _copy(forged: bytes, directory: Path, names: dict[int, str]) -> tuple[Path, ...]:
    copier = CaptureWriter(directory, names)
    for chunk in open_capture(io.BytesIO(forged)):
        for number in names:
            copier.write(number, chunk, range(len(chunk)))
    return copier.close()


@pytest.mark.parametrize("forged", tuple(forge_all()), ids=lambda forged: forged.name)
def test_packets_keep_everything(forged: Forged, tmp_path: Path) -> None:
    (path,) = _copy(forged.content, tmp_path, {1: "web"})
    assert path == tmp_path / "web.pcap"
    for copied, original in zip(read_packets(path), read_packets(io.BytesIO(forged.content)), strict=True):
        assert bytes(copied.data) == bytes(original.data)
        assert copied.wire_length == original.wire_length
        assert copied.timestamp_ns == original.timestamp_ns
        assert copied.link_type == original.link_type


@pytest.mark.skipif(not shutil.which("tcpdump"), reason="tcpdump is not installed")
def test_tcpdump_reads_it(tmp_path: Path) -> None:
    forged = forge_pcap(">", 0xA1B23C4D)
    (path,) = _copy(forged.content, tmp_path, {1: "web"})
    done = subprocess.run(["tcpdump", "-nn", "-r", path, "-w", "-"], capture_output=True, check=True)
    assert [bytes(packet.data) for packet in read_packets(io.BytesIO(done.stdout))] == list(DATA)


def test_selected_packets_only(tmp_path: Path) -> None:
    (chunk,) = open_capture(io.BytesIO(forge_pcap("<", 0xA1B2C3D4).content))
    with CaptureWriter(tmp_path, {1: "a", 2: "b", 3: "none"}) as copier:
        copier.write(1, chunk, [0, 3])
        copier.write(2, chunk, [])
        copier.write(2, chunk, [4])
    assert [bytes(packet.data) for packet in read_packets(tmp_path / "a.pcap")] == [DATA[0], DATA[3]]
    assert [bytes(packet.data) for packet in read_packets(tmp_path / "b.pcap")] == [DATA[4]]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.pcap", "b.pcap"]


def test_one_file_for_each_link_type(tmp_path: Path) -> None:
    content = section("<") + interface("<", 1) + interface("<", 113, snaplen=200_000)
    content += enhanced("<", b"ether") + enhanced("<", b"cooked", number=1) + enhanced("<", bytes(100_000))
    paths = _copy(content, tmp_path, {1: "web"})
    assert [path.name for path in paths] == ["web.link1.pcap", "web.link113.pcap"]
    assert [(p.link_type, len(p.data)) for p in read_packets(paths[0])] == [(1, 5), (1, 100_000)]
    assert [(p.link_type, bytes(p.data)) for p in read_packets(paths[1])] == [(113, b"cooked")]


def test_more_packets_than_are_held_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writer, "_MAX_PENDING_BYTES", 50)
    paths = _copy(forge_pcap("<", 0xA1B2C3D4).content, tmp_path, {1: "a", 2: "b"})
    for path in paths:
        assert [bytes(packet.data) for packet in read_packets(path)] == list(DATA)


def test_failed_run_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "web.pcap").write_text("from an earlier run")
    (chunk,) = open_capture(io.BytesIO(forge_pcap("<", 0xA1B2C3D4).content))

    def fail() -> None:
        with CaptureWriter(tmp_path, {1: "web"}) as copier:
            copier.write(1, chunk, [0])
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert [path.read_text() for path in tmp_path.iterdir()] == ["from an earlier run"]


def test_directory_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Refused) as caught:
        CaptureWriter(tmp_path / "file", {})
    assert caught.value.diagnostics[0].code == "CAP012"


def test_directory_disappears(tmp_path: Path) -> None:
    (chunk,) = open_capture(io.BytesIO(forge_pcap("<", 0xA1B2C3D4).content))
    copier = CaptureWriter(tmp_path / "out", {1: "web"})
    copier.write(1, chunk, [0])
    shutil.rmtree(tmp_path / "out")
    with pytest.raises(Refused) as caught:
        copier.close()
    assert caught.value.diagnostics[0].code == "CAP012"


@pytest.mark.parametrize(
    "wanted, expected",
    [
        ("web", "web.pcap"),
        ("conn[12]", "conn[12].pcap"),
        ("../../etc/passwd", "_.._.._etc_passwd.pcap"),
        ("..", "_...pcap"),
        (".hidden", "_.hidden.pcap"),
        ("-rf", "_-rf.pcap"),
        ("", "_.pcap"),
        ("a\0b\nc/d", "a_b_c_d.pcap"),
        ("\N{GREEK SMALL LETTER ALPHA}", "_.pcap"),
        ("x" * 300, "x" * 100 + ".pcap"),
    ],
)
def test_safe_names(wanted: str, expected: str) -> None:
    assert choose_name(wanted, ".pcap", set()) == expected


def test_names_do_not_collide() -> None:
    used: set[str] = set()
    names = [choose_name(name, ".pcap", used) for name in ("a/b", "a_b", "A_B", "a_b-2")]
    assert names == ["a_b.pcap", "a_b-2.pcap", "A_B-3.pcap", "a_b-2-2.pcap"]
