"""From a name on the command line to the files of a program: `import` followed, each file once.

In: the path of a file, `-` for standard input, or the name of a file that is shipped with the compiler. Out:
syntax trees, what is imported before what imports it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, NoReturn, Protocol, TypeVar

from grammar.fields.syntax import Import
from grammar.library import Library
from grammar.parser import Parser
from runtime.command.files import read_bytes
from runtime.diagnostic import Diagnostic, Refused
from runtime.source import Source, Span

MAX_FILES = 64
"""Files of one program: also how deep imports go."""


class Declared(Protocol):
    """The syntax tree of a file."""

    @property
    def declarations(self) -> Sequence[object]:
        """In order; `Import` is among them."""


_File = TypeVar("_File", bound=Declared)


def load_files(
    library: Library,
    parser: Parser[_File],
    read_source: Callable[[str, bytes], Source],
    path_or_name: str,
) -> tuple[_File, ...]:
    """Return the file and all that it imports.

    Args:
        library: of the language.
        parser: for all files.
        read_source: makes text of the bytes of a file.
        path_or_name: of the file.

    Raises:
        Refused: 001 to 009.
        OSError: the file cannot be read.
    """
    loading = _Loading(library, parser, read_source)
    loading.add(library.find_file(path_or_name), None)
    return tuple(loading.files)


@dataclass(slots=True)
class _Loading(Generic[_File]):
    """One program being read.

    Args:
        files: complete ones, in order.
        done: their paths.
        open: files whose imports are being read, outermost first.
    """

    library: Library
    parser: Parser[_File]
    read_source: Callable[[str, bytes], Source]
    files: list[_File] = field(default_factory=list)
    done: set[str] = field(default_factory=set)
    open: list[str] = field(default_factory=list)

    def add(self, path: str, wanted: Span | None) -> None:
        """Read `path` and what it imports; `wanted` is the import that asks for it."""
        key = path if path == "-" else os.path.realpath(path)
        if key in self.open and wanted is not None:
            self._refuse_cycle(key, wanted)
        if key in self.done:
            return
        if len(self.done) + len(self.open) >= MAX_FILES and wanted is not None:
            message = f"this program has more than {MAX_FILES} files"
            note = "put declarations that belong together into one"
            raise Refused(Diagnostic(self.library.code(5), message, wanted, (note,)))
        self.open.append(key)
        file = self.parser.parse(self.read_source("<stdin>" if path == "-" else path, read_bytes(path)))
        for declaration in file.declarations:
            if isinstance(declaration, Import):
                self.add(self._find_import(path, declaration), declaration.span)
        self.open.remove(key)
        self.done.add(key)
        self.files.append(file)

    def _refuse_cycle(self, key: str, wanted: Span) -> NoReturn:
        row = [*self.open[self.open.index(key) :], key]
        note = " imports ".join(f"`{Path(each).name}`" for each in row)
        raise Refused(Diagnostic(self.library.code(6), "this file imports itself", wanted, (note,)))

    def _find_import(self, path: str, declaration: Import) -> str:
        """Return the path of what `declaration` in the file `path` names."""
        library = self.library
        candidates = library.list_candidates(path, declaration.name)
        for candidate in candidates:
            if os.path.isfile(candidate):
                return candidate
        places = f"as {' and '.join(f'`{place}`' for place in candidates)}" if candidates else "nowhere"
        note = f"it is looked for {places}; shipped are {', '.join(library.list_shipped())}"
        message = f"there is no file `{declaration.name[:80]}{library.suffix}` to import"
        raise Refused(Diagnostic(library.code(5), message, declaration.span, (note,)))
