"""One object of an image: where it is, what it owns, what else it says.

In: a template's name, an image's name, a place. Out: an `Answer`, printed as text or JSON.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from runtime import limits
from runtime.command.edge import Impossible
from runtime.diagnostic import Refused
from runtime.template.engine import Engine, Loaded, load_template
from runtime.template.install import prove_template
from runtime.template.nodes import Kind, Template
from udfc.commands.choose import choose_template
from udfc.image.source import Image, open_image

_TOGETHER = 64
"""Partitions that are asked at once whether they own anything."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the object is, as the user says it; None: not said.

    Args:
        block: first block, in the template's units.
        byte: first byte.
        length: in bytes.
        arguments: of the template, by name.
        partition: the only one that is asked.
    """

    block: int | None
    byte: int | None
    length: int | None
    arguments: dict[str, int]
    partition: int | None


@dataclass(frozen=True, slots=True)
class Owned:
    """A tuple: `start` and `count` are blocks, of a part bytes."""

    partition: int
    mode: str
    template: str
    start: int
    count: int
    arguments: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What an object says.

    Args:
        size: of its contents, None: it does not say.
        used: start and count of blocks in use.
        names: offset and length of the name in the object, and the identity that it names.
        interpreted: functions that the native engine leaves to the interpreter.
    """

    template: str
    image: str
    byte: int
    length: int
    unit: int
    partitions: int
    owns: tuple[Owned, ...]
    size: int | None
    identity: int | None
    used: tuple[tuple[int, int], ...]
    names: tuple[tuple[int, int, int, str], ...]
    engine: str
    interpreted: tuple[str, ...]


def ask_object(name: str, image_name: str, place: Place, engine: Engine | None, cache: Path | None) -> Answer:
    """Prove the template `name` and ask the object at `place`.

    Raises:
        Refused: UDF, TPL and CHK codes for the template, IMG codes.
        Impossible: there is no such template or place, or arguments are missing.
        OSError: a file cannot be read.
    """
    templates, template = choose_template(name)
    arguments = _order_arguments(template, place.arguments)
    image = open_image(image_name, limits.MAX_UNPACKED_BYTES)
    diagnostics = prove_template(template, templates, cache).diagnostics
    if diagnostics:
        raise Refused(*diagnostics)
    loaded = load_template(template, engine, cache)
    byte = _find_byte(loaded, image, arguments, place)
    meta = _cut(loaded, image, byte, arguments, place)
    return _ask(loaded, image, byte, meta, arguments, place.partition)


def _order_arguments(template: Template, given: dict[str, int]) -> tuple[int, ...]:
    """Return the arguments in the order of the parameters; each is given, and in its domain."""
    wanted = [parameter.name for parameter in template.parameters]
    unknown = [name for name in given if name not in wanted]
    missing = [name for name in wanted if name not in given]
    if unknown or missing:
        names = ", ".join(f"`{name}`" for name in unknown or missing)
        what = f"has no parameter {names}" if unknown else f"needs a value for {names}"
        takes = " ".join(f"{name}=..." for name in wanted) or "nothing"
        raise Impossible(f"`{template.name}` {what}", f"say --arguments {takes}")
    for parameter in template.parameters:
        value = given[parameter.name]
        if not any(low <= value <= high for low, high in parameter.allowed):
            ranges = ", ".join(
                f"{low}..{high}" if low < high else str(low) for low, high in parameter.allowed
            )
            raise Impossible(f"`{parameter.name}` = {value} is not allowed", f"allowed are {ranges}")
    return tuple(given[name] for name in wanted)


def _find_byte(loaded: Loaded, image: Image, arguments: Sequence[int], place: Place) -> int:
    """Return where the object begins: `--at` counts in units, which the object itself may not change."""
    template = loaded.template
    if place.byte is not None:
        return place.byte
    if place.block is not None:
        shortest = template.maximum if template.constant else 0
        unit = loaded.unit(bytes(shortest), arguments)
        if unit == 0:
            raise Impossible(
                "the unit of this template depends on the object", "say its first byte: --at-byte N"
            )
        return place.block * unit
    if template.root is None:
        raise Impossible(f"`{template.name}` is no root", "say where it is: --at BLOCK or --at-byte N")
    return template.root


