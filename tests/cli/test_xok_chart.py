"""The map of a disk: cells, characters, colours, SVG."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vm.commands.chart.cells import make_grid
from vm.commands.chart.colour import choose_tints
from vm.commands.chart.run import Chart, Run, State, join_runs, tell_run
from vm.commands.chart.svg import draw_svg
from vm.commands.chart.text import draw_text

SVG = "{http://www.w3.org/2000/svg}"
LABELS = ("data", "cffs_directory", "cffs_super", "")


def _chart(*runs: tuple[int, State, str, str]) -> Chart:
    made, start = [], 0
    for count, state, kind, owner in runs:
        made.append(Run(start, count, state, kind, owner))
        start += count
    return Chart("disk.img", join_runs(made))


SMALL = _chart(
    (1, State.KERNEL, "boot", ""),
    (1, State.KERNEL, "super block", ""),
    (14, State.FREE, "", ""),
    (1, State.OWNED, "cffs_super", "cffs"),
    (3, State.OWNED, "data", "cffs:/a"),
    (2, State.OWNED, "data", "cffs:/b"),
    (5, State.CLOSED, "cffs_directory", "cffs:/bad"),
    (1, State.LOST, "", ""),
    (100, State.FREE, "", ""),
)

charts = st.lists(
    st.tuples(
        st.integers(1, 300), st.sampled_from(list(State)), st.sampled_from(LABELS), st.text(max_size=3)
    ),
    min_size=1,
    max_size=30,
).map(lambda runs: _chart(*runs))


def test_text() -> None:
    lines = draw_text(SMALL).splitlines()
    assert lines[0] == "  0  bs.............. c#####XXXXX!...."
    assert lines[1:4] == [
        " 32  ................ ................",
        " 64  ................ ................",
        " 96  ................ ................",
    ]
    assert "  #  data                        5" in lines
    assert "  X  quarantined                 5" in lines
    assert lines[-1] == "a character is a block of 4 KB: of what is in use there, the most"


@given(charts, st.integers(1, 500))
def test_cells_show_every_block(chart: Chart, most: int) -> None:
    grid = make_grid(chart, most, 64)
    assert len(grid.cells) <= most
    assert (len(grid.cells) - 1) * grid.scale < chart.blocks <= len(grid.cells) * grid.scale
    for number, run in enumerate(grid.cells):
        first = number * grid.scale
        inside = {id(chart.find(block)) for block in range(first, min(first + grid.scale, chart.blocks))}
        assert id(run) in inside
        if run.state == State.FREE:
            assert all(
                chart.find(block).state == State.FREE
                for block in range(first, min(first + grid.scale, chart.blocks))
            )
    for row in range(grid.rows):
        segments = list(grid.segments(row))
        assert [cell for _, count, run in segments for cell in [run] * count] == list(
            grid.cells[row * grid.columns : (row + 1) * grid.columns]
        )


@given(charts)
def test_pictures_of_any_disk(chart: Chart) -> None:
    root = ET.fromstring(draw_svg(chart))
    cells = [each for each in root.iter(f"{SVG}rect") if each.get("class") == "cell"]
    assert len(cells) >= len(make_grid(chart, 1 << 16, 256).cells) / 256
    assert all(cell.find(f"{SVG}title") is not None for cell in cells)
    assert draw_text(chart)


@given(charts)
def test_joined_runs_say_the_same(chart: Chart) -> None:
    runs = chart.runs
    assert [run.start for run in runs[1:]] == [run.start + run.count for run in runs[:-1]]
    assert join_runs(runs) == runs
    assert sum(chart.count_labels().values()) == chart.blocks


def test_svg_tells_whose_a_block_is() -> None:
    root = ET.fromstring(draw_svg(SMALL))
    titles = [each.text for each in root.iter(f"{SVG}title")]
    assert "blocks 17-19: data of cffs:/a" in titles
    assert "blocks 22-26: cffs_directory of cffs:/bad (quarantined)" in titles
    texts = [each.text for each in root.iter(f"{SVG}text")]
    assert "132" not in texts
    assert {"0", "32", "disk.img", "cffs_super", "neither free nor owned"} <= set(texts)
    assert "128 blocks of 4 KB, 14 in use; a cell is a block, a row is 32" in texts


def test_neighbours_can_be_told_apart() -> None:
    root = ET.fromstring(draw_svg(SMALL))
    fills = {each.findtext(f"{SVG}title"): each.get("fill") for each in root.iter(f"{SVG}rect")}
    assert fills["blocks 17-19: data of cffs:/a"] != fills["blocks 20-21: data of cffs:/b"]


def test_many_types_have_colours() -> None:
    tints = choose_tints([f"type_{number}" for number in range(40)] + ["boot"], ["boot"])
    assert len(tints) == 41
    assert len(set(tints.values())) == 9


@pytest.mark.parametrize("name", ["<&>\"'", "\x1b[2J", "\udcff", "\N{GREEK SMALL LETTER PI}"])
def test_any_name_can_be_drawn(name: str) -> None:
    chart = Chart(name, (Run(0, 1, State.OWNED, "data", name),))
    text = draw_svg(chart)
    assert ET.fromstring(text.encode()).findtext(f".//{SVG}title", "").startswith("block 0: data of ")
    assert "\x1b" not in text


def test_a_big_disk_is_a_small_picture() -> None:
    runs = [
        Run(start, 1, State.OWNED if start % 2 else State.FREE, "data", str(start))
        for start in range(1 << 18)
    ]
    chart = Chart("disk.img", tuple(runs))
    assert make_grid(chart, 1 << 16, 256).scale == 4
    assert len(draw_text(chart)) < 4000


def test_a_run_in_words() -> None:
    assert tell_run(Run(7, 1, State.FREE)) == "block 7: free"
    assert tell_run(Run(7, 2, State.LOST)) == "blocks 7-8: neither free nor owned"
    assert tell_run(Run(1, 1, State.KERNEL, "super block")) == "block 1: super block"
