"""Parameter files: measured drives are read right, and anything else is refused with its place."""

from __future__ import annotations

import os
import random
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime.diagnostic import Refused
from runtime.source import Source
from tests.machine.drives import MEASURED, SHIPPED, TRACES, find_measured
from vm.machine.codes import DISK_CODES
from vm.machine.drive import Drive
from vm.machine.drive_file import read_drive
from vm.machine.limits import MAX_FILE_BYTES
from vm.machine.parameter_fields import Fields, parse_number
from vm.machine.parameter_text import Block, Items, Words, parse_blocks
from vm.machine.parameters import DriveParameters, ReadAhead, Sparing

MILLISECOND = 200_000
PARTS = ("diskspecs", "model", "seek")


def copy_drive(directory: Path, **changes: tuple[str, str]) -> Path:
    """Copy the shipped drive, with a text replaced in some of its files; return the path to read."""
    for part in PARTS:
        text = (SHIPPED / f"barracuda.{part}").read_text()
        if part in changes:
            old, new = changes[part]
            assert old in text
            text = text.replace(old, new, 1)
        (directory / f"barracuda.{part}").write_text(text)
    return directory / "barracuda.diskspecs"


def refusal_of(path: Path) -> tuple[str, str]:
    with pytest.raises(Refused) as refusal:
        Drive(read_drive(path))
    diagnostic = refusal.value.diagnostics[0]
    rendered = diagnostic.render()
    assert "Traceback" not in rendered
    assert diagnostic.code in {entry.code for entry in DISK_CODES}
    return diagnostic.code, rendered


def test_the_barracuda_is_what_its_files_say() -> None:
    drive = read_drive(SHIPPED / "barracuda.diskspecs")
    assert drive.name == "SEAGATE_ST32171W"
    assert (drive.geometry.surfaces, drive.geometry.cylinders, drive.geometry.blocks) == (5, 5172, 4_110_000)
    assert (drive.geometry.sparing, drive.geometry.cylinders_per_range) == (Sparing.RANGE, 6)
    assert [zone.sectors for zone in drive.geometry.zones] == [
        186,
        185,
        177,
        170,
        163,
        157,
        148,
        141,
        135,
        126,
        119,
    ]
    assert drive.geometry.zones[7].slips == (133034, 133733, 133734, 133735, 134431)
    assert drive.mechanics.rotation == pytest.approx(60_000 / 7200 * MILLISECOND)
    assert drive.mechanics.seek[1] == round(1.943 * MILLISECOND)
    assert drive.mechanics.head_switch == MILLISECOND // 10
    assert drive.overheads.write_hit == (round(1.01 * MILLISECOND), round(0.9291 * MILLISECOND))
    assert drive.buffering.read_ahead is ReadAhead.SEGMENT
    assert (drive.buffering.segments, drive.buffering.segment_sectors, drive.buffering.most_ahead) == (
        3,
        281,
        281,
    )
    assert drive.buffering.discards_requested
    assert drive.buffering.caches_writes
    assert drive.interface.read == drive.interface.write == round(0.134 * MILLISECOND)


@pytest.mark.parametrize("name", MEASURED)
def test_every_measured_drive_runs(name: str) -> None:
    drive = find_measured(name)
    assert isinstance(drive, DriveParameters)
    assert Drive(drive).blocks == drive.geometry.blocks


def test_the_shipped_files_are_the_measured_ones() -> None:
    if not TRACES.is_dir():
        pytest.skip(f"{TRACES}, DiskSim's validation set, is not here")
    for part in PARTS:
        assert (SHIPPED / f"barracuda.{part}").read_bytes() == (TRACES / f"barracuda.{part}").read_bytes()
    assert "NO WARRANTY" in (SHIPPED / "LICENSE").read_text()


def test_overheads_are_scaled(tmp_path: Path) -> None:
    path = copy_drive(tmp_path, diskspecs=("scale for overheads = 1.000000", "scale for overheads = 2"))
    text = path.read_text().replace("Per-request overhead time = 0.000000", "Per-request overhead time = 0.5")
    path.write_text(text)
    assert read_drive(path).overheads.read_hit == (round(0.664 * MILLISECOND), round(1.692 * MILLISECOND))


