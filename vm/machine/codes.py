"""What `xok explain DSK0xx` prints: everything that keeps a disk from being put together."""

from __future__ import annotations

from runtime.diagnostic import CodeEntry


def _entry(code: str, title: str, meaning: str) -> CodeEntry:
    """Return an entry; no program causes these, files do."""
    return CodeEntry(code, title, meaning, bad="", good="", language="none")


DISK_CODES: tuple[CodeEntry, ...] = (
    _entry(
        "DSK001",
        "the image has no sector",
        "The file is shorter than one sector of 512 bytes. It is empty, or was not copied to its end. `xok "
        "mkfs` makes images.",
    ),
    _entry(
        "DSK002",
        "the parameter file cannot be read",
        "The file that describes a drive is missing, is not an ordinary file, has more than a megabyte, or "
        "is not text. A drive takes a `.diskspecs` file and, beside it, the `.model` and `.seek` files that"
        " it names; they are looked for in the same directory and nowhere else.",
    ),
    _entry(
        "DSK003",
        "the parameter file is malformed",
        "It does not follow DiskSim 4.0's notation: `kind name { parameter = value, ... }`, where a value "
        "is a number, words, a list in brackets, or words and a block in braces. The caret shows what was "
        "not expected there.",
    ),
    _entry(
        "DSK004",
        "a parameter is missing, or there twice",
        "Everything that the model needs must be in the file exactly once: nothing is guessed, because a "
        "drive with a guessed parameter would still give times, wrong ones.",
    ),
    _entry(
        "DSK005",
        "a parameter has an impossible value",
        "The value is of another sort than the parameter takes, or out of its range: a negative delay, a "
        "fraction of a surface, a drive without zones. The message names the range.",
    ),
    _entry(
        "DSK006",
        "the drive works in a way that is not modelled",
        "DiskSim knows more kinds of drives than this model: other mappings of blocks to tracks, other "
        "places for spare sectors, other formulas for seeks. A drive of these kinds is refused rather than "
        "approximated. docs/disk-model.md lists what is modelled.",
    ),
    _entry(
        "DSK007",
        "the geometry contradicts itself",
        "Zones overlap or leave the drive, there are more spare sectors than sectors, or the drive claims "
        "more blocks than its zones hold.",
    ),
    _entry(
        "DSK008",
        "the seek curve is damaged",
        "A `.seek` file has a line `Seek distances measured: N` and then N lines `distance, milliseconds`, "
        "the distances ascending from 1.",
    ),
    _entry(
        "DSK009",
        "the image is larger than the drive",
        "An image may have at most as many sectors as the drive that is to hold it. Choose a larger drive, "
        "or make a smaller image.",
    ),
    _entry(
        "DSK010",
        "the trace is malformed",
        "A trace of a measured drive has a request on each line: `R` or `W`, a word, the first block, the "
        "number of blocks, the service time and the pause to the next request, both in microseconds.",
    ),
)
