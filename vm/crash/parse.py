"""Read a workload in ACE's text form. The text may be anything: what is wrong is refused, with its place.

    # define        paths, one a line
    # declare       variables of the C++ program that ACE makes; ignored
    # setup         operations before the first crash
    # run           operations

In: text. Out: a `Workload`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from runtime.diagnostic import Diagnostic, Refused
from runtime.source import Source, Span
from vm.crash import limits
from vm.crash.operation import (
    ALLOCATE_FLAGS,
    OPEN_FLAGS,
    VERBS,
    Allocate,
    Checkpoint,
    Close,
    Fsync,
    Link,
    MakeDirectory,
    Nothing,
    Open,
    OpenDirectory,
    Operand,
    Operation,
    Remove,
    RemoveAttribute,
    RemoveDirectory,
    Rename,
    SetAttribute,
    Symlink,
    Sync,
    Truncate,
    Unlink,
    Write,
)
from vm.crash.workload import ROOT_NAME, Workload, name_path

_SECTIONS = ("define", "declare", "setup", "run")
_SECTION = re.compile(r"#\s*(define|declare|setup|run)\s*\Z")
_NUMBER = re.compile(r"[0-9]{1,12}\Z", re.ASCII)
_MODE = re.compile(r"0?[0-7]{1,4}\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of a line, and where it stands."""

    text: str
    span: Span


def parse_workload(source: Source) -> Workload:
    """Return the workload that `source` says.

    Raises:
        Refused: ACE001 to ACE007.
    """
    _check_text(source)
    names: dict[str, str] = {ROOT_NAME: ""}
    parts: dict[str, list[Operation]] = {"setup": [], "run": []}
    section = ""
    for words in _split_lines(source):
        heading = _SECTION.match(" ".join(word.text for word in words))
        if heading:
            section = _enter_section(section, heading[1], words[0])
        elif words[0].text.startswith("#"):
            if section:
                raise _refuse("ACE002", "there is no such section", words[0])
        elif section == "define":
            _define_path(words, names)
        elif section in parts:
            parts[section].append(_parse_operation(words, names))
        elif section != "declare":
            raise _refuse("ACE002", "a line stands outside the sections", words[0])
        if len(parts["setup"]) + len(parts["run"]) > limits.MAX_OPERATIONS:
            raise _refuse(
                "ACE007", f"the workload has more than {limits.MAX_OPERATIONS:,} operations", words[0]
            )
    paths = tuple(path for path in names.values() if path)
    return Workload(source.name, paths, tuple(parts["setup"]), tuple(parts["run"]))


def decode_workload(name: str, data: bytes) -> Source:
    """Return the bytes of a file as text, for `parse_workload`.

    Raises:
        Refused: ACE001 they are none.
    """
    try:
        return Source(name, data[: limits.MAX_TEXT_BYTES + 1].decode("utf-8"))
    except UnicodeDecodeError as error:
        nowhere = Span(Source(name, ""), 0, 0)
        message = f"byte {error.start} of the file is no UTF-8 text"
        raise Refused(Diagnostic("ACE001", message, nowhere)) from None


def _check_text(source: Source) -> None:
    if len(source.text) > limits.MAX_TEXT_BYTES:
        raise Refused(
            Diagnostic("ACE001", "the text has more than 1 MiB", Span(Source(source.name, ""), 0, 0))
        )
    for at, character in enumerate(source.text):
        if character not in "\n\t\r" and unicodedata.category(character)[0] == "C":
            raise Refused(Diagnostic("ACE001", "the text has a control character", Span(source, at, at + 1)))


def _split_lines(source: Source) -> Iterator[list[_Word]]:
    """Yield the words of each line that has some. ACE writes no spaces around `|`; people do."""
    for line in re.finditer(r"[^\n]+", source.text):
        found = re.finditer(r"[^\s|]+(?:\s*\|\s*[^\s|]+)*|\|", line[0])
        words = [
            _Word(
                "".join(word[0].split()), Span(source, line.start() + word.start(), line.start() + word.end())
            )
            for word in found
        ]
        if words:
            yield words


def _enter_section(current: str, new: str, word: _Word) -> str:
    if current and _SECTIONS.index(new) <= _SECTIONS.index(current):
        raise _refuse("ACE002", f"section `{new}` stands behind section `{current}`", word)
    return new


def _define_path(words: list[_Word], names: dict[str, str]) -> None:
    """Add one path, `names` being those before it by how operations name them."""
    path, word = words[0].text, words[0]
    if len(words) > 1:
        raise _refuse("ACE006", "one path stands on each line", words[1])
    if path == ROOT_NAME:
        return
    parts = path.split("/")
    if any(part in ("", ".", "..") for part in parts):
        raise _refuse("ACE006", f"`{path}` is no plain relative path", word)
    if name_path(path) in names:
        raise _refuse("ACE006", f"`{name_path(path)}` already stands for another path", word)
    if any(len(part.encode()) > limits.MAX_NAME_BYTES for part in parts) or len(parts) > limits.MAX_DEPTH:
        raise _refuse("ACE007", "the path is too long", word)
    if len(names) > limits.MAX_PATHS:
        raise _refuse("ACE007", f"the workload defines more than {limits.MAX_PATHS:,} paths", word)
    names[name_path(path)] = path


