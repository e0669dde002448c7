"""The command as people and programs use it: outputs, exit statuses, wrong inputs."""

from __future__ import annotations

import csv
import gzip
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dpfc.capture.chunk import Chunk
from dpfc.capture.reader import Origin, open_capture, read_packets
from dpfc.capture.walker import Walkers
from dpfc.cli import main

ROOT = Path(__file__).parents[2]
WEB = str(ROOT / "examples" / "web.dpf")
SERVICES = str(ROOT / "examples" / "captures" / "services.pcap")


@pytest.fixture
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.getbasetemp() / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder


pytestmark = pytest.mark.usefixtures("cache")


def _write(folder: Path, text: str | bytes, name: str = "x.dpf") -> str:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return str(path)


def _read_table(text: str) -> dict[str, tuple[int, int]]:
    rows = list(csv.DictReader(io.StringIO(text)))
    return {row["filter"]: (int(row["packets"]), int(row["bytes"])) for row in rows}


@pytest.mark.parametrize("mode", ["--all", "--first", "--specific"])
def test_engines_and_formats_agree(mode: str, capsys: pytest.CaptureFixture[str]) -> None:
    tables = []
    for engine in ("native", "interpreter"):
        assert main(["run", WEB, "-r", SERVICES, mode, "--format", "csv", "--engine", engine]) == 0
        tables.append(_read_table(capsys.readouterr().out))
    assert tables[0] == tables[1]
    assert main(["run", WEB, "-r", SERVICES, mode, "--format", "json"]) == 0
    described = json.loads(capsys.readouterr().out)
    assert {row["name"]: (row["packets"], row["bytes"]) for row in described["filters"]} == {
        name: row for name, row in tables[0].items() if name
    }
    assert described["packets"] == sum(1 for _ in read_packets(SERVICES))
    assert main(["run", WEB, "-r", SERVICES, mode]) == 0
    assert f"{described['packets']:,}" in capsys.readouterr().out.splitlines()[-1]


def test_several_captures_are_added_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    packed = _write(tmp_path, gzip.compress(Path(SERVICES).read_bytes()), "services.pcap.gz")
    assert main(["run", WEB, "-r", SERVICES, "--format", "csv"]) == 0
    once = _read_table(capsys.readouterr().out)
    assert main(["run", WEB, "-r", SERVICES, packed, "--format", "csv"]) == 0
    twice = _read_table(capsys.readouterr().out)
    assert twice == {name: (2 * packets, 2 * size) for name, (packets, size) in once.items()}


