"""A counterexample to a theorem: one object, arguments, partitions; as a value and as a file.

In: what the prover found, or a file that a user saved. Out: `Counterexample`. The file is JSON with the rows
of the object that are not zeros, so that people can read and change it:

    {"version": 1, "theorem": "read sets disjoint", "template": "pointers", "function": "",
     "numbers": {"p": 3, "q": 4}, "answers": [],
     "regions": {"meta": {"length": 4096, "rows": {"0": "01000000"}}, "arguments": ...}}
"""

from __future__ import annotations

import json
from dataclasses import dataclass

from runtime import limits
from runtime.check import counterexample as check
from runtime.diagnostic import Diagnostic, Refused
from runtime.ir.nodes import Type
from runtime.template.nodes import ARGUMENTS, META

SAFE = "safe"
"""The name of the theorem that a function keeps its policy."""

_VERSION = 1
_ROW_BYTES = 16
_MAX_FILE_BYTES = 4 * limits.MAX_MESSAGE_BYTES
_MAX_ITEMS = 64  # regions, numbers, answers


@dataclass(frozen=True, slots=True)
class Counterexample:
    """What shows that a theorem does not hold.

    Args:
        theorem: its name.
        template: whose theorem.
        function: for `SAFE` what the function is called in `list_functions`; else the method, or empty.
        regions: name and bytes of each region.
        numbers: name and number of each parameter: partitions, mostly.
        answers: of kernel services, as in `runtime.check.counterexample`.
    """

    theorem: str
    template: str
    function: str
    regions: tuple[tuple[str, bytes], ...]
    numbers: tuple[tuple[str, int], ...]
    answers: tuple[tuple[str, tuple[int, ...]], ...] = ()

    @property
    def meta(self) -> bytes:
        """The object."""
        return dict(self.regions).get(META, b"")

    @property
    def arguments(self) -> bytes:
        """The region of arguments."""
        return dict(self.regions).get(ARGUMENTS, bytes(8))

    def inputs(self) -> check.Counterexample:
        """Return it as the inputs of one function."""
        return check.Counterexample(self.regions, self.numbers, self.answers)


def write_counterexample(counterexample: Counterexample) -> str:
    """Return the text of the file."""
    content = {
        "version": _VERSION,
        "theorem": counterexample.theorem,
        "template": counterexample.template,
        "function": counterexample.function,
        "numbers": dict(counterexample.numbers),
        "answers": [[name, list(numbers)] for name, numbers in counterexample.answers],
        "regions": {name: _write_region(content) for name, content in counterexample.regions},
    }
    return json.dumps(content, indent=2) + "\n"


def _write_region(content: bytes) -> dict[str, object]:
    rows: dict[str, str] = {}
    for start in range(0, len(content), _ROW_BYTES):
        row = content[start : start + _ROW_BYTES]
        if any(row):
            rows[str(start)] = row.hex(" ")
    return {"length": len(content), "rows": rows}


def read_counterexample(text: str) -> Counterexample:
    """Read the text of a file.

    Raises:
        Refused: TPL050, whatever is wrong with it.
    """
    if len(text) > _MAX_FILE_BYTES:
        raise _refuse("it is too long")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _refuse("it is not JSON") from error
    if not isinstance(content, dict) or content.get("version") != _VERSION:
        raise _refuse(f"it has no `version` {_VERSION}")
    names = [_read_text(content, key) for key in ("theorem", "template", "function")]
    numbers = [(name, _read_number(number)) for name, number in _read_items(content, "numbers")]
    regions: list[tuple[str, bytes]] = []
    room = limits.MAX_MESSAGE_BYTES
    for name, region in _read_items(content, "regions"):
        regions.append((name, _read_region(region, room)))
        room -= len(regions[-1][1])
    answers = _read_answers(content.get("answers"))
    return Counterexample(names[0], names[1], names[2], tuple(regions), tuple(numbers), answers)


def _refuse(reason: str) -> Refused:
    message = f"this is not a counterexample: {reason}"
    notes = ("`udfc check --save-counterexample FILE` writes one",)
    return Refused(Diagnostic("TPL050", message, notes=notes))


def _read_text(content: dict[str, object], key: str) -> str:
    text = content.get(key)
    if not isinstance(text, str) or len(text) > limits.MAX_NAME_LENGTH * 2:
        raise _refuse(f"`{key}` is not a short text")
    return text


def _read_items(content: dict[str, object], key: str) -> list[tuple[str, object]]:
    items = content.get(key)
    if not isinstance(items, dict) or len(items) > _MAX_ITEMS:
        raise _refuse(f"`{key}` is not an object of at most {_MAX_ITEMS} members")
    return list(items.items())


def _read_number(number: object) -> int:
    if type(number) is not int or not 0 <= number <= Type.U64.maximum:
        raise _refuse("a number is not from 0 to 2**64 - 1")
    return number


def _read_region(region: object, room: int) -> bytes:
    if not isinstance(region, dict) or not isinstance(region.get("rows"), dict):
        raise _refuse("a region has no `rows`")
    length = _read_number(region.get("length"))
    if length > room:
        raise _refuse(f"its regions have more than {limits.MAX_MESSAGE_BYTES} bytes")
    content = bytearray(length)
    for key, row in region["rows"].items():
        try:
            start, data = int(key), bytes.fromhex(row)
        except (TypeError, ValueError) as error:
            raise _refuse("a row is not an offset and hexadecimal bytes") from error
        if start < 0 or start + len(data) > length:
            raise _refuse("a row leaves its region")
        content[start : start + len(data)] = data
    return bytes(content)


def _read_answers(answers: object) -> tuple[tuple[str, tuple[int, ...]], ...]:
    if not isinstance(answers, list) or len(answers) > _MAX_ITEMS:
        raise _refuse(f"`answers` is not a list of at most {_MAX_ITEMS} members")
    found: list[tuple[str, tuple[int, ...]]] = []
    for answer in answers:
        match answer:
            case [str() as name, list() as numbers] if len(numbers) <= _MAX_ITEMS:
                found.append((name, tuple(map(_read_number, numbers))))
            case _:
                raise _refuse("an answer is not a name and a list of numbers")
    return tuple(found)