def _parse_operation(words: list[_Word], names: dict[str, str]) -> Operation:
    """Line = verb operands, as `VERBS` has them."""
    verb, operands = words[0], words[1:]
    kinds = VERBS.get(verb.text)
    if kinds is None:
        raise _refuse("ACE003", f"there is no operation `{verb.text}`", verb, "known: " + " ".join(VERBS))
    if len(operands) != len(kinds):
        wanted = ", ".join(kinds) or "no operands"
        raise _refuse("ACE004", f"`{verb.text}` takes {wanted}; here are {len(operands)}", verb)
    for word, kind in zip(operands, kinds):
        _check_operand(word, kind, names)
    texts = [names[word.text] if kind == "path" else word.text for word, kind in zip(operands, kinds)]
    _check_extent(kinds, operands)
    return _BUILDERS[verb.text](texts)


def _check_operand(word: _Word, kind: Operand, names: dict[str, str]) -> None:
    match kind:
        case "path":
            if word.text not in names:
                raise _refuse("ACE005", f"`{word.text}` is not defined", word)
        case "number":
            if not _NUMBER.match(word.text):
                raise _refuse("ACE004", f"`{word.text}` is no decimal number", word)
        case "mode":
            if not _MODE.match(word.text):
                raise _refuse("ACE004", f"`{word.text}` is no octal mode", word)
        case "open flags" | "falloc flags":
            known = OPEN_FLAGS if kind == "open flags" else ALLOCATE_FLAGS
            for flag in word.text.split("|"):
                if flag not in known:
                    raise _refuse("ACE004", f"there is no flag `{flag}`", word, "known: " + " ".join(known))


def _check_extent(kinds: tuple[Operand, ...], operands: list[_Word]) -> None:
    """Refuse files that are too long for the disks."""
    numbers = [word for word, kind in zip(operands, kinds) if kind == "number"]
    if sum(int(word.text) for word in numbers) > limits.MAX_FILE_BYTES:
        raise _refuse("ACE007", f"files have at most {limits.MAX_FILE_BYTES:,} bytes", numbers[0])


def _open(texts: list[str]) -> Operation:
    flags = texts[1].split("|")
    if "O_DIRECTORY" in flags:
        return OpenDirectory(texts[0])
    return Open(texts[0], "O_CREAT" in flags, "O_TRUNC" in flags)


def _allocate(texts: list[str]) -> Operation:
    flags = texts[1].split("|")
    zero, punch = "FALLOC_FL_ZERO_RANGE" in flags, "FALLOC_FL_PUNCH_HOLE" in flags
    keep = "FALLOC_FL_KEEP_SIZE" in flags or punch  # a hole never makes a file longer
    return Allocate(texts[0], zero, punch, keep, int(texts[2]), int(texts[3]))


_BUILDERS: dict[str, Callable[[list[str]], Operation]] = {
    "mkdir": lambda texts: MakeDirectory(texts[0]),
    "rmdir": lambda texts: RemoveDirectory(texts[0]),
    "open": _open,
    "creat": lambda texts: Open(texts[0], create=True, truncate=True),
    "opendir": lambda texts: OpenDirectory(texts[0]),
    "close": lambda texts: Close(texts[0]),
    "link": lambda texts: Link(texts[0], texts[1]),
    "symlink": lambda texts: Symlink(texts[0], texts[1]),
    "unlink": lambda texts: Unlink(texts[0]),
    "remove": lambda texts: Remove(texts[0]),
    "rename": lambda texts: Rename(texts[0], texts[1]),
    "write": lambda texts: Write(texts[0], int(texts[1]), int(texts[2]), "write"),
    "dwrite": lambda texts: Write(texts[0], int(texts[1]), int(texts[2]), "dwrite"),
    "mmapwrite": lambda texts: Write(texts[0], int(texts[1]), int(texts[2]), "mmapwrite"),
    "truncate": lambda texts: Truncate(texts[0], int(texts[1])),
    "falloc": _allocate,
    "fsetxattr": lambda texts: SetAttribute(texts[0]),
    "removexattr": lambda texts: RemoveAttribute(texts[0]),
    "fsync": lambda texts: Fsync(texts[0], data_only=False),
    "fdatasync": lambda texts: Fsync(texts[0], data_only=True),
    "sync": lambda _: Sync(),
    "checkpoint": lambda texts: Checkpoint(int(texts[0])),
    "none": lambda _: Nothing(),
}


def _refuse(code: str, message: str, word: _Word, *notes: str) -> Refused:
    return Refused(Diagnostic(code, message, word.span, notes))