# (file, what is replaced, by what, code, message)
DAMAGES = [
    ("diskspecs", "disksim_disk", "disksim_dusk", "DSK004", "has no block `disksim_disk`"),
    (
        "diskspecs",
        "Number of buffer segments = 3",
        "Buffers = 3",
        "DSK004",
        "no parameter `Number of buffer segments`",
    ),
    ("diskspecs", "Segment size (in blks)", "Number of buffer segments", "DSK004", "is there twice"),
    ("diskspecs", "segments = 3", "segments = three", "DSK005", "takes a number"),
    ("diskspecs", "segments = 3", "segments = 3.5", "DSK005", "must be a whole number"),
    (
        "diskspecs",
        "segments = 3",
        "segments = 0",
        "DSK005",
        "`Number of buffer segments` is 0, and must be 1 to",
    ),
    ("diskspecs", "segments = 3", "segments = -1e99", "DSK005", "must be 1 to"),
    ("diskspecs", "segments = 3", "segments = [3]", "DSK005", "takes a number"),
    ("diskspecs", "segments = 3", "segments = 3 {}", "DSK005", "takes a number"),
    ("diskspecs", "segments = 3", "segments = 0x3", "DSK005", "takes a number"),
    ("diskspecs", "segments = 3", "segments = nan", "DSK005", "takes a number"),
    ("diskspecs", "segments = 3", "segments = 1" + "0" * 60, "DSK005", "takes a number"),
    ("diskspecs", "segments = 3", "segments = 1e999", "DSK005", "takes a number"),
    ("diskspecs", "segments = 3", "segments =", "DSK003", "expected words or a number here, not `,`"),
    ("diskspecs", "segments = 3,", "segments = 3", "DSK003", "expected `,` here, not `=`"),
    ("diskspecs", "segments = 3", "segments 3", "DSK003", "expected `=` here, not `,`"),
    ("diskspecs", "} # end of SEAGATE", "# end of SEAGATE", "DSK003", "not the end of the file"),
    (
        "diskspecs",
        "source barracuda.model",
        "source ../barracuda.model",
        "DSK002",
        "no name of a file in the same",
    ),
    ("diskspecs", "source barracuda.model", "source /etc/passwd", "DSK002", "no name of a file in the same"),
    ("diskspecs", "source barracuda.model", "source ..", "DSK002", "no name of a file in the same"),
    ("diskspecs", "source barracuda.model", "source absent", "DSK002", "cannot be read: no such file"),
    ("diskspecs", "source barracuda.model", "source a\0b", "DSK002", "no name of a file in the same"),
    ("diskspecs", "source barracuda.model", "source barracuda.seek", "DSK003", "expected"),
    ("diskspecs", "continuous read = 3", "continuous read = 5", "DSK005", "must be 0 to 4"),
    ("diskspecs", "water mark = 0.000000,\n   Set", "water mark = 7,\n   Set", "DSK005", "must be 0 to 1"),
    ("model", "surfaces = 5", "surfaces = 0", "DSK005", "must be 1 to"),
    (
        "model",
        "Number of cylinders = 5172",
        "Number of cylinders = 5171",
        "DSK007",
        "the drive has only 5171",
    ),
    ("model", "Block count = 4110000", "Block count = 4217583", "DSK007", "its zones only hold 4217582"),
    ("model", "mapping scheme = 0", "mapping scheme = 1", "DSK006", "only mapping scheme 0"),
    ("model", "scheme used = 8", "scheme used = 5", "DSK006", "sparing scheme 5 is not modelled"),
    (
        "model",
        "dm_layout_g1 {\n      LBN",
        "dm_layout_g4 {\n      LBN",
        "DSK006",
        "`dm_layout_g4` is not modelled",
    ),
    (
        "model",
        "First cylinder number = 1129",
        "First cylinder number = 1127",
        "DSK007",
        "the one before ends at 1127",
    ),
    (
        "model",
        "Last cylinder number = 1127",
        "Last cylinder number = 1130",
        "DSK007",
        "the one before ends at 1130",
    ),
    ("model", "First cylinder number = 0", "First cylinder number = 2000", "DSK007", "before it begins"),
    ("model", "spares = 88", "spares = 9999", "DSK007", "more spare sectors than sectors"),
    ("model", "Blocks per track = 186", "Blocks per track = 0", "DSK005", "must be 1 to"),
    ("model", "112508,", "-112508,", "DSK005", "a value of `slips` is -112508"),
    ("model", "112508,", "[112508],", "DSK005", "takes a number"),
    ("model", "defects = []", "defects = [7]", "DSK006", "moved to spare sectors"),
    ("model", "Zones = [\n", "Zones = [ 5,\n", "DSK005", "a value of `Zones` takes a block"),
    ("model", "trackSwitchPlusRotation", "constant", "DSK006", "`constant` is not modelled"),
    ("model", "Seek type = extracted", "Seek type = linear", "DSK006", "`linear` is not modelled"),
    ("model", "Seek type = extracted", "Seek type = hplplus10", "DSK004", "HPL seek equation values"),
    ("model", "(in rpms) = 7200", "(in rpms) = 0", "DSK005", "must be 1 to"),
    (
        "model",
        "Mechanical Model = dm_mech_g1 {",
        "Mechanical Model = dm_mech_g1, X = y {",
        "DSK005",
        "takes a block",
    ),
    ("model", "Seek type = extracted", "Seek type = [extracted]", "DSK005", "`Seek type` takes words"),
    ("model", "Zones = [", "Zones = x, Y = [", "DSK005", "`Zones` takes a list in brackets"),
    ("model", "Zones = [", "Zones = [], Y = [", "DSK007", "the drive has no zones"),
    ("model", "slips = [", "slips = [" + "1," * 65_537, "DSK005", "at most 65536 fit"),
    (
        "model",
        "Seek type = extracted",
        "Seek type = hplplus10, HPL seek equation values = [1]",
        "DSK005",
        "has 1 values instead of 6",
    ),
    ("seek", "87", "88", "DSK008", "says that it has 88 distances, and has 87"),
]