def _cut(loaded: Loaded, image: Image, byte: int, arguments: Sequence[int], place: Place) -> memoryview:
    """Return the object's bytes."""
    template = loaded.template
    length = place.length
    if length is None:
        length = template.maximum if template.constant else loaded.unit(b"", arguments)
    if length > template.maximum or (template.constant and length != template.maximum):
        most = f"{'exactly' if template.constant else 'at most'} {template.maximum}"
        raise Impossible(f"an object of `{template.name}` has {most} bytes, not {length}", "say --length N")
    if byte + length > image.size:
        raise Impossible(
            f"bytes {byte}..{byte + length - 1} are not in the image of {image.size} bytes", "say --at-byte N"
        )
    return image.view[byte : byte + length]


def _ask(
    loaded: Loaded, image: Image, byte: int, meta: memoryview, arguments: Sequence[int], partition: int | None
) -> Answer:
    template = loaded.template
    partitions = loaded.partitions(len(meta), arguments)
    asked = _find_owners(loaded, meta, arguments, partitions) if partition is None else (partition,)
    owned = [each for number in asked for each in _list_owned(loaded, meta, arguments, number)]
    return Answer(
        template.name,
        image.name,
        byte,
        len(meta),
        loaded.unit(meta, arguments),
        partitions,
        tuple(owned),
        None if template.size is None else loaded.size(meta, arguments),
        None if template.identity is None else loaded.identity(arguments),
        tuple((int(start), int(count)) for start, count in loaded.used(meta, arguments)),
        tuple(_list_names(loaded, meta, arguments)),
        loaded.engine,
        tuple(loaded.interpreted),
    )


def _find_owners(
    loaded: Loaded, meta: memoryview, arguments: Sequence[int], partitions: int
) -> Iterator[int]:
    """Yield the partitions that may own something: asking many at once is faster than one by one."""
    for first in range(0, partitions, _TOGETHER):
        together = min(_TOGETHER, partitions - first)
        if len(loaded.owns(meta, arguments, first, together)):
            yield from range(first, first + together)


def _list_owned(
    loaded: Loaded, meta: memoryview, arguments: Sequence[int], partition: int
) -> Iterator[Owned]:
    kinds = loaded.template.kinds
    for row in loaded.owns(meta, arguments, partition, 1):
        start, count, number, *words = (int(word) for word in row)
        kind: Kind = kinds[number]
        yield Owned(partition, kind.mode, kind.template, start, count, tuple(words[: kind.arguments]))


def _list_names(
    loaded: Loaded, meta: memoryview, arguments: Sequence[int]
) -> Iterator[tuple[int, int, int, str]]:
    for offset, length, identity in loaded.names(meta, arguments).tolist():
        name = bytes(meta[offset : offset + length]).decode("utf-8", "backslashreplace")
        yield offset, length, identity, name


def print_answer(answer: Answer, as_json: bool) -> None:
    """Print an answer for people, or for programs."""
    if as_json:
        print(json.dumps(asdict(answer), indent=2))
        return
    place = f"bytes {answer.byte}..{answer.byte + answer.length - 1} of {answer.image}"
    print(f"{answer.template} at {place}: {answer.partitions} partitions, unit {answer.unit} bytes")
    if answer.identity is not None:
        print(f"identity {answer.identity}")
    if answer.size is not None:
        print(f"size {answer.size} bytes")
    for owned in answer.owns:
        print(_show_owned(owned))
    for start, count in answer.used:
        print(f"in use: {_show_range(start, count)}")
    for offset, _, identity, name in answer.names:
        print(f"name at byte {offset}: {identity} {name!a}")
    if not answer.owns:
        print("owns nothing")


def _show_owned(owned: Owned) -> str:
    arguments = f"({', '.join(map(str, owned.arguments))})" if owned.arguments else ""
    what = f"like{arguments}" if owned.mode == "like" else f"{owned.template}{arguments}"
    unit = "bytes" if owned.mode == "part" else "blocks"
    return f"partition {owned.partition}: {unit} {_show_range(owned.start, owned.count)}: {what}"


def _show_range(start: int, count: int) -> str:
    return f"{start}" if count == 1 else f"{start}..{start + count - 1}" if count else f"none at {start}"
