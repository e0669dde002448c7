"""Reading a drive from DiskSim 4.0's files: `.diskspecs`, and the `.model` and `.seek` that it names.

In: the path of a `.diskspecs` file. Out: `DriveParameters`. The files are hostile input: whatever is in
them, the answer is a drive that the model can run, or a refusal that says where and why. The files that one
names must lie in its own directory; nothing else is opened.

    NAME.diskspecs   disksim_disk ...   the controller: buffer, overheads; `Model = source NAME.model`
    NAME.model       dm_disk ...        surfaces, zones, spares; `dm_mech_g1`: rotation, head switch, seeks
    NAME.seek                           the seek curve, where the model has `Seek type = extracted`

Parameters that no drive here needs (the simulated host's scheduler, DiskSim's own switches) are read over.
Source: DiskSim 4.0 Reference Manual, CMU-PDL-08-101.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from runtime.diagnostic import Diagnostic, Refused
from runtime.source import Source, Span
from vm.machine.costs import CYCLES_PER_SECOND
from vm.machine.geometry_file import read_geometry
from vm.machine.limits import (
    MAX_CYLINDERS,
    MAX_FILE_BYTES,
    MAX_MILLISECONDS,
    MAX_ROTATIONS_PER_MINUTE,
    MAX_SEGMENT_SECTORS,
    MAX_SEGMENTS,
)
from vm.machine.parameter_fields import Fields, to_cycles
from vm.machine.parameter_text import Words, find_block, parse_blocks, refuse
from vm.machine.parameters import Buffering, DriveParameters, Interface, Mechanics, Overheads, ReadAhead
from vm.machine.seek_curve import parse_points, tabulate_formula, tabulate_points


def read_drive(path: Path, model_path: Path | None = None) -> DriveParameters:
    """Return the drive that a `.diskspecs` file describes.

    Args:
        path: of the file.
        model_path: of the `.model` file, where it does not have the name that the first file says.

    Raises:
        Refused: DSK002 to DSK008.
    """
    source = _read_text(path)
    controller = Fields(find_block(parse_blocks(source), "disksim_disk", source))
    model_source = _read_text(model_path or _find_beside(path, controller.words("Model")))
    model = Fields(find_block(parse_blocks(model_source), "dm_disk", model_source))
    geometry = read_geometry(model)
    name = controller.block.head.partition(" ")[2]
    sector = controller.cycles("Bulk sector transfer time")
    return DriveParameters(
        name,
        geometry,
        _read_mechanics(path, model.fields("Mechanical Model"), geometry.cylinders),
        _read_overheads(controller),
        _read_buffering(controller),
        Interface(sector, sector),
    )


def _read_mechanics(path: Path, model: Fields, cylinders: int) -> Mechanics:
    access = model.words("Access time type")
    if access.text != "trackSwitchPlusRotation":
        refuse("DSK006", f"an access time of the type `{access.text}` is not modelled", access.span)
    turns = model.number("Rotation speed (in rpms)", 1, MAX_ROTATIONS_PER_MINUTE)
    turns *= 1 + model.number("Percent error in rpms", -50, 50) / 100
    return Mechanics(
        60 * CYCLES_PER_SECOND / turns,
        _read_seek(path, model, cylinders),
        model.cycles("Head switch time"),
        model.cycles("Add. write settling delay"),
    )


def _read_seek(path: Path, model: Fields, cylinders: int) -> tuple[int, ...]:
    kind = model.words("Seek type")
    if kind.text == "extracted":
        curve = _find_beside(path, model.words("Full seek curve"))
        return tabulate_points(parse_points(_read_text(curve)), cylinders)
    if kind.text != "hplplus10":
        refuse("DSK006", f"a seek curve of the type `{kind.text}` is not modelled", kind.span)
    values = model.numbers("HPL seek equation values", 6, -1, max(MAX_CYLINDERS, MAX_MILLISECONDS))
    first = model.numbers("First ten seek times", 10, 0, MAX_MILLISECONDS)
    return tabulate_formula(values, first, cylinders)


def _read_overheads(controller: Fields) -> Overheads:
    """Return the overheads: each is scaled, and what every request takes is added where a command begins."""
    scale = controller.number("Time scale for overheads", 0, 1000)
    always = controller.number("Per-request overhead time", 0, MAX_MILLISECONDS)

    def scaled(name: str, more: float = 0.0) -> int:
        return to_cycles(controller.number(name, 0, MAX_MILLISECONDS) * scale + more)

    def begin(name: str) -> tuple[int, int]:
        return scaled(f"{name} over. after read", always), scaled(f"{name} over. after write", always)

    return Overheads(
        begin("Read hit"),
        begin("Read miss"),
        begin("Write hit"),
        begin("Write miss"),
        scaled("Data preparation overhead"),
        scaled("Other reselect overhead"),
        scaled("Read completion overhead"),
        scaled("Write completion overhead"),
    )


def _read_buffering(controller: Fields) -> Buffering:
    segments = controller.integer("Number of buffer segments", 1, MAX_SEGMENTS)
    caching = controller.integer("Enable caching in buffer", 0, 2) > 0
    ahead = ReadAhead(controller.integer("Buffer continuous read", 0, 4))
    return Buffering(
        segments,
        controller.integer("Segment size (in blks)", 1, MAX_SEGMENT_SECTORS),
        controller.integer("Maximum number of write segments", 1, segments),
        ahead if caching else ReadAhead.NONE,
        controller.integer("Maximum read-ahead (blks)", 0, MAX_SEGMENT_SECTORS),
        controller.flag("Read-ahead over requested"),
        controller.flag("Read-ahead on idle hit"),
        controller.flag("Allow read hits on write data"),
        controller.flag("Combine seq writes"),
        controller.integer("Fast write level", 0, 2) > 0,
        controller.number("High (read) water mark", 0, 1),
    )


def _find_beside(path: Path, words: Words) -> Path:
    """Return the path of a file that another one names: a plain name, in the same directory."""
    name = words.text.removeprefix("source ")
    if name != os.path.basename(name) or name in {"", ".", ".."} or "\0" in name:
        refuse("DSK002", f"`{name}` is no name of a file in the same directory", words.span)
    return path.parent / name


def _read_text(path: Path) -> Source:
    """Read a whole file; one that would block, or never end, is not read at all."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with open(descriptor, "rb") as file:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise _unreadable(path, "is no ordinary file")
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise _unreadable(path, f"cannot be read: {(error.strerror or 'unknown reason').lower()}") from None
    except ValueError:
        raise _unreadable(path, "is no possible name of a file") from None
    if len(data) > MAX_FILE_BYTES:
        raise _unreadable(path, f"has more than {MAX_FILE_BYTES} bytes")
    try:
        return Source(str(path), data.decode())
    except UnicodeDecodeError:
        raise _unreadable(path, "is not text") from None


def _unreadable(path: Path, why: str) -> Refused:
    name = str(path)
    return Refused(Diagnostic("DSK002", f"`{name}` {why}", Span(Source(name, ""), 0, 0)))
