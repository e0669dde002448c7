"""From a name on the command line to the files of a program: `import` followed, each file once.

In: the path of an .ash file, `-` for standard input, or the name of a shipped file. Out: syntax trees, what
is imported before what imports it.
"""

from __future__ import annotations

from ashc.language import syntax
from ashc.language.find import LIBRARY
from ashc.language.parse import make_parser, read_source
from grammar import imports


def load_files(path_or_name: str) -> tuple[syntax.File, ...]:
    """Return the file and all that it imports.

    Raises:
        Refused: ASH001 to ASH009.
        OSError: the file cannot be read.
    """
    return imports.load_files(LIBRARY, make_parser(), read_source, path_or_name)