@pytest.mark.parametrize(("part", "old", "new", "code", "message"), DAMAGES)
def test_a_damaged_file_is_refused(
    part: str, old: str, new: str, code: str, message: str, tmp_path: Path
) -> None:
    found, rendered = refusal_of(copy_drive(tmp_path, **{part: (old, new)}))
    assert found == code, rendered
    assert message in rendered


def test_the_place_is_shown() -> None:
    text = "disksim_disk X {\n   Number of buffer segments = three,\n}\n"
    block = parse_blocks(Source("drive.diskspecs", text))[0]
    with pytest.raises(Refused) as refusal:
        Fields(block).integer("Number of buffer segments", 1, 9)
    assert refusal.value.diagnostics[0].render() == (
        "drive.diskspecs:2:32: error[DSK005]: `Number of buffer segments` takes a number\n"
        "     Number of buffer segments = three,\n"
        "                                 ^^^^^"
    )


def test_the_notation() -> None:
    text = "a b { c d = 1, e = [ 2, x y, [], f { g = -3.5e2 } ], # no\n h = source i.j\n}\n k {}"
    first, second = parse_blocks(Source("t", text))
    assert (first.head, second.head, second.fields) == ("a b", "k", ())
    values = dict(first.fields)
    assert list(values) == ["c d", "e", "h"]
    items = values["e"]
    assert isinstance(items, Items)
    assert [value.text for value in items.values if isinstance(value, Words)] == ["2", "x y"]
    assert isinstance(items.values[3], Block)
    assert values["h"] == Words("source i.j", first.span)
    assert [parse_number(text) for text in ("1", "-.5", "2.", "1e3", "+7", "", ".", "1e", "inf", "1_0")] == [
        1, -0.5, 2, 1000, 7, None, None, None, None, None,
    ]  # fmt: skip


def test_files_that_are_none_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.diskspecs"
    assert refusal_of(path)[0] == "DSK002"
    assert refusal_of(tmp_path)[0] == "DSK002"
    os.mkfifo(path)
    assert "is no ordinary file" in refusal_of(path)[1]
    path.unlink()
    path.symlink_to("/dev/zero")
    assert "is no ordinary file" in refusal_of(path)[1]
    path.unlink()
    path.write_bytes(b"#" * (MAX_FILE_BYTES + 1))
    assert "has more than" in refusal_of(path)[1]
    path.write_bytes(b"\xff\xfe")
    assert "is not text" in refusal_of(path)[1]
    path.write_bytes(b"")
    assert refusal_of(path)[0] == "DSK004"
    assert refusal_of(Path("a\0b"))[0] == "DSK002"


@pytest.mark.parametrize("nested", ["[", "x { y = "])
def test_nesting_is_limited(nested: str, tmp_path: Path) -> None:
    path = copy_drive(tmp_path, diskspecs=("segments = 3", "segments = " + nested * 10_000))
    code, rendered = refusal_of(path)
    assert code == "DSK003"
    assert "nested more than" in rendered


def test_what_would_take_for_ever_is_refused(tmp_path: Path) -> None:
    text = (SHIPPED / "barracuda.model").read_text()
    for scheme, spares in (("3", "1"), ("3", "186")):
        path = copy_drive(tmp_path)
        model = text.replace("surfaces = 5", "surfaces = 256").replace(
            "scheme used = 8", f"scheme used = {scheme}"
        )
        model = re.sub("spares = 88", f"spares = {spares}", model)
        (tmp_path / "barracuda.model").write_text(model)
        code, rendered = refusal_of(path)
        assert code == "DSK007", rendered


TEXTS = {part: (SHIPPED / f"barracuda.{part}").read_text() for part in PARTS}


@settings(max_examples=150)
@given(st.sampled_from(PARTS), st.integers(0, 2**32))
def test_random_damage_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, part: str, seed: int
) -> None:
    chance = random.Random(seed)
    text = TEXTS[part]
    for _ in range(chance.randrange(1, 4)):
        at, length = chance.randrange(len(text)), chance.choice((0, 1, 1, 8, 200))
        filling = chance.choice(
            ("", "0", "9", "-", ",", "=", "{", "}", "[", "]", " ", "\n", "e", "\u20ac", "99999999")
        )
        text = text[:at] + filling + text[at + length :]
    directory = tmp_path_factory.getbasetemp()
    for name, content in TEXTS.items():
        (directory / f"barracuda.{name}").write_text(text if name == part else content)
    path = directory / "barracuda.diskspecs"
    try:
        drive = Drive(read_drive(path))
    except Refused:
        refusal_of(path)
    else:
        assert drive.serve(0, 0, 8, is_write=False) > 0


def test_every_code_that_is_raised_is_explained() -> None:
    folder = SHIPPED.parent
    texts = [path.read_text() for path in sorted(folder.glob("*.py")) if path.stem != "codes"]
    raised = {code for text in texts for code in re.findall(r'"(DSK\d{3})"', text)}
    assert raised == {entry.code for entry in DISK_CODES}
