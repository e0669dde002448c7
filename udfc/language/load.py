"""From a name on the command line to the files of a program: `import` followed, each file once.

In: the path of a .udf file, `-` for standard input, or the name of a shipped template file. Out: syntax
trees, what is imported before what imports it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from grammar.parser import Parser
from runtime.command.files import read_bytes
from runtime.diagnostic import Diagnostic, Refused
from runtime.source import Span
from udfc.language import syntax
from udfc.language.find import find_file, list_candidates, list_shipped
from udfc.language.parse import make_parser, read_source

MAX_FILES = 64
"""Files of one program: also how deep imports go."""


def load_files(path_or_name: str) -> tuple[syntax.File, ...]:
    """Return the file and all that it imports.

    Raises:
        Refused: UDF001 to UDF009.
        OSError: the file cannot be read.
    """
    loading = _Loading()
    loading.add(find_file(path_or_name), None)
    return tuple(loading.files)


@dataclass(slots=True)
class _Loading:
    """One program being read.

    Args:
        parser: for all of them.
        files: complete ones, in order.
        done: their paths.
        open: files whose imports are being read, outermost first.
    """

    parser: Parser[syntax.File] = field(default_factory=make_parser)
    files: list[syntax.File] = field(default_factory=list)
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
            raise Refused(Diagnostic("UDF005", message, wanted, (note,)))
        self.open.append(key)
        file = self.parser.parse(read_source("<stdin>" if path == "-" else path, read_bytes(path)))
        for declaration in file.declarations:
            if isinstance(declaration, syntax.Import):
                self.add(_find_import(path, declaration), declaration.span)
        self.open.remove(key)
        self.done.add(key)
        self.files.append(file)

    def _refuse_cycle(self, key: str, wanted: Span) -> NoReturn:
        row = [*self.open[self.open.index(key) :], key]
        note = " imports ".join(f"`{Path(each).name}`" for each in row)
        raise Refused(Diagnostic("UDF006", "this file imports itself", wanted, (note,)))


def _find_import(path: str, declaration: syntax.Import) -> str:
    """Return the path of what `declaration` in the file `path` names."""
    candidates = list_candidates(path, declaration.name)
    for candidate in candidates:
        if os.path.isfile(candidate):
            return candidate
    places = f"as {' and '.join(f'`{place}`' for place in candidates)}" if candidates else "nowhere"
    note = f"it is looked for {places}; shipped are {', '.join(list_shipped())}"
    message = f"there is no file `{declaration.name[:80]}.udf` to import"
    raise Refused(Diagnostic("UDF005", message, declaration.span, (note,)))
