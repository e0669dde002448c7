"""The command `udfc` as people and programs use it: outputs, exit statuses, wrong inputs."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from udfc.cli import COMMANDS, main
from udfc.language.find import list_shipped

ROOT = Path(__file__).parents[2]
POINTERS = str(ROOT / "examples" / "pointers.udf")

SMALL = """\
const FEW = 12

template inode(block_size: u32 in {512, 1024}, number: u32) : 64 bytes {
    layout { kind: u8; count: u8; file_size: u16le; direct: u32le[FEW]; indirect: u32le }
    unit block_size
    identity number
    partition direct[p in direct] { if direct[p] != 0 { own(direct[p], 1, data) } }
    partition indirect { if indirect != 0 { own(indirect, 1, more(block_size)) } }
    size { return file_size }
    method set(i: u32, block: u32) changes direct[i] gives own(block, 1, data) {
        require i < FEW and direct[i] == 0 and block != 0
        direct[i] = block
    }
}

template more(block_size: u32 in {512, 1024}) : up to 1024 bytes {
    layout { pointer: u32le[] }
    unit block_size
    partition pointer[p in 0..length / 4] { if pointer[p] != 0 { own(pointer[p], 1, like(7)) } }
    names { if length >= 8 and pointer[0] != 0 { name(4, 4, pointer[0]) } }
}
"""
"""Two templates without a root."""

LEAKY = """\
template leaky : 64 bytes {
    layout { pointer: u32le[16] }
    partition pointer[p in pointer] { if pointer[p] != 0 { own(pointer[p], 1, data) } }
    method steal(i: u32) changes pointer[i] {
        require i < 16
        pointer[i] = 0
    }
}
"""
"""A method that forgets to say what it takes."""


@pytest.fixture
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.getbasetemp() / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder


pytestmark = pytest.mark.usefixtures("cache")


@pytest.fixture
def small(tmp_path: Path) -> str:
    return _write(tmp_path, SMALL)


@pytest.fixture
def image(tmp_path: Path) -> str:
    """Return an image: at byte 64 an inode, at byte 1024 an indirect block."""
    disk = bytearray(4096)
    disk[64:128] = struct.pack("<BBH15I", 1, 2, 777, *range(100, 111), 0, 1, 0, 0)
    disk[1024:2048] = struct.pack("<256I", 5, *b"file\0\0", 9, *(0,) * 248)
    path = tmp_path / "disk.img"
    path.write_bytes(disk)
    return str(path)


def _write(folder: Path, text: str | bytes, name: str = "x.udf") -> str:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return str(path)


def _ask(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    assert main(["run", *arguments, "--format", "json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert isinstance(answer, dict)
    return answer


def test_an_accepted_file_gets_a_line(small: str, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):  # the second time, the finding is known
        assert main(["check", small, POINTERS]) == 0
        captured = capsys.readouterr()
        first, second = captured.out.splitlines()
        assert first.startswith(f"{small}: accepted: 2 templates, ")
        assert first.endswith(" theorems proved, 1 method proved")
        assert second.startswith(f"{POINTERS}: accepted: 1 template, ")
        assert captured.err == ""
    assert main(["check", small, "--format", "json", "--no-cache"]) == 0
    (finding,) = json.loads(capsys.readouterr().out)
    assert (finding["accepted"], finding["templates"], finding["methods"]) == (True, ["inode", "more"], 1)
    assert finding["theorems"]["proved"] > 20
    assert finding["tested_methods"] == []


@pytest.mark.parametrize("shipped", list_shipped())
def test_shipped_templates_have_names(shipped: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compile", shipped, "--emit", "ast", "-o", "-"]) == 0
    assert "template " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("template a : 8 bytes { partition }", "UDF003"),
        ("template a : 8 bytes { partition p { own(x, 1, data) } }", "UDF0"),
        ("import nothing_of_the_kind", "UDF005"),
        (b"template\xff", "UDF002"),
        (b"\0" * 100, "UDF003"),
        ("const A = " + "(" * 5000, "UDF007"),
        ("const A = 0x" + "f" * 5000, "UDF004"),
        ("template a : 8 bytes { layout { x: u8 }\npartition p { own(10 - x, 1, data) } }", "CHK002"),
        ("template a : 8 bytes { layout { x: u8 }\npartition p { own(x, 1, data) } }", "TPL011"),
        (LEAKY, "TPL03"),
    ],
)
def test_a_refused_file(
    text: str | bytes, code: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", _write(tmp_path, text)]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert f"[{code}" in captured.err
    assert "x.udf:" in captured.err
    assert "Traceback" not in captured.err
    assert main(["check", "--format", "json", _write(tmp_path, text)]) == 1
    (finding,) = json.loads(capsys.readouterr().out)
    assert not finding["accepted"]
    assert finding["diagnostics"][0]["code"].startswith(code)


def test_the_refusal_shows_the_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", _write(tmp_path, LEAKY)]) == 1
    error = capsys.readouterr().err
    assert "with `i` = " in error
    assert "pointer[" in error
    assert "^" in error


def test_the_counterexample_faults_when_it_is_replayed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    program, saved = _write(tmp_path, LEAKY), tmp_path / "fault.json"
    assert main(["check", program, "--save-counterexample", str(saved)]) == 1
    assert str(saved) in capsys.readouterr().err
    assert main(["run", program, "--counterexample", str(saved)]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("theorem: ")
    assert "leaky" in shown
    assert "nothing that is forbidden happens" not in shown
    mended = _write(
        tmp_path,
        LEAKY.replace(
            "changes pointer[i]", "changes pointer[i] takes own(pointer[i], 1, data) if pointer[i] != 0"
        ),
        "good.udf",
    )
    assert main(["check", mended]) == 0
    assert main(["run", mended, "--counterexample", str(saved)]) == 0
    assert "nothing that is forbidden happens" in capsys.readouterr().out


def test_what_is_no_counterexample_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for content in (b"", b"{}", b"\xff\xfe", b"[" * 100_000):
        assert main(["run", POINTERS, "--counterexample", _write(tmp_path, content, "bad.json")]) == 1
        assert "TPL050" in capsys.readouterr().err
    assert main(["run", POINTERS, "--counterexample", "/nowhere"]) == 2


def test_a_refusal_without_counterexample_saves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved = tmp_path / "fault.json"
    program = _write(tmp_path, "const A")
    assert main(["check", program, "--save-counterexample", str(saved)]) == 1
    assert "has no counterexample" in capsys.readouterr().err
    assert not saved.exists()
    assert main(["check", _write(tmp_path, LEAKY), "--save-counterexample", str(tmp_path)]) == 2


def test_theorems_are_listed(small: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["prove", small, "--says"]) == 0
    text = capsys.readouterr().out
    assert "read sets disjoint" in text
    assert "set: owned after = before + gives - takes" in text
    assert text.splitlines()[-1].split()[1] == "theorems:"
    assert main(["prove", small, "--format", "json", "--template", "more"]) == 0
    theorems = json.loads(capsys.readouterr().out)["theorems"]
    assert {theorem["template"] for theorem in theorems} == {"more"}
    assert {theorem["status"] for theorem in theorems} == {"proved"}


def test_refuted_theorems_are_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = _write(tmp_path, LEAKY)
    assert main(["prove", program]) == 1
    captured = capsys.readouterr()
    assert "refuted" in captured.out
    assert "TPL03" in captured.err
    assert main(["prove", program, "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert "refuted" in {theorem["status"] for theorem in found["theorems"]}
    assert found["diagnostics"][0]["code"].startswith("TPL03")


@pytest.mark.parametrize("emit", ["ast", "ir", "llvm", "asm"])
def test_stages_as_text(emit: str, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["compile", POINTERS, "--emit", emit, "-o", "-"]) == 0
    out, err = capfdbinary.readouterr()
    assert len(out) > 200
    assert err == b""


def test_the_syntax_is_a_program(small: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    again = str(tmp_path / "again.udf")
    assert main(["compile", small, "--emit", "ast", "-o", again]) == 0
    texts = []
    for name in (small, again):
        assert main(["compile", name, "--emit", "ir", "-o", "-"]) == 0
        texts.append([line for line in capsys.readouterr().out.splitlines() if "require" not in line])
    assert texts[0] == texts[1]
    assert len(texts[0]) > 50


def test_the_download_form_is_checked_alike(
    small: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    form = str(tmp_path / "x.xut")
    assert main(["compile", small, "-o", form]) == 0
    assert main(["check", small, form]) == 0
    texts = capsys.readouterr().out.splitlines()
    assert texts[0].split(": ")[1:] == texts[1].split(": ")[1:]
    _write(tmp_path, Path(form).read_bytes()[:-5], "cut.xut")
    assert main(["check", str(tmp_path / "cut.xut")]) == 1
    assert "TPL08" in capsys.readouterr().err


def test_an_object_file_is_elf(small: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "x.o"
    command = ["compile", f"{small}:inode", "--emit", "obj", "-o", str(out), "--function"]
    assert main([*command, "method set"]) == 0
    assert out.read_bytes()[:4] == b"\x7fELF"
    assert main([*command, "nothing"]) == 2
    assert "method set" in capsys.readouterr().err


@pytest.mark.parametrize("engine", ["native", "interpreter"])
def test_an_object_is_asked(engine: str, small: str, image: str, capsys: pytest.CaptureFixture[str]) -> None:
    place = ["--image", image, "--at-byte", "64", "--arguments", "number=7", "block_size=512"]
    answer = _ask(capsys, f"{small}:inode", *place, "--engine", engine)
    owned = answer["owns"]
    assert isinstance(owned, list)
    direct = {"mode": "own", "template": "data", "count": 1, "arguments": []}
    assert owned[:11] == [{"partition": p, **direct, "start": 100 + p} for p in range(11)]
    assert owned[11:] == [
        {"partition": 12, "mode": "own", "template": "more", "start": 1, "count": 1, "arguments": [512]}
    ]
    assert [answer[key] for key in ("size", "identity", "unit", "partitions", "length", "engine")] == [
        *(777, 7, 512, 13, 64),
        engine,
    ]


def test_one_partition_is_asked(small: str, image: str, capsys: pytest.CaptureFixture[str]) -> None:
    place = ["--image", image, "--at-byte", "0x40", "--arguments", "number=7", "block_size=512"]
    answer = _ask(capsys, f"{small}:inode", *place, "--partition", "3")
    assert [owned["start"] for owned in answer["owns"]] == [103]  # type: ignore[attr-defined]
    assert _ask(capsys, f"{small}:inode", *place, "--partition", "1000")["owns"] == []


def test_places_count_in_units(small: str, image: str, capsys: pytest.CaptureFixture[str]) -> None:
    by_block = _ask(capsys, f"{small}:more", "--image", image, "--at", "2", "--arguments", "block_size=512")
    assert (by_block["byte"], by_block["length"]) == (1024, 512)
    assert by_block["names"] == [[4, 4, 5, "f\0\0\0"]]
    first = by_block["owns"][0]  # type: ignore[index]
    assert (first["mode"], first["template"], first["arguments"]) == ("like", "", [7])
    place = ["--image", image, "--at", "1", "--arguments", "block_size=1024"]
    assert _ask(capsys, f"{small}:more", *place)["length"] == 1024
    assert _ask(capsys, f"{small}:more", *place, "--length", "8")["partitions"] == 2


def test_an_object_as_text(small: str, image: str, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--arguments", "number=7", "block_size=512"]
    assert main(["run", f"{small}:inode", "--image", image, "--at-byte", "64", *arguments]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"inode at bytes 64..127 of {image}: 13 partitions, unit 512 bytes"
    assert lines[1:3] == ["identity 7", "size 777 bytes"]
    assert lines[3] == "partition 0: blocks 100: data"
    assert lines[-1] == "partition 12: blocks 1: more(512)"
    assert main(["run", f"{small}:inode", "--image", image, "--at-byte", "2048", *arguments]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "owns nothing"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["x.udf:inode", "--at-byte", "64"], "needs a value for `block_size`, `number`"),
        (["x.udf:inode", "--at-byte", "64", "--arguments", "wrong=1"], "has no parameter `wrong`"),
        (
            ["x.udf:inode", "--at-byte", "64", "--arguments", "number=1", "block_size=513"],
            "`block_size` = 513 is not allowed",
        ),
        (
            ["x.udf:inode", "--at-byte", "4090", "--arguments", "number=1", "block_size=512"],
            "not in the image",
        ),
        (["x.udf:inode", "--arguments", "number=1", "block_size=512"], "say where it is"),
        (
            ["x.udf:inode", "--at", "0", "--length", "63", "--arguments", "number=1", "block_size=512"],
            "exactly 64 bytes",
        ),
        (
            ["x.udf:more", "--at", "0", "--length", "1025", "--arguments", "block_size=512"],
            "at most 1024 bytes",
        ),
        (["x.udf:nothing", "--at", "0"], "inode, more"),
        (["x.udf", "--at", "0"], "has 2 templates; say which one"),
        (["x.udf:more", "--at", "0", "--image", "/nowhere"], "/nowhere"),
        (["x.udf:more", "--at", "0", "--image", "."], "directory"),
        (["/nowhere.udf", "--at", "0"], "/nowhere.udf"),
        (["nothing_shipped", "--at", "0"], "not shipped"),
    ],
)
def test_what_cannot_be_asked(
    arguments: list[str],
    says: str,
    small: str,
    image: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(Path(small).parent)
    if "x.udf:more" in arguments and "--arguments" not in arguments:
        arguments = [*arguments, "--arguments", "block_size=512"]
    assert main(["run", *arguments[:1], "--image", image, *arguments[1:]]) == 2
    captured = capsys.readouterr()
    assert says in captured.err
    assert captured.out == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "x", "--at", "-1"],
        ["run", "x", "--at", "1e3"],
        ["run", "x", "--at", "0x"],
        ["run", "x", "--at", str(1 << 64)],
        ["run", "x", "--at", "9" * 5000],
        ["run", "x", "--at", "1", "--at-byte", "1"],
        ["run", "x", "--arguments", "block_size"],
        ["run", "x", "--arguments", "block size=1"],
        ["compile", "x", "-o", "-", "--emit", "dot"],
        ["nothing"],
        [],
    ],
    ids=lambda arguments: " ".join(arguments)[:40],
)
def test_usage(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as usage:
        main(arguments)
    assert usage.value.code == 2


def test_an_image_is_needed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", POINTERS]) == 2
    assert "--image" in capsys.readouterr().err


def test_standard_input_is_a_file() -> None:
    command = [sys.executable, "-m", "udfc", "check", "-"]
    done = subprocess.run(
        command, cwd=ROOT, input=b"template a : 8 bytes { oops }", capture_output=True, check=False
    )
    assert done.returncode == 1
    assert b"<stdin>:1:24" in done.stderr


def test_standard_input_is_read_only_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "-", "-"]) == 2
    assert "only once" in capsys.readouterr().err


def test_a_missing_file_does_not_keep_the_next_from_being_checked(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "/nowhere.udf", POINTERS]) == 2
    captured = capsys.readouterr()
    assert "/nowhere.udf" in captured.err
    assert "accepted" in captured.out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as usage:
        main([command, "--help"])
    assert usage.value.code == 0
    assert "udfc" in capsys.readouterr().out


def test_explain(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "udf007"]) == 0
    assert "64 deep" in capsys.readouterr().out
    assert main(["explain"]) == 0
    codes = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert {"UDF003", "TPL010", "CHK002", "IMG001"} <= set(codes)
    assert main(["explain", "XYZ001"]) == 2


def test_heavy_libraries_are_not_loaded_for_the_version() -> None:
    text = "import sys, udfc.cli\ntry: udfc.cli.main(['--version'])\nexcept SystemExit: pass\n"
    text += "print(*sorted({'z3', 'llvmlite', 'capstone', 'lark', 'numpy'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", text], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[1:] == [""]


def _check_loading(name: str, cache: Path) -> tuple[str, set[str]]:
    """Check a file in a new process; return what it prints, and the heavy libraries that it needed."""
    text = "import sys, udfc.cli\n"
    text += f"udfc.cli.main(['check', {name!r}, '--cache', {str(cache)!r}])\n"
    text += "print(*sorted({'z3', 'numpy', 'llvmlite', 'lark'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", text], cwd=ROOT, capture_output=True, text=True, check=True)
    *lines, libraries = done.stdout.splitlines()
    return "\n".join(lines), set(libraries.split())


def test_a_second_check_loads_neither_parser_nor_prover(small: str, tmp_path: Path) -> None:
    (first, needed), (second, needed_again) = (_check_loading(small, tmp_path / "cache") for _ in "12")
    assert first == second
    assert {"z3", "lark"} <= needed
    assert needed_again == set()


def test_a_change_of_what_is_imported_is_seen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = _write(tmp_path, "import base\n" + SMALL.replace("const FEW = 12", ""), "top.udf")
    _write(tmp_path, "const FEW = 12", "base.udf")
    for _ in range(2):
        assert main(["check", program]) == 0
    _write(tmp_path, "const FEW = 16", "base.udf")
    assert main(["check", program]) == 1
    _write(tmp_path, "const FEW = 12", "base.udf")
    assert main(["check", program]) == 0
    (tmp_path / "base.udf").unlink()
    assert main(["check", program]) == 1
    assert "UDF005" in capsys.readouterr().err


def test_a_file_that_hides_a_shipped_one_is_seen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = _write(tmp_path, "import list\nconst HIDDEN = 1", "top.udf")
    for _ in range(2):
        assert main(["check", program]) == 0
    _write(tmp_path, "const HIDDEN = 2", "list.udf")
    assert main(["check", program]) == 1
    assert "HIDDEN" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "status"),
    [("check - <&-", 0), (f"check {POINTERS} >&-", 0), ("check /nowhere.udf 2>&-", 2)],
)
def test_closed_standard_streams_are_empty_files(command: str, status: int) -> None:
    line = f"{sys.executable} -m udfc {command}"
    done = subprocess.run(["/bin/sh", "-c", line], cwd=ROOT, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (status, b"")
