"""Workloads are read as ACE means them, and whatever else is given is refused with a code and a place."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.diagnostic import Refused
from runtime.source import Source
from tests.crash.ace import SHARED, list_files, read_file
from vm.crash import limits
from vm.crash.codes import WORKLOAD_CODES
from vm.crash.operation import VERBS, Allocate, Checkpoint, Close, Fsync, MakeDirectory, Open, OpenDirectory
from vm.crash.parse import decode_workload, parse_workload
from vm.crash.write import write_workload

HEAD = "# define\ntest\nA\nA/C\nfoo\nA/C/foo\n\n# declare\nlocal_checkpoint\n\n# setup\n\n# run\n"


@pytest.mark.parametrize("path", list_files(), ids=lambda path: path.name)
def test_ace_files_are_read_and_written_alike(path: Path) -> None:
    def lines(text: str) -> list[str]:
        return [line for line in text.splitlines() if line]

    assert lines(write_workload(read_file(path))) == lines(path.read_text())


@pytest.mark.skipif(not SHARED.is_dir(), reason="only the shipped workloads are here")
def test_all_218_are_there() -> None:
    assert len(list_files()) == 218


def test_an_ace_file_means_what_it_says() -> None:
    workload = parse_workload(
        Source(
            "w",
            HEAD + "mkdir AC 0777\nopen ACfoo O_RDWR|O_CREAT 0777\nopendir test 0777\n"
            "falloc ACfoo FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE 30768 5000\nfdatasync ACfoo\n"
            "checkpoint 1\nclose ACfoo\n",
        )
    )
    assert workload.paths == ("A", "A/C", "foo", "A/C/foo")
    assert workload.run == (
        MakeDirectory("A/C"),
        Open("A/C/foo", create=True, truncate=False),
        OpenDirectory(""),
        Allocate("A/C/foo", zero=True, punch=False, keep_size=True, offset=30768, length=5000),
        Fsync("A/C/foo", data_only=True),
        Checkpoint(1),
        Close("A/C/foo"),
    )


REFUSED = {
    "control character": ("mkdir A\0 0777", "ACE001", 14),
    "second run": ("# run", "ACE002", 14),
    "unknown section": ("# check", "ACE002", 14),
    "unknown verb": ("mkdri A 0777", "ACE003", 14),
    "bar as a verb": ("| A", "ACE003", 14),
    "missing operand": ("mkdir A", "ACE004", 14),
    "extra operand": ("sync A", "ACE004", 14),
    "no number": ("truncate foo -1", "ACE004", 14),
    "digits of elsewhere": ("truncate foo \u0661", "ACE004", 14),
    "no mode": ("mkdir A 0888", "ACE004", 14),
    "no flag": ("open foo O_RDWR|O_MAGIC 0777", "ACE004", 14),
    "empty flag": ("open foo O_RDWR| 0777", "ACE004", 14),
    "path with slashes": ("mkdir A/C 0777", "ACE005", 14),
    "undefined path": ("mkdir B 0777", "ACE005", 14),
    "too long a file": ("write foo 4194304 1", "ACE007", 14),
    "astronomic number": ("truncate foo 99999999999999999999", "ACE004", 14),
}


@pytest.mark.parametrize("line, code, number", REFUSED.values(), ids=REFUSED)
def test_bad_lines_are_refused_with_their_place(line: str, code: str, number: int) -> None:
    with pytest.raises(Refused) as refused:
        parse_workload(Source("bad.ace", HEAD + line + "\n"))
    assert refused.value.diagnostics[0].render().startswith(f"bad.ace:{number}:")
    assert refused.value.diagnostics[0].code == code


PATHS = {
    "absolute": ("/A", "ACE006"),
    "double slash": ("A//C", "ACE006"),
    "upwards": ("A/../B", "ACE006"),
    "two on a line": ("A B", "ACE006"),
    "twice": ("A\nA", "ACE006"),
    "ambiguous": ("A/C\nAC", "ACE006"),
    "called as the root": ("te/st", "ACE006"),
    "long name": ("a" * 121, "ACE007"),
    "deep": ("/".join("a" * 17), "ACE007"),
}


@pytest.mark.parametrize("lines, code", PATHS.values(), ids=PATHS)
def test_bad_paths_are_refused(lines: str, code: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_workload(Source("bad.ace", f"# define\n{lines}\n"))
    assert refused.value.diagnostics[0].code == code


def test_sizes_are_limited() -> None:
    for text, code in (
        ("\n" * (limits.MAX_TEXT_BYTES + 1), "ACE001"),
        (HEAD + "sync\n" * (limits.MAX_OPERATIONS + 1), "ACE007"),
        ("# define\n" + "".join(f"f{n}\n" for n in range(limits.MAX_PATHS + 1)), "ACE007"),
        ("mkdir A 0777\n", "ACE002"),
    ):
        with pytest.raises(Refused) as refused:
            parse_workload(Source("bad.ace", text))
        assert refused.value.diagnostics[0].code == code
    with pytest.raises(Refused):
        decode_workload("image", b"\xff\xfe\x00")


@given(
    st.text(alphabet=st.sampled_from("#|AC foo/019\ndefinerunmkdwtclosy_O\0é"), max_size=200), st.booleans()
)
def test_any_text_is_read_or_refused(text: str, behind_the_head: bool) -> None:
    try:
        workload = parse_workload(Source("any", HEAD * behind_the_head + text))
    except Refused as refused:
        codes = [diagnostic.code for diagnostic in refused.diagnostics]
    else:
        assert parse_workload(Source("any", write_workload(workload))) == workload
        codes = []
    assert set(codes) <= {entry.code for entry in WORKLOAD_CODES}


@given(st.lists(st.sampled_from([*VERBS, "A", "foo", "0777", "12", "O_RDWR", "0", "\n"]), max_size=30))
def test_any_words_are_read_or_refused(words: list[str]) -> None:
    try:
        workload = parse_workload(Source("any", HEAD + " ".join(words)))
    except Refused:
        return
    assert parse_workload(Source("any", write_workload(workload))) == workload