def test_each_filter_gets_its_capture(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", WEB, "-r", SERVICES, "--format", "csv", "-w", str(tmp_path / "out")]) == 0
    for name, (packets, size) in _read_table(capsys.readouterr().out).items():
        if name and packets:
            written = list(read_packets(tmp_path / "out" / f"{name}.pcap"))
            assert (len(written), sum(packet.wire_length for packet in written)) == (packets, size)


def test_a_cut_capture_counts_as_far_as_it_goes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = Path(SERVICES).read_bytes()
    cut = _write(tmp_path, whole[: len(whole) // 2], "cut.pcap")
    assert main(["run", WEB, "-r", cut, "--format", "json"]) == 2
    captured = capsys.readouterr()
    assert "cut.pcap" in captured.err
    assert "packet" in captured.err
    assert "byte" in captured.err
    assert 0 < json.loads(captured.out)["packets"] < sum(1 for _ in read_packets(SERVICES))


def test_an_unreadable_capture_still_gives_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", WEB, "-r", "/nonexistent", SERVICES, "--format", "csv"]) == 2
    captured = capsys.readouterr()
    assert "CAP001" in captured.err
    assert _read_table(captured.out)["web"][0] > 0


def test_no_packets_still_give_a_row_for_each_filter(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", WEB, "-r", "/nonexistent", "--format", "csv"]) == 2
    assert _read_table(capsys.readouterr().out)["web"] == (0, 0)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("filter a { tcp.dport = 80 }", "DPF0"),
        ("filter a { nothing.field == 80 }", "DPF0"),
        ("filter a { 0:8 - 5 == 1 }", "CHK002"),
        ("filter a { shift 0:8 - 5; 0:8 == 1 }", "CHK002"),
        ("filter a { 10 / 0:8 == 1 }", "CHK004"),
        ("filter a { tcp.dport == 80 }\nfilter b { tcp.dport == 80 }", "DPF071"),
        ("filter a { tcp.dport == 80 }\nfilter b { tcp.sport == 80 }", "DPF072"),
        (b"filter a { tcp.dport == 80 }\xff", "DPF0"),
        (b"\0" * 100, "DPF0"),
        ("filter a { " + "(" * 5000 + "tcp" + ")" * 5000 + " }", "DPF0"),
        ("filter a { tcp.dport == 0x" + "f" * 5000 + " }", "DPF0"),
    ],
)
def test_a_refused_program(
    text: str | bytes, code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", _write(tmp_path, text)]) == 1
    error = capsys.readouterr().err
    assert f"[{code}" in error
    assert "x.dpf:" in error
    assert "Traceback" not in error
    assert main(["check", "--format", "json", _write(tmp_path, text)]) == 1
    (finding,) = json.loads(capsys.readouterr().out)
    assert not finding["accepted"]
    assert finding["diagnostics"][0]["code"].startswith(code)


def test_the_counterexample_faults_when_it_is_replayed(tmp_path: Path) -> None:
    program = _write(tmp_path, "filter a { 12:16 == 0x0800; shift 20:8 - 9; 0:8 == 7 }")
    saved = tmp_path / "bad.pcap"
    assert main(["check", program, "--save-counterexample", str(saved)]) == 1
    (packet,) = read_packets(saved)
    assert packet.data[12:14] == b"\x08\x00"
    assert packet.data[20] < 9


def test_guarded_arithmetic_is_accepted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", _write(tmp_path, "filter a { 20:8 >= 9; shift 20:8 - 9; 0:8 == 7 }")]) == 0
    assert "accepted" in capsys.readouterr().out


@pytest.mark.parametrize("emit", ["ast", "formula", "ir", "llvm", "asm", "dot"])
def test_stages_as_text(emit: str, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["compile", WEB, "--emit", emit, "-o", "-"]) == 0
    out, err = capfdbinary.readouterr()
    assert len(out) > 200
    assert err == b""


def test_ir_round_trips_through_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for emit in ("ir", "xir"):
        assert main(["compile", WEB, "--emit", emit, "-o", str(tmp_path / f"web.{emit}")]) == 0
        assert main(["check", str(tmp_path / f"web.{emit}")]) == 0
    texts = capsys.readouterr().out.splitlines()
    assert texts[0].split(": ")[2:] == texts[1].split(": ")[2:]


def test_an_object_file_is_elf(tmp_path: Path) -> None:
    assert main(["compile", WEB, "-o", str(tmp_path / "web.o")]) == 0
    assert (tmp_path / "web.o").read_bytes()[:4] == b"\x7fELF"


def test_instances_from_csv(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = _write(tmp_path, "filter port(number) { tcp.dport == number or tcp.sport == number }")
    rows = _write(tmp_path, "number\n80\n22\n", "ports.csv")
    assert main(["run", program, "--instances", f"port={rows}", "-r", SERVICES, "--format", "csv"]) == 0
    table = _read_table(capsys.readouterr().out)
    assert table["port[1]"][0] > 0
    assert table["port[2]"][0] > 0
    with pytest.raises(SystemExit) as usage:
        main(["run", program, "--instances", "port", "-r", SERVICES])
    assert usage.value.code == 2


@pytest.mark.parametrize(
    "arguments", [["run", "-", "-r", "-"], ["check", "-", "-"], ["run", WEB, "-r", "-", "-"]], ids=" ".join
)
def test_standard_input_is_read_only_once(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as usage:
        main(arguments)
    assert usage.value.code == 2
    assert "only once" in capsys.readouterr().err


def test_explain(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "dpf072"]) == 0
    assert "overlap" in capsys.readouterr().out
    assert main(["explain"]) == 0
    assert len(capsys.readouterr().out.splitlines()) > 60
    assert main(["explain", "XYZ001"]) == 2


def _start(*arguments: str, stdin: int | None = None) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "dpfc", *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_standard_input_is_a_capture_or_a_program() -> None:
    process = _start("run", WEB, "-r", "-", "--format", "json", stdin=subprocess.PIPE)
    out, err = process.communicate(Path(SERVICES).read_bytes())
    assert process.returncode == 0, err
    assert json.loads(out)["packets"] == sum(1 for _ in read_packets(SERVICES))
    process = _start("check", "-", stdin=subprocess.PIPE)
    out, err = process.communicate(b"filter a { oops }")
    assert process.returncode == 1
    assert b"<stdin>:1:12" in err


def test_an_interrupt_shows_what_was_counted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(origin: Origin, walkers: Walkers | None = None) -> Iterator[Chunk]:
        yield from open_capture(origin, walkers)
        raise KeyboardInterrupt

    monkeypatch.setattr("dpfc.count.open_capture", interrupted)
    assert main(["run", WEB, "-r", SERVICES, SERVICES, "--format", "json"]) == 130
    captured = capsys.readouterr()
    packets = sum(1 for _ in read_packets(SERVICES))
    assert json.loads(captured.out)["packets"] == packets
    assert f"interrupted after {packets:,} packets" in captured.err


def test_a_closed_pipe_is_no_error() -> None:
    with _start("explain") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.wait() == 0
        assert b"Traceback" not in process.stderr.read()


def test_heavy_libraries_are_not_loaded_for_the_version() -> None:
    text = "import sys, dpfc.cli\ntry: dpfc.cli.main(['--version'])\nexcept SystemExit: pass\n"
    text += "print(*sorted({'z3', 'llvmlite', 'capstone', 'lark', 'zstandard'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", text], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[1:] == [""]


def test_a_second_run_does_not_load_llvm(tmp_path: Path) -> None:
    text = "import sys, dpfc.cli\n"
    text += f"dpfc.cli.main(['run', {WEB!r}, '-r', {SERVICES!r}, '--cache', {str(tmp_path / 'cache')!r}])\n"
    text += "print(*sorted({'z3', 'llvmlite'} & set(sys.modules)))"
    command = [sys.executable, "-c", text]
    runs = [subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True) for _ in "12"]
    first, second = runs
    assert first.stdout.splitlines()[:-1] == second.stdout.splitlines()[:-1]
    assert "llvmlite" in first.stdout.splitlines()[-1]
    assert second.stdout.splitlines()[-1] == ""


@pytest.mark.parametrize(
    ("command", "status"),
    [
        ("check - <&-", 0),
        (f"check {WEB} >&-", 0),
        (f"run {WEB} -r {SERVICES} >&-", 0),
        ("check /nowhere 2>&-", 2),
    ],
)
def test_closed_standard_streams_are_empty_files(command: str, status: int) -> None:
    line = f"{sys.executable} -m dpfc {command}"
    done = subprocess.run(["/bin/sh", "-c", line], cwd=ROOT, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (status, b"")


@pytest.mark.parametrize("number", ["-1", "65536", "0x1", "\u0663"])
def test_a_link_type_has_sixteen_bits(number: str) -> None:
    with pytest.raises(SystemExit) as usage:
        main(["check", WEB, f"--link-type={number}"])
    assert usage.value.code == 2


def test_a_missing_instances_file_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", WEB, "--instances", "web=/nowhere"]) == 2
    assert "/nowhere" in capsys.readouterr().err


def test_the_refusal_is_shown_when_its_counterexample_cannot_be_saved(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program = _write(tmp_path, "filter a { 0:8 - 5 == 1 }")
    assert main(["check", program, "--format", "json", "--save-counterexample", str(tmp_path)]) == 2
    captured = capsys.readouterr()
    assert json.loads(captured.out)[0]["diagnostics"][0]["code"] == "CHK002"
    assert str(tmp_path) in captured.err
